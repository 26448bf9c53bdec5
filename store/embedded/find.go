package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// search are the arguments of find.
type findArguments struct {
	query
	projection  *projection
	batchSize   int64 // of the first batch
	singleBatch bool
}

func (e *Engine) find(req *request) (document, error) {
	f := findArguments{batchSize: defaultBatchSize}
	a, err := req.parseCollectionArguments(func(name string, v value) error { return f.set(req, name, v) })
	if err != nil {
		return nil, err
	}
	f.deadline = a.deadline
	cur := &cursor{namespace: a.namespace(), projection: f.projection, limit: -1}
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

// set reads an argument that queries have in common, under the name it has in find.
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

// start gives the cursor its scan where an index yields the order wanted; otherwise the documents themselves, sorted.
func (cur *cursor) start(t *transaction, q *query) error {
	c, err := t.collection(cur.namespace)
	if c == nil || err != nil {
		return err
	}
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
