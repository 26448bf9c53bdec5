package embedded

import (
	"bytes"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// schema is what the record of a collection says of its indexes. The record is read from the
// transaction at hand each time, and parsed only when its bytes have changed, so a schema never
// disagrees with the documents of its transaction.
type schema struct {
	record  document
	indexes []*index // the primary one first
}

// transaction is a bbolt transaction, with a note of whether it has anything to commit.
type transaction struct {
	engine *Engine
	tx     *bolt.Tx
	dirty  bool
}

// collection is a collection as one transaction sees it. Its buckets, and every document and
// key that comes from them, are valid as long as the transaction is open; what lives longer is
// cloned.
type collection struct {
	*schema
	namespace string
	t         *transaction
	root      *bolt.Bucket
	documents *bolt.Bucket
}

// documentsName is the name of the documents' bucket inside the bucket of a collection. The
// bucket of an index is "index " and its name. These names are functions because bbolt takes
// bytes, and there are no constants of that type.
func documentsName() []byte { return []byte("documents") }

// recordName is the key of the record inside the bucket of a collection.
func recordName() []byte { return []byte("record") }

// collection returns nil where there is none of that name. Callers treat that as an empty
// collection, as MongoDB does.
func (t *transaction) collection(namespace string) (*collection, error) {
	// The parsed schema is shared by all transactions whose record has the same bytes.
	root := t.tx.Bucket([]byte(namespace))
	if root == nil {
		return nil, nil //nolint:nilnil // a collection that is not there is an empty one, and no error
	}
	record := root.Get(recordName())
	if known, ok := t.engine.schemas.Load(namespace); ok {
		if s, ok := known.(*schema); ok && bytes.Equal(s.record, record) {
			return &collection{schema: s, namespace: namespace, t: t, root: root, documents: root.Bucket(documentsName())}, nil
		}
	}
	s, err := t.engine.language.parseSchema(bytes.Clone(record))
	if err != nil {
		return nil, fmt.Errorf("read the record of %s: %w", namespace, err)
	}
	t.engine.schemas.Store(namespace, s)
	return &collection{schema: s, namespace: namespace, t: t, root: root, documents: root.Bucket(documentsName())}, nil
}

// ensureCollection makes the collection where there is none, with the primary index only.
func (t *transaction) ensureCollection(namespace string) (*collection, error) {
	c, err := t.collection(namespace)
	if c != nil || err != nil {
		return c, err
	}
	root, err := t.tx.CreateBucket([]byte(namespace))
	if err != nil {
		return nil, fmt.Errorf("create a collection: %w", err)
	}
	if _, err := root.CreateBucket(documentsName()); err != nil {
		return nil, fmt.Errorf("create a collection: %w", err)
	}
	t.dirty = true
	if err := root.Put(recordName(), encodeSchema(nil)); err != nil {
		return nil, fmt.Errorf("create a collection: %w", err)
	}
	return t.collection(namespace)
}

// encodeSchema writes {indexes: [{spec: {...}, multikey: [...]}, ...]}, without the primary
// index, which every collection has and which is never multikey.
func encodeSchema(indexes []*index) document {
	var list []document
	for _, x := range indexes {
		if x.primary {
			continue
		}
		list = append(list, buildDocument(func(b []byte) []byte {
			b = bsoncore.AppendDocumentElement(b, "spec", x.spec)
			flags := bsoncore.NewArrayBuilder()
			for _, many := range x.multikey {
				flags.AppendBoolean(many)
			}
			return bsoncore.AppendArrayElement(b, "multikey", flags.Build())
		}))
	}
	return buildDocument(func(b []byte) []byte { return bsoncore.AppendArrayElement(b, "indexes", buildArray(list)) })
}

// parseSchema reads what encodeSchema writes. The record is kept: it is what a later one is
// compared with.
func (l *language) parseSchema(record document) (*schema, error) {
	s := &schema{record: record, indexes: []*index{primaryIndex()}}
	for item := range items(lookup(record, "indexes")) {
		x, err := l.parseIndex(lookup(item.Data, "spec").Data)
		if err != nil {
			return nil, err
		}
		x.multikey = x.multikey[:0]
		for flag := range items(lookup(item.Data, "multikey")) {
			many, _ := flag.BooleanOK()
			x.multikey = append(x.multikey, many)
		}
		s.indexes = append(s.indexes, x)
	}
	return s, nil
}

// replaceSchema stores the indexes as the new schema of the collection. Schemas are never
// changed in place: readers of older transactions go on with theirs.
func (c *collection) replaceSchema(indexes []*index) error {
	s := &schema{record: encodeSchema(indexes), indexes: indexes}
	c.t.dirty = true
	if err := c.root.Put(recordName(), s.record); err != nil {
		return fmt.Errorf("write the record of a collection: %w", err)
	}
	c.schema = s
	return nil
}

// put stores d in place of old; old is nil where no document with that _id is known. d has its
// _id in first place.
//
// Everything that can be refused is refused before the first write, so a refusal leaves the
// transaction as it was (TestATaskThatFailsDoesNotUndoItsNeighbours): a document over 16 MiB
// (TestADocumentOfMoreThan16MiBIsRefused), keys that are too long, values that have no order, a
// duplicate _id, two arrays in one index.
func (c *collection) put(old, d document) error {
	id := encodeKey(lookup(d, "_id"))
	switch {
	case len(d) > maxDocumentSize && old == nil:
		return errorf(codeTooLarge, "a document is larger than %d bytes", maxDocumentSize)
	case len(d) > maxDocumentSize:
		return errorf(codeUpdateTooLarge, "a document would be larger than %d bytes", maxDocumentSize)
	case len(id) > bolt.MaxKeySize:
		return errorf(codeKeyTooLong, "an _id is longer than %d bytes", bolt.MaxKeySize)
	}
	if err := checkStorable(d, 0); err != nil {
		return err
	}
	if old == nil && c.documents.Get(id) != nil {
		return c.duplicateKeyError(d)
	}
	changes, err := c.changes(id, old, d)
	if err != nil {
		return err
	}
	if err := c.apply(id, changes); err != nil {
		return err
	}
	c.t.dirty = true
	if err := c.documents.Put(id, d); err != nil {
		return fmt.Errorf("put a document: %w", err)
	}
	return nil
}

// remove deletes the document with that key of an _id, and its index entries.
func (c *collection) remove(id []byte, old document) error {
	changes, err := c.changes(id, old, nil)
	if err != nil {
		return err
	}
	if err := c.apply(id, changes); err != nil {
		return err
	}
	c.t.dirty = true
	if err := c.documents.Delete(id); err != nil {
		return fmt.Errorf("delete a document: %w", err)
	}
	return nil
}

// duplicateKeyError is MongoDB's error 11000, with the fields and the words by which drivers
// know it.
func (c *collection) duplicateKeyError(d document) error {
	return &commandError{
		code:    codeDuplicateKey,
		message: "E11000 duplicate key error collection: " + c.namespace + " index: _id_",
		pattern: c.indexes[0].pattern,
		value:   buildDocument(func(b []byte) []byte { return bsoncore.AppendValueElement(b, "_id", lookup(d, "_id")) }),
	}
}

// changes returns what going from old to d does to the indexes, without doing it. Indexes whose
// entries stay the same are left out: most updates touch no indexed field.
func (c *collection) changes(id []byte, old, d document) ([]indexChange, error) {
	all := make([]indexChange, 0, len(c.indexes))
	for _, x := range c.indexes {
		if x.primary {
			continue
		}
		ch, err := x.diff(id, old, d)
		if err != nil {
			return nil, err
		}
		if len(ch.add) > 0 || len(ch.del) > 0 {
			all = append(all, ch)
		}
	}
	return all, nil
}

// apply carries out changes. Its errors are faults of the engine, never refusals, so the
// transaction is rolled back.
func (c *collection) apply(id []byte, changes []indexChange) error {
	for _, ch := range changes {
		b := c.root.Bucket(ch.index.bucket())
		for _, k := range ch.del {
			full, _ := entry(k, id)
			if err := b.Delete(full); err != nil {
				return fmt.Errorf("delete an index entry: %w", err)
			}
		}
		for _, k := range ch.add {
			if err := b.Put(entry(k, id)); err != nil {
				return fmt.Errorf("put an index entry: %w", err)
			}
		}
		if err := c.markMultikey(ch.index, ch.multikey); err != nil {
			return err
		}
	}
	return nil
}

// markMultikey records which fields of an index have met an array. That narrows what the
// planner may do with the index, and it stays so when the array is gone, as in MongoDB (manual,
// "Multikey Indexes"): nobody counts the arrays that are left.
func (c *collection) markMultikey(x *index, multikey []bool) error {
	all := mergeMultikey(x.multikey, multikey)
	if slices.Equal(all, x.multikey) {
		return nil
	}
	indexes := slices.Clone(c.indexes)
	for i, other := range indexes {
		if other.name == x.name {
			// A copy, for readers that plan with the old one at this moment.
			wider := *other
			wider.multikey = all
			indexes[i] = &wider
		}
	}
	return c.replaceSchema(indexes)
}
