package embedded

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

const (
	// Batches and idle cursors end as in MongoDB (manual, "Iterate a Cursor in mongosh"): 101
	// documents in a first batch of no given size, 16 MiB in each reply, and ten minutes until
	// a cursor that nobody uses is dropped.
	defaultBatchSize  = 101      // documents in a first batch whose size is not given, as MongoDB
	maxBatchBytes     = 15 << 20 // of documents in a batch, which leaves room for the rest of the reply
	cursorIdleTimeout = 10 * time.Minute
)

// cursor is a result that is fetched in parts. Either it holds a scan to go on with, which sees
// what is committed at the time of each batch, or it holds the documents that are left, where
// they had to be sorted first.
type cursor struct {
	namespace  string
	projection *projection
	scan       *scan
	limit      int64 // documents still to give; negative: no limit
	buffered   []document
	used       time.Time
}

// cursors are the cursors that are open at the moment, by id. They are lost with the process; a
// client starts again.
type cursors struct {
	mu   sync.Mutex
	open map[int64]*cursor
}

// take removes a cursor, so that only one getMore works on it at a time; nil when there is none
// of that id.
func (cs *cursors) take(id int64) *cursor {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := cs.open[id]
	delete(cs.open, id)
	return c
}

// put puts a cursor back under the id that it had, or under a new one where id is 0, and
// returns the id.
func (cs *cursors) put(id int64, c *cursor) int64 {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for id == 0 || cs.open[id] != nil {
		id = rand.Int64N(1<<62) + 1 //nolint:gosec // an id, not a secret: whoever can dial the engine may read all of it
	}
	c.used = time.Now()
	cs.open[id] = c
	return id
}

// dropIdle forgets the cursors that nobody has used for a while; clients that have crashed
// never send killCursors.
func (cs *cursors) dropIdle(now time.Time) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for id, c := range cs.open {
		if now.Sub(c.used) > cursorIdleTimeout {
			delete(cs.open, id)
		}
	}
}

// nextBatch takes up to size documents (0: as many as a reply holds) and reports whether there
// are more. The documents of a scan are cloned: the reply is written after the transaction has
// ended. A batch holds at least one document, even one that is larger than maxBatchBytes, or
// the cursor would never end (TestManyDocumentsComeInSeveralBatches).
func (cur *cursor) nextBatch(t *transaction, size int64) (documents []document, more bool, err error) {
	bytesLeft := maxBatchBytes
	add := func(d document) (room bool) {
		d = cur.projection.apply(d)
		documents = append(documents, d)
		bytesLeft -= len(d)
		return int64(len(documents)) != size && bytesLeft > 0
	}
	// The documents are here already, sorted.
	if cur.scan == nil {
		for i, d := range cur.buffered {
			if !add(d) {
				cur.buffered = cur.buffered[i+1:]
				return documents, len(cur.buffered) > 0, nil
			}
		}
		return documents, false, nil
	}
	// All that the limit allows has been given in earlier batches.
	if cur.limit == 0 {
		return nil, false, nil
	}
	c, err := t.collection(cur.namespace)
	if err != nil {
		return nil, false, err
	}
	err = cur.scan.run(c, func(_ []byte, d document) (bool, error) {
		room := add(bytes.Clone(d))
		cur.limit--
		// A batch that is full while the scan goes on; whether anything follows shows at the
		// next getMore, which may be empty.
		more = !room && cur.limit != 0
		return room && cur.limit != 0, nil
	})
	return documents, more, err
}

// firstReply answers with the first batch of cur, and keeps cur if there are more. With single
// the cursor ends with this batch.
func (t *transaction) firstReply(cur *cursor, size int64, single bool) (document, error) {
	documents, more, err := cur.nextBatch(t, size)
	if err != nil {
		return nil, err
	}
	id := int64(0)
	if more && !single {
		id = t.engine.cursors.put(0, cur)
	}
	return cursorReply(id, cur.namespace, "firstBatch", documents), nil
}

// cursorReply is the reply of every command that gives documents; id 0 says that there are no
// more.
func cursorReply(id int64, namespace, name string, documents []document) document {
	return buildDocument(func(b []byte) []byte {
		return bsoncore.AppendDocumentElement(b, "cursor", buildDocument(func(b []byte) []byte {
			b = bsoncore.AppendArrayElement(b, name, buildArray(documents))
			b = bsoncore.AppendInt64Element(b, "id", id)
			return bsoncore.AppendStringElement(b, "ns", namespace)
		}))
	})
}

// getMore answers with the next batch of a cursor. A cursor whose batch fails is gone; the
// client starts again. Only the namespace that opened a cursor may read on, which catches a
// client that mixes cursors up.
func (e *Engine) getMore(a *arguments) (document, error) {
	id, err := parseInt(a.name, a.target)
	if err != nil {
		return nil, err
	}
	cur := e.cursors.take(id)
	if cur == nil {
		return nil, errorf(codeCursorNotFound, "cursor id %d not found", id)
	}
	if a.namespace() != cur.namespace {
		e.cursors.put(id, cur)
		return nil, errorf(codeUnauthorized, "the cursor belongs to another namespace")
	}
	// maxTimeMS bounds each command on a cursor, not the cursor.
	if cur.scan != nil {
		cur.scan.deadline = a.deadline
	}
	var documents []document
	var more bool
	err = e.view(func(t *transaction) error {
		documents, more, err = cur.nextBatch(t, a.batchSize)
		return err
	})
	if err != nil {
		return nil, err
	}
	if more {
		e.cursors.put(id, cur)
	} else {
		id = 0
	}
	return cursorReply(id, cur.namespace, "nextBatch", documents), nil
}

// readCollection reads the collection of getMore, whose first field is the cursor.
func readCollection(a *arguments, v value) (err error) {
	a.collection, err = parseString("collection", v)
	return err
}

// killCursors forgets cursors. Ids that are not known are listed in the reply and are no error.
func (e *Engine) killCursors(a *arguments) (document, error) {
	killed, unknown := bsoncore.NewArrayBuilder(), bsoncore.NewArrayBuilder()
	for _, id := range a.cursors {
		if e.cursors.take(id) != nil {
			killed.AppendInt64(id)
		} else {
			unknown.AppendInt64(id)
		}
	}
	none := bsoncore.NewArrayBuilder().Build()
	return buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendArrayElement(b, "cursorsKilled", killed.Build())
		b = bsoncore.AppendArrayElement(b, "cursorsNotFound", unknown.Build())
		b = bsoncore.AppendArrayElement(b, "cursorsAlive", none)
		return bsoncore.AppendArrayElement(b, "cursorsUnknown", none)
	}), nil
}

// readCursors reads the ids of killCursors.
func readCursors(a *arguments, v value) error {
	if v.Type != bsoncore.TypeArray {
		return errorf(codeTypeMismatch, "cursors must be an array")
	}
	for item := range items(v) {
		id, err := parseInt("cursors", item)
		if err != nil {
			return err
		}
		a.cursors = append(a.cursors, id)
	}
	return nil
}
