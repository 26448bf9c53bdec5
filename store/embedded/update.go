package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// amendment is one statement of update.
type amendment struct {
	query
	modification *modification
	multi        bool
	upsert       bool
	err          error // what is wrong with it; the statement fails, its neighbours need not
}

func (e *Engine) update(req *request) (document, error) {
	w, err := req.writes("updates")
	if err != nil {
		return nil, err
	}
	amendments := make([]*amendment, len(w.list))
	create := false
	for i, d := range w.list {
		if amendments[i], err = parseAmendment(d); err != nil {
			return nil, err
		}
		amendments[i].deadline = w.deadline
		create = create || amendments[i].upsert
	}
	o, err := e.statements(batch{w.arguments, len(w.list), w.ordered, create}, func(c *collection, i int, o *outcome) error {
		return c.amend(amendments[i], i, o)
	})
	if err != nil {
		return nil, err
	}
	return o.reply(true), nil
}

func parseAmendment(d document) (*amendment, error) {
	var u amendment
	for name, v := range fields(d) {
		if err := u.set(name, v); err != nil {
			return nil, err
		}
	}
	if lookup(d, "q").Type == 0 || lookup(d, "u").Type == 0 {
		return nil, refuse(codeMissingField, "an update needs q and u")
	}
	if u.err == nil && u.multi && u.modification.replacement != nil {
		u.err = refuse(codeFailedToParse, "multi update is not supported for replacement-style update")
	}
	if !u.multi {
		u.limit = 1
	}
	return &u, nil
}

func (u *amendment) set(name string, v value) (err error) {
	switch name {
	case "q":
		q, err := object(name, v)
		if err != nil {
			return err
		}
		if filter, err := parseFilter(q); err != nil {
			u.err = err
		} else {
			u.filter = filter
		}
	case "u":
		if m, err := parseModification(v); err != nil {
			u.err = err
		} else {
			u.modification = m
		}
	case "multi":
		u.multi, err = truth(name, v)
	case "upsert":
		u.upsert, err = truth(name, v)
	case "hint":
		err = u.query.set(name, v)
	default:
		err = refuse(codeUnknownField, "BSON field 'update.updates.%s' is an unknown field.", name)
	}
	return err
}

// amend runs one statement. Of a multi update that is refused half way, the documents before stay updated and are not
// counted, as in MongoDB.
func (c *collection) amend(u *amendment, i int, o *outcome) error {
	if u.err != nil {
		return u.err
	}
	ids, err := c.identities(&u.query)
	if err != nil {
		return err
	}
	var n, changed int32
	for _, id := range ids {
		_, modified, err := c.modify(id, u.modification)
		if err != nil {
			return err
		}
		n++
		if modified {
			changed++
		}
	}
	o.n += n
	o.modified += changed
	if len(ids) > 0 || !u.upsert {
		return nil
	}
	d, err := c.upsert(u.filter, u.modification)
	if err != nil {
		return err
	}
	o.n++
	o.upserted = append(o.upserted, documentOf(func(b []byte) []byte {
		b = bsoncore.AppendInt32Element(b, "index", int32(i)) //nolint:gosec // at most maxWriteBatch
		return bsoncore.AppendValueElement(b, "_id", lookup(d, "_id"))
	}))
	return nil
}

// modify gives the document as it is afterwards.
func (c *collection) modify(id []byte, m *modification) (d document, modified bool, err error) {
	old := document(c.documents.Get(id))
	d, err = m.apply(old, false)
	if err != nil || bytes.Equal(old, d) {
		return d, false, err
	}
	return d, true, c.put(old, d)
}

// upsert inserts the document that the filter and the modification make.
func (c *collection) upsert(f allOf, m *modification) (document, error) {
	d, err := seed(f, m.replacement != nil)
	if err != nil {
		return nil, err
	}
	if d, err = m.apply(d, true); err != nil {
		return nil, err
	}
	return d, c.put(nil, d)
}
