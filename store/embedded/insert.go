package embedded

import (
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// writeResult gathers what the statements of a writing command did.
type writeResult struct {
	n, modified int32
	upserted    []document
	writeErrors []document
}

// recordError keeps the refusal of a statement as a writeError with the statement's index. Any
// other error is returned, and ends the whole command without effect.
func (o *writeResult) recordError(statement int, err error) error {
	if err == nil || !canCommit(err) {
		return err
	}
	o.writeErrors = append(o.writeErrors, buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendInt32Element(b, "index", int32(statement)) //nolint:gosec // at most maxWriteBatch
		return asCommandError(err).append(b)
	}))
	return nil
}

// reply is the document that answers the command; the field nModified is of update only. The
// command itself succeeds even if statements were refused: ok is 1, and the driver looks at
// writeErrors.
func (o *writeResult) reply(update bool) document {
	return buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendInt32Element(b, "n", o.n)
		if update {
			b = bsoncore.AppendInt32Element(b, "nModified", o.modified)
		}
		if o.upserted != nil {
			b = bsoncore.AppendArrayElement(b, "upserted", buildArray(o.upserted))
		}
		if o.writeErrors != nil {
			b = bsoncore.AppendArrayElement(b, "writeErrors", buildArray(o.writeErrors))
		}
		return b
	})
}

// writeBatch is the statements of a writing command, as runBatch needs them: their number, and
// what a refusal ends.
type writeBatch struct {
	arguments
	n       int
	ordered bool
	create  bool // the collection, if there is none; otherwise statements then do nothing
}

// runBatch runs all statements of a batch in one task of the writer, so they are on disk
// together or not at all. A refused statement ends the command if it is ordered, and in no case
// undoes the ones before it. That is stricter than MongoDB, which promises atomicity for each
// document only; callers must not rely on it.
func (e *Engine) runBatch(b writeBatch, run func(c *collection, i int, o *writeResult) error) (*writeResult, error) {
	o := &writeResult{}
	err := e.write(b.deadline, func(t *transaction) error {
		// The task may run a second time (see task), and the first run must not show in the
		// result.
		*o = writeResult{}
		open := t.collection
		if b.create {
			open = t.ensureCollection
		}
		c, err := open(b.namespace())
		if c == nil || err != nil {
			return err
		}
		for i := range b.n {
			failed := len(o.writeErrors)
			if err := o.recordError(i, run(c, i, o)); err != nil {
				return err
			}
			// Only a statement that was just refused ends the batch.
			if b.ordered && len(o.writeErrors) > failed {
				break
			}
		}
		return nil
	})
	return o, err
}

// insert stores new documents; each gets an _id if it has none.
func (e *Engine) insert(req *request) (document, error) {
	w, err := req.parseWriteCommand("documents")
	if err != nil {
		return nil, err
	}
	o, err := e.runBatch(writeBatch{w.arguments, len(w.statements), w.ordered, true}, func(c *collection, i int, o *writeResult) error {
		// A driver sends an _id with every document; other clients may not.
		d, err := ensureID(w.statements[i])
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
