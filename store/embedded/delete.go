package embedded

// deletion is one statement of delete.
type deletion struct {
	query
	err error
}

func (e *Engine) delete(req *request) (document, error) {
	w, err := req.writes("deletes")
	if err != nil {
		return nil, err
	}
	deletions := make([]*deletion, len(w.list))
	for i, d := range w.list {
		if deletions[i], err = parseDeletion(d); err != nil {
			return nil, err
		}
		deletions[i].deadline = w.deadline
	}
	o, err := e.statements(batch{w.arguments, len(deletions), w.ordered, false}, func(c *collection, i int, o *outcome) error {
		if deletions[i].err != nil {
			return deletions[i].err
		}
		n, err := c.deleteAll(&deletions[i].query)
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
func parseDeletion(d document) (*deletion, error) {
	var s deletion
	limit := int64(-1)
	for name, v := range fields(d) {
		var err error
		switch name {
		case "q":
			var q document
			if q, err = object(name, v); err == nil {
				s.filter, s.err = parseFilter(q)
			}
		case "limit":
			limit, err = whole(name, v)
		case "hint":
			err = s.set(name, v)
		default:
			err = refuse(codeUnknownField, "BSON field 'delete.deletes.%s' is an unknown field.", name)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case lookup(d, "q").Type == 0 || limit == -1:
		return nil, refuse(codeMissingField, "a delete needs q and limit")
	case limit > 1:
		return nil, refuse(codeFailedToParse, "the limit field in delete objects must be 0 or 1")
	}
	s.limit = limit
	return &s, nil
}

func (c *collection) deleteAll(q *query) (n int32, err error) {
	ids, err := c.identities(q)
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
