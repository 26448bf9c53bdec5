package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// findArguments are the arguments of find, other than those that it has in common with writes.
type findArguments struct {
	query
	projection  *projection
	batchSize   int64 // of the first batch
	singleBatch bool
}

// find answers with the first batch of a query:
//
//	{find: "warnings", filter: {device: "dev_1"}, sort: {at: -1}, limit: 20, projection: {tail: 0}}
//
// A collection that does not exist is an empty one. The cursor goes on through getMore.
func (e *Engine) find(req *request) (document, error) {
	f := findArguments{batchSize: defaultBatchSize}
	a, err := req.parseCollectionArguments(func(name string, v value) error { return f.set(req, name, v) })
	if err != nil {
		return nil, err
	}
	f.deadline = a.deadline
	// -1 is no limit: the cursor counts its limit down, and 0 is a limit that is used up.
	cur := &cursor{namespace: a.namespace(), projection: f.projection, limit: -1}
	// A limit of 0 is no limit, as in MongoDB.
	if f.limit > 0 {
		cur.limit = f.limit
	}
	var reply document
	err = e.view(func(t *transaction) error {
		if err := cur.start(t, &f.query); err != nil {
			return err
		}
		reply, err = t.firstReply(cur, f.batchSize, f.singleBatch)
		return err
	})
	return reply, err
}

// set reads one argument of find. There is no skip, no collation, no min or max: the store
// pages by keys.
func (f *findArguments) set(req *request, name string, v value) (err error) {
	switch name {
	case "filter", "sort", "hint":
		return f.query.set(name, v)
	case "limit":
		if f.limit, err = parseInt(name, v); err == nil && f.limit < 0 {
			err = errorf(codeNegative, "limit must not be negative")
		}
	case "batchSize":
		if f.batchSize, err = parseInt(name, v); err == nil && f.batchSize < 0 {
			err = errorf(codeNegative, "batchSize must not be negative")
		}
	case "singleBatch":
		f.singleBatch, err = parseBool(name, v)
	case "projection":
		f.projection, err = parseProjection(v)
	default:
		return req.unknownField(name)
	}
	return err
}

// set reads an argument that queries have in common, under the name that it has in find.
func (q *query) set(name string, v value) error {
	switch name {
	case "filter":
		d, err := parseDocument(name, v)
		if err != nil {
			return err
		}
		q.filter, err = parseFilter(d)
		return err
	case "sort":
		d, err := parseDocument(name, v)
		if err != nil {
			return err
		}
		q.order, err = parseFields(d, codeBadSortOrder)
		return err
	// The hint: it is resolved when the collection is open, since only its indexes can tell
	// whether it names one.
	default:
		if v.Type != bsoncore.TypeString && v.Type != bsoncore.TypeEmbeddedDocument {
			return errorf(codeFailedToParse, "hint must be a string or an object")
		}
		if d, ok := v.DocumentOK(); !ok || len(d) > 5 { // {} is no hint
			q.hint = v
		}
		return nil
	}
}

// start gives the cursor its scan where an index yields the order that was asked for; that
// cursor costs no memory. Otherwise all documents are read and sorted now, and the cursor holds
// them.
func (cur *cursor) start(t *transaction, q *query) error {
	c, err := t.collection(cur.namespace)
	if c == nil || err != nil {
		return err
	}
	// The plan is made here, once; the batches that follow go on with it, even if a better
	// index is created in the meantime.
	s, err := c.scan(q)
	if err != nil {
		return err
	}
	if s.plan.sorted {
		cur.scan = s
		return nil
	}
	return c.eachSorted(q, s, func(_ []byte, d document) (bool, error) {
		cur.buffered = append(cur.buffered, bytes.Clone(d))
		return true, nil
	})
}
