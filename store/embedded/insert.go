package embedded

import (
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// outcome gathers what the statements of a writing command did.
type outcome struct {
	n, modified int32
	upserted    []document
	errors      []document
}

// note keeps the refusal of a statement, if it was refused; any other error is given back.
func (o *outcome) note(statement int, err error) error {
	if err == nil || !harmless(err) {
		return err
	}
	o.errors = append(o.errors, documentOf(func(b []byte) []byte {
		b = bsoncore.AppendInt32Element(b, "index", int32(statement)) //nolint:gosec // at most maxWriteBatch
		return asRefusal(err).append(b)
	}))
	return nil
}

// reply is the document that answers the command; with modified for update only.
func (o *outcome) reply(update bool) document {
	return documentOf(func(b []byte) []byte {
		b = bsoncore.AppendInt32Element(b, "n", o.n)
		if update {
			b = bsoncore.AppendInt32Element(b, "nModified", o.modified)
		}
		if o.upserted != nil {
			b = bsoncore.AppendArrayElement(b, "upserted", arrayOf(o.upserted))
		}
		if o.errors != nil {
			b = bsoncore.AppendArrayElement(b, "writeErrors", arrayOf(o.errors))
		}
		return b
	})
}

// batch are the statements of a writing command.
type batch struct {
	arguments
	n       int
	ordered bool
	create  bool // the collection, if there is none; otherwise statements then do nothing
}

// statements runs all of a batch in one task of the writer. A refused statement ends the command if it is ordered, and in
// no case undoes its neighbours.
func (e *Engine) statements(b batch, run func(c *collection, i int, o *outcome) error) (*outcome, error) {
	o := &outcome{}
	err := e.write(b.deadline, func(t *transaction) error {
		*o = outcome{}
		open := t.collection
		if b.create {
			open = t.ensure
		}
		c, err := open(b.namespace())
		if c == nil || err != nil {
			return err
		}
		for i := range b.n {
			failed := len(o.errors)
			if err := o.note(i, run(c, i, o)); err != nil {
				return err
			}
			if b.ordered && len(o.errors) > failed {
				break
			}
		}
		return nil
	})
	return o, err
}

func (e *Engine) insert(req *request) (document, error) {
	w, err := req.writes("documents")
	if err != nil {
		return nil, err
	}
	o, err := e.statements(batch{w.arguments, len(w.list), w.ordered, true}, func(c *collection, i int, o *outcome) error {
		d, err := identified(w.list[i])
		if err != nil {
			return err
		}
		if err := c.put(nil, d); err != nil {
			return err
		}
		o.n++
		return nil
	})
	if err != nil {
		return nil, err
	}
	return o.reply(false), nil
}
