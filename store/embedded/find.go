package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// findOptions are the options of find. There is no skip, no collation, no min or max: the store
// pages by keys.
func (l *language) findOptions() map[string]reader[arguments] {
	return map[string]reader[arguments]{
		"filter":      l.readFilter,
		"sort":        readSort,
		"limit":       readLimit,
		"batchSize":   readBatchSize,
		"singleBatch": readSingleBatch,
		"projection":  l.readProjection,
		"readConcern": l.readReadConcern,
	}
}

// countOptions are the options of count, whose filter is called query.
func (l *language) countOptions() map[string]reader[arguments] {
	return map[string]reader[arguments]{
		"query": l.readFilter, "limit": readLimit, "readConcern": l.readReadConcern,
	}
}

// find answers with the first batch of a query:
//
//	{find: "warnings", filter: {device: "dev_1"}, sort: {at: -1}, limit: 20, projection: {tail: 0}}
//
// A collection that does not exist is an empty one. The cursor goes on through getMore.
func (e *Engine) find(a *arguments) (reply document, err error) {
	cur := &cursor{namespace: a.namespace(), projection: a.projection, limit: a.limit}
	// The cursor counts its limit down: 0 is a limit that is used up, and -1 is none.
	if a.limit == 0 {
		cur.limit = -1
	}
	if a.batchSize == 0 {
		a.batchSize = defaultBatchSize
	}
	err = e.view(func(t *transaction) error {
		if err := cur.start(t, &a.query); err != nil {
			return err
		}
		reply, err = t.firstReply(cur, a.batchSize, a.singleBatch)
		return err
	})
	return reply, err
}

// count answers with the number of documents that match, of which it reads no more than the
// limit:
//
//	{count: "reports", query: {state: "open", due: {$lte: 5}}, limit: 1000}
func (e *Engine) count(a *arguments) (document, error) {
	n := int32(0)
	err := e.view(func(t *transaction) error {
		c, err := t.collection(a.namespace())
		if c == nil || err != nil {
			return err
		}
		return c.each(&a.query, func([]byte, document) (bool, error) {
			n++
			return true, nil
		})
	})
	return buildDocument(func(b []byte) []byte { return bsoncore.AppendInt32Element(b, "n", n) }), err
}

func (l *language) readFilter(a *arguments, v value) error {
	d, err := parseDocument("filter", v)
	if err != nil {
		return err
	}
	a.filter, err = l.parseFilter(d)
	return err
}

func readSort(a *arguments, v value) error {
	d, err := parseDocument("sort", v)
	if err != nil {
		return err
	}
	a.order, err = parseFields(d, codeBadSortOrder)
	return err
}

// readLimit reads how many documents are wanted; 0 is no limit, as in MongoDB.
func readLimit(a *arguments, v value) (err error) {
	if a.limit, err = parseInt("limit", v); err == nil && a.limit < 0 {
		err = errorf(codeNegative, "limit must not be negative")
	}
	return err
}

// readBatchSize reads how many documents a batch holds. MongoDB takes 0 for an empty batch; here
// it is refused.
func readBatchSize(a *arguments, v value) (err error) {
	if a.batchSize, err = parseInt("batchSize", v); err == nil && a.batchSize <= 0 {
		err = errorf(codeNegative, "batchSize must be positive")
	}
	return err
}

func readSingleBatch(a *arguments, v value) (err error) {
	a.singleBatch, err = parseBool("singleBatch", v)
	return err
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
	s := c.scan(q)
	if s.plan.sorted {
		cur.scan = s
		return nil
	}
	return c.eachSorted(q, s, func(_ []byte, d document) (bool, error) {
		cur.buffered = append(cur.buffered, bytes.Clone(d))
		return true, nil
	})
}
