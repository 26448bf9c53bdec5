package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// updateStatement is one statement of update.
type updateStatement struct {
	query
	update *updateSpec
	multi  bool
	upsert bool
	err    error // what is wrong with it; the statement fails, its neighbours need not
}

// update changes documents, or inserts one where an upsert finds none:
//
//	{update: "signatures", updates: [{q: {_id: "sig_1", rev: 3}, u: {$set: {...}, $inc: {rev: 1}}, upsert: false}]}
//
// Each statement reads and writes within one task of the writer, so a filter on a rev or a
// fence is a compare-and-set. The collection is made only if some statement is an upsert: an
// update of nothing leaves no trace.
func (e *Engine) update(req *request) (document, error) {
	w, err := req.parseWriteCommand("updates")
	if err != nil {
		return nil, err
	}
	statements := make([]*updateStatement, len(w.statements))
	create := false
	for i, d := range w.statements {
		if statements[i], err = parseUpdateStatement(d); err != nil {
			return nil, err
		}
		statements[i].deadline = w.deadline
		create = create || statements[i].upsert
	}
	o, err := e.runBatch(writeBatch{w.arguments, len(w.statements), w.ordered, create}, func(c *collection, i int, o *writeResult) error {
		return c.update(statements[i], i, o)
	})
	if err != nil {
		return nil, err
	}
	return o.reply(true), nil
}

// parseUpdateStatement returns an error for a malformed statement, which fails the command, and
// a statement with err for a malformed query or update, which fails alone.
func parseUpdateStatement(d document) (*updateStatement, error) {
	var u updateStatement
	for name, v := range fields(d) {
		if err := u.set(name, v); err != nil {
			return nil, err
		}
	}
	if lookup(d, "q").Type == 0 || lookup(d, "u").Type == 0 {
		return nil, errorf(codeMissingField, "an update needs q and u")
	}
	// A replacement would give all documents the same content.
	if u.err == nil && u.multi && u.update.replacement != nil {
		u.err = errorf(codeFailedToParse, "multi update is not supported for replacement-style update")
	}
	if !u.multi {
		u.limit = 1
	}
	return &u, nil
}

// set reads one field of a statement. arrayFilters, collation and the like are refused.
func (u *updateStatement) set(name string, v value) (err error) {
	switch name {
	case "q":
		q, err := parseDocument(name, v)
		if err != nil {
			return err
		}
		// What is wrong with the query is kept for the statement; it is not the command that
		// fails.
		if filter, err := parseFilter(q); err != nil {
			u.err = err
		} else {
			u.filter = filter
		}
	case "u":
		if m, err := parseUpdate(v); err != nil {
			u.err = err
		} else {
			u.update = m
		}
	case "multi":
		u.multi, err = parseBool(name, v)
	case "upsert":
		u.upsert, err = parseBool(name, v)
	case "hint":
		err = u.query.set(name, v)
	default:
		err = errorf(codeUnknownField, "BSON field 'update.updates.%s' is an unknown field.", name)
	}
	return err
}

// update runs one statement. Of a multi update that is refused half way, the documents before
// stay updated and are not counted, as in MongoDB: it is atomic for each document only.
func (c *collection) update(u *updateStatement, i int, o *writeResult) error {
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
		_, modified, err := c.modify(id, u.update)
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

// modify updates one document and returns it as it is afterwards. A change of nothing writes
// nothing.
func (c *collection) modify(id []byte, m *updateSpec) (d document, modified bool, err error) {
	old := document(c.documents.Get(id))
	d, err = m.apply(old, false)
	if err != nil || bytes.Equal(old, d) {
		return d, false, err
	}
	return d, true, c.put(old, d)
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
