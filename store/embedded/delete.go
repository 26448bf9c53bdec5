package embedded

// deletion is one statement of delete.
type deleteStatement struct {
	query
	err error
}

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

// parseDeletion gives a malformed statement as an error, and one with a malformed query as a deletion that will fail alone.
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
	case lookup(d, "q").Type == 0 || limit == -1:
		return nil, errorf(codeMissingField, "a delete needs q and limit")
	case limit > 1:
		return nil, errorf(codeFailedToParse, "the limit field in delete objects must be 0 or 1")
	}
	s.limit = limit
	return &s, nil
}

func (c *collection) deleteAll(q *query) (n int32, err error) {
	ids, err := c.findIDs(q)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := c.remove(id, c.documents.Get(id)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
