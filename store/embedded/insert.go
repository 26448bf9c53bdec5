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

// runBatch runs all statements of a command in one task of the writer, so they are on disk
// together or not at all. A refused statement ends the command if it is ordered, and in no case
// undoes the ones before it. That is stricter than MongoDB, which promises atomicity for each
// document only; callers must not rely on it. With create the collection is made where there is
// none; otherwise the statements do nothing there.
func (e *Engine) runBatch(a *arguments, create bool, run func(c *collection, i int, o *writeResult) error) (*writeResult, error) {
	o := &writeResult{}
	n := len(a.statements)
	if n == 0 || n > maxWriteBatch {
		return o, errorf(codeOperationsCount, "write batch sizes must be between 1 and %d", maxWriteBatch)
	}
	err := e.write(a.deadline, func(t *transaction) error {
		// The task may run a second time (see task), and the first run must not show in the
		// result.
		*o = writeResult{}
		open := t.collection
		if create {
			open = t.ensureCollection
		}
		c, err := open(a.namespace())
		if c == nil || err != nil {
			return err
		}
		// Until a statement is refused, if they are ordered; in any case until a fault.
		for i := 0; i < n && (a.unordered || len(o.writeErrors) == 0) && err == nil; i++ {
			err = o.recordError(i, run(c, i, o))
		}
		return err
	})
	return o, err
}

// insert stores new documents. Each has its _id: the driver makes one where the caller has not.
func (e *Engine) insert(a *arguments) (document, error) {
	o, err := e.runBatch(a, true, func(c *collection, i int, o *writeResult) error {
		d, err := withID(a.statements[i])
		if err != nil {
			return err
		}
		if err := c.put(nil, d); err != nil {
			return err
		}
		o.n++
		return nil
	})
	return o.reply(false), err
}
