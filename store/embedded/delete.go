package embedded

// deleteOptions are the fields of a statement of delete.
func (l *language) deleteOptions() map[string]reader[statement] {
	return map[string]reader[statement]{
		"q": l.readStatementFilter,
		"limit": func(s *statement, v value) (err error) {
			s.limit, err = parseInt("limit", v)
			return err
		},
	}
}

// delete removes documents:
//
//	{delete: "exposures", deletes: [{q: {device: "dev_1"}, limit: 0}]}
//
// Of each statement that is the first document that is found, or with limit 0 all of them, as
// in MongoDB. All statements run in one task of the writer (runBatch).
func (e *Engine) delete(a *arguments) (document, error) {
	statements := make([]*statement, len(a.statements))
	for i, d := range a.statements {
		s := &statement{query: query{limit: -1, deadline: a.deadline}}
		if err := readInto(e.language.deletes, d, s, unknownIn("delete.deletes")); err != nil {
			return nil, err
		}
		switch {
		// A limit that is absent is not taken for 0: that would delete everything.
		case lookup(d, "q").Type == 0 || s.limit == -1:
			return nil, errorf(codeMissingField, "a delete needs q and limit")
		case s.limit > 1 || s.limit < 0:
			return nil, errorf(codeFailedToParse, "the limit field in delete objects must be 0 or 1")
		}
		statements[i] = s
	}
	o, err := e.runBatch(a, false, func(c *collection, i int, o *writeResult) error {
		if statements[i].err != nil {
			return statements[i].err
		}
		n, err := c.deleteAll(&statements[i].query)
		o.n += n
		return err
	})
	return o.reply(false), err
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
