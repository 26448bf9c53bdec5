package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// exchange are the arguments of findAndModify.
type exchange struct {
	query
	modification *modification
	projection   *projection
	remove       bool
	upsert       bool
	after        bool // give the document as it is afterwards
}

// exchanged is what it did.
type exchanged struct {
	d        document // nil: none
	n        int32
	existing bool
	upserted value
}

func (e *Engine) findAndModify(req *request) (document, error) {
	x := &exchange{}
	a, err := req.target(func(name string, v value) error { return x.set(req, name, v) })
	if err != nil {
		return nil, err
	}
	if err := x.check(); err != nil {
		return nil, err
	}
	x.deadline, x.limit = a.deadline, 1
	done := &exchanged{}
	err = e.write(a.deadline, func(t *transaction) error {
		*done = exchanged{}
		open := t.collection
		if x.upsert {
			open = t.ensure
		}
		c, err := open(a.namespace())
		if c == nil || err != nil {
			return err
		}
		return c.exchange(x, done)
	})
	if err != nil {
		return nil, err
	}
	if done.d != nil {
		done.d = x.projection.apply(done.d)
	}
	return done.reply(x.remove), nil
}

func (x *exchange) set(req *request, name string, v value) (err error) {
	switch name {
	case "query":
		return x.query.set("filter", v)
	case "sort", "hint":
		return x.query.set(name, v)
	case "update":
		x.modification, err = parseModification(v)
	case "fields":
		x.projection, err = parseProjection(v)
	case "remove":
		x.remove, err = truth(name, v)
	case "upsert":
		x.upsert, err = truth(name, v)
	case "new":
		x.after, err = truth(name, v)
	default:
		return req.unknown(name)
	}
	return err
}

func (x *exchange) check() error {
	switch {
	case x.remove && x.modification != nil:
		return refuse(codeFailedToParse, "Cannot specify both an update and remove=true")
	case x.remove && x.upsert:
		return refuse(codeFailedToParse, "Cannot specify both upsert=true and remove=true")
	case x.remove && x.after:
		return refuse(codeFailedToParse, "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document")
	case !x.remove && x.modification == nil:
		return refuse(codeFailedToParse, "Either an update or remove=true must be specified")
	default:
		return nil
	}
}

func (c *collection) exchange(x *exchange, done *exchanged) error {
	ids, err := c.identities(&x.query)
	switch {
	case err != nil:
		return err
	case len(ids) == 0 && x.upsert:
		return c.exchangeNew(x, done)
	case len(ids) == 0:
		return nil
	}
	old := document(bytes.Clone(c.documents.Get(ids[0])))
	done.n, done.d, done.existing = 1, old, true
	if x.remove {
		return c.remove(ids[0], old)
	}
	d, _, err := c.modify(ids[0], x.modification)
	if x.after {
		done.d = bytes.Clone(d)
	}
	return err
}

func (c *collection) exchangeNew(x *exchange, done *exchanged) error {
	d, err := c.upsert(x.filter, x.modification)
	if err != nil {
		return err
	}
	done.n, done.upserted = 1, lookup(d, "_id")
	if x.after {
		done.d = d
	}
	return nil
}

func (done *exchanged) reply(remove bool) document {
	return documentOf(func(b []byte) []byte {
		b = bsoncore.AppendDocumentElement(b, "lastErrorObject", documentOf(func(b []byte) []byte {
			b = bsoncore.AppendInt32Element(b, "n", done.n)
			if !remove {
				b = bsoncore.AppendBooleanElement(b, "updatedExisting", done.existing)
			}
			if done.upserted.Type != 0 {
				b = bsoncore.AppendValueElement(b, "upserted", done.upserted)
			}
			return b
		}))
		if done.d == nil {
			return bsoncore.AppendNullElement(b, "value")
		}
		return bsoncore.AppendDocumentElement(b, "value", done.d)
	})
}
