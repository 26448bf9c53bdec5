package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// statement is one statement of update or delete. err is what is wrong with its query or its
// update: then the statement fails, and its neighbours need not. What is wrong otherwise fails
// the command. MongoDB draws the same line: it reads all statements before it runs the first.
type statement struct {
	query
	update *updateSpec
	multi  bool
	upsert bool
	err    error
}

// updateOptions are the fields of a statement of update.
func (l *language) updateOptions() map[string]reader[statement] {
	return map[string]reader[statement]{
		"q": l.readStatementFilter,
		"u": func(s *statement, v value) error {
			m, err := l.parseUpdate(v)
			if s.update = m; err != nil {
				s.err = err
			}
			return nil
		},
		"multi": func(s *statement, v value) (err error) {
			s.multi, err = parseBool("multi", v)
			return err
		},
		"upsert": func(s *statement, v value) (err error) {
			s.upsert, err = parseBool("upsert", v)
			return err
		},
	}
}

// readStatementFilter reads the query of a statement.
func (l *language) readStatementFilter(s *statement, v value) error {
	d, err := parseDocument("q", v)
	if err != nil {
		return err
	}
	if s.filter, err = l.parseFilter(d); err != nil {
		s.err = err
	}
	return nil
}

// unknownIn makes the error of a field that a statement does not have.
func unknownIn(place string) func(name string) error {
	return func(name string) error { return unknownField(place, name) }
}

// update changes documents, or inserts one where an upsert finds none:
//
//	{update: "signatures", updates: [{q: {_id: "sig_1", rev: 3}, u: {$set: {...}, $inc: {rev: 1}}, upsert: false}]}
//
// Each statement reads and writes within one task of the writer, so a filter on a rev or a
// fence is a compare-and-set (TestNoJobIsClaimedTwice). The collection is made only if some
// statement is an upsert: an update of nothing leaves no trace.
func (e *Engine) update(a *arguments) (document, error) {
	statements := make([]*statement, len(a.statements))
	create := false
	for i, d := range a.statements {
		s := &statement{query: query{deadline: a.deadline}}
		if err := readInto(e.language.updates, d, s, unknownIn("update.updates")); err != nil {
			return nil, err
		}
		if lookup(d, "q").Type == 0 || lookup(d, "u").Type == 0 {
			return nil, errorf(codeMissingField, "an update needs q and u")
		}
		// A replacement would give all documents the same content.
		if s.err == nil && s.multi && s.update.replacement != nil {
			s.err = errorf(codeFailedToParse, "multi update is not supported for replacement-style update")
		}
		if !s.multi {
			s.limit = 1
		}
		statements[i] = s
		create = create || s.upsert
	}
	o, err := e.runBatch(a, create, func(c *collection, i int, o *writeResult) error {
		return c.update(statements[i], i, o)
	})
	return o.reply(true), err
}

// update runs one statement. Of a multi update that is refused half way, the documents before
// stay updated and are not counted, as in MongoDB: it is atomic for each document only.
func (c *collection) update(u *statement, i int, o *writeResult) error {
	if u.err != nil {
		return u.err
	}
	// All ids first, then the changes: a document is updated once, wherever its change moves it
	// within the index.
	ids, err := c.findIDs(&u.query)
	if err != nil {
		return err
	}
	var n, changed int32
	for _, id := range ids {
		modified, err := c.modify(id, u.update)
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
	// An upsert that finds nothing counts as one document matched and none modified, as in
	// MongoDB.
	if len(ids) > 0 || !u.upsert {
		return nil
	}
	d, err := c.upsert(u.filter, u.update)
	if err != nil {
		return err
	}
	o.n++
	o.upserted = append(o.upserted, buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendInt32Element(b, "index", int32(i)) //nolint:gosec // at most maxWriteBatch
		return bsoncore.AppendValueElement(b, "_id", lookup(d, "_id"))
	}))
	return nil
}

// modify updates one document. A change of nothing writes nothing.
func (c *collection) modify(id []byte, m *updateSpec) (modified bool, err error) {
	old := document(c.documents.Get(id))
	d, err := m.apply(old, false)
	if err != nil || bytes.Equal(old, d) {
		return false, err
	}
	return true, c.put(old, d)
}

// upsert inserts the document that the filter and the update make. It may meet a document with
// the same _id that the filter does not match; that is a duplicate key, as in MongoDB.
func (c *collection) upsert(f allOf, m *updateSpec) (document, error) {
	d, err := upsertSeed(f, m.replacement != nil)
	if err != nil {
		return nil, err
	}
	if d, err = m.apply(d, true); err != nil {
		return nil, err
	}
	return d, c.put(nil, d)
}
