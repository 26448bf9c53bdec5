package embedded

// deleteStatement is one statement of delete. err is what is wrong with its query: the
// statement fails, its neighbours need not.
type deleteStatement struct {
	query
	err error
}

// delete removes documents:
//
//	{delete: "exposures", deletes: [{q: {device: "dev_1"}, limit: 0}]}
//
// Of each statement that is the first document that is found, or with limit 0 all of them, as
// in MongoDB. All statements run in one task of the writer (runBatch).
func (e *Engine) delete(req *request) (document, error) {
	w, err := req.parseWriteCommand("deletes")
	if err != nil {
		return nil, err
	}
	statements := make([]*deleteStatement, len(w.statements))
	for i, d := range w.statements {
		if statements[i], err = parseDeleteStatement(d); err != nil {
			return nil, err
		}
		statements[i].deadline = w.deadline
	}
	o, err := e.runBatch(writeBatch{w.arguments, len(statements), w.ordered, false}, func(c *collection, i int, o *writeResult) error {
		if statements[i].err != nil {
			return statements[i].err
		}
		n, err := c.deleteAll(&statements[i].query)
		if err == nil {
			o.n += n
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return o.reply(false), nil
}

// parseDeleteStatement returns an error for a malformed statement, which fails the command, and
// a statement with err for a malformed query, which fails alone. MongoDB draws the same line:
// it reads all statements before it runs the first.
func parseDeleteStatement(d document) (*deleteStatement, error) {
	var s deleteStatement
	limit := int64(-1)
	for name, v := range fields(d) {
		var err error
		switch name {
		case "q":
			var q document
			if q, err = parseDocument(name, v); err == nil {
				s.filter, s.err = parseFilter(q)
			}
		case "limit":
			limit, err = parseInt(name, v)
		case "hint":
			err = s.set(name, v)
		default:
			err = errorf(codeUnknownField, "BSON field 'delete.deletes.%s' is an unknown field.", name)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	// A limit that is absent is not taken for 0: that would delete everything.
	case lookup(d, "q").Type == 0 || limit == -1:
		return nil, errorf(codeMissingField, "a delete needs q and limit")
	case limit > 1:
		return nil, errorf(codeFailedToParse, "the limit field in delete objects must be 0 or 1")
	}
	s.limit = limit
	return &s, nil
}

// deleteAll deletes the documents of a query, up to its limit, and returns their number. The
// ids are collected first, because a bbolt cursor must not be used while its bucket is changed.
func (c *collection) deleteAll(q *query) (n int32, err error) {
	ids, err := c.findIDs(q)
	if err != nil {
		return 0, err
	}
	// A failure here is a fault, and rolls back the whole task: nothing about a deletion can be
	// refused.
	for _, id := range ids {
		if err := c.remove(id, c.documents.Get(id)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
