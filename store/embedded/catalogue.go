package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	bolterrors "go.etcd.io/bbolt/errors"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// createIndexes creates the collection where there is none, and all indexes of the command or
// none:
//
//	{createIndexes: "reports", indexes: [{key: {state: 1, due: 1}, name: "claim"}]}
//
// The indexes are built in one task, so other writes wait for it; readers do not. The reply has
// MongoDB's fields.
func (e *Engine) createIndexes(req *request) (document, error) {
	var wanted []*index
	a, err := req.parseCollectionArguments(func(name string, v value) (err error) {
		if name != "indexes" {
			return req.unknownField(name)
		}
		wanted, err = parseIndexes(v)
		return err
	})
	if err != nil {
		return nil, err
	}
	if lookup(req.body, "indexes").Type == 0 {
		return nil, req.missingField("indexes")
	}
	var before, now int
	created := false
	err = e.write(a.deadline, func(t *transaction) error {
		existing, err := t.collection(a.namespace())
		if err != nil {
			return err
		}
		created = existing == nil
		c, err := t.ensureCollection(a.namespace())
		if err != nil {
			return err
		}
		// Counts with the primary index, as MongoDB's do.
		before = len(c.indexes)
		err = c.createIndexes(wanted)
		now = len(c.indexes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendInt32Element(b, "numIndexesBefore", int32(before)) //nolint:gosec // a handful
		b = bsoncore.AppendInt32Element(b, "numIndexesAfter", int32(now))     //nolint:gosec // a handful
		if before == now {
			return bsoncore.AppendStringElement(b, "note", "all indexes already exist")
		}
		return bsoncore.AppendBooleanElement(b, "createdCollectionAutomatically", created)
	}), nil
}

// parseIndexes reads the field indexes of createIndexes, which holds at least one
// specification. All are parsed before the first is created.
func parseIndexes(v value) ([]*index, error) {
	list, err := parseDocuments("indexes", v)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errorf(codeBadValue, "Must specify at least one index to create")
	}
	indexes := make([]*index, len(list))
	for i, d := range list {
		if indexes[i], err = parseIndex(d); err != nil {
			return nil, err
		}
	}
	return indexes, nil
}

// createIndexes creates all of wanted or, by its rollbackError, none. To create an index that
// exists is no change.
func (c *collection) createIndexes(wanted []*index) error {
	for _, x := range wanted {
		exists, err := c.hasIndex(x)
		if err == nil && !exists {
			err = c.buildIndex(x)
		}
		if err != nil {
			return rollbackError{err}
		}
	}
	return nil
}

// hasIndex reports whether the index is there already. An index that has the name or the key of
// another one and differs from it is refused, with MongoDB's codes 85 (IndexOptionsConflict)
// and 86 (IndexKeySpecsConflict): whoever asks for it would get an index that is not the one
// that was asked for.
func (c *collection) hasIndex(x *index) (bool, error) {
	for _, other := range c.indexes {
		// {_id: 1} is there under any name, as in MongoDB.
		if other.primary && bytes.Equal(encodeKey(documentValue(other.pattern)), encodeKey(documentValue(x.pattern))) {
			return true, nil
		}
		// The same key with another partial filter is another index, and may stand beside the
		// first.
		sameKey := bytes.Equal(other.pattern, x.pattern) && other.samePartial(x)
		switch sameName := other.name == x.name; {
		case sameName && !sameKey:
			return false, errorf(codeIndexKeySpecs, "an index named %s exists with another key or partial filter", x.name)
		// Name, key and expiry agree: the index exists.
		case sameName && other.expireAfter == x.expireAfter:
			return true, nil
		// One of the two agrees, and the rest does not: with an expiry that differs there may
		// be two indexes of one key.
		case sameName || (sameKey && other.expireAfter == x.expireAfter):
			return false, errorf(codeIndexOptions, "an equivalent index exists with another name or other options: %s", other.name)
		}
	}
	return false, nil
}

// buildIndex makes the entries of all documents that are there, and adds the index to the
// schema. It may fail on a document, as one with two arrays; the caller rolls back then. Its
// time and its transaction grow with the collection: an index on a big one holds up every
// write. The store creates its indexes at start, before there is any.
func (c *collection) buildIndex(x *index) error {
	bucket, err := c.root.CreateBucket(x.bucket())
	if err != nil {
		return fmt.Errorf("create an index: %w", err)
	}
	cursor := c.documents.Cursor()
	for id, d := cursor.First(); id != nil; id, d = cursor.Next() {
		ch, err := x.diff(id, nil, d)
		if err != nil {
			return err
		}
		for _, k := range ch.add {
			if err := bucket.Put(entry(k, id)); err != nil {
				return fmt.Errorf("put an index entry: %w", err)
			}
		}
		x.multikey = mergeMultikey(x.multikey, ch.multikey)
	}
	return c.replaceSchema(append(slices.Clone(c.indexes), x))
}

// listIndexes gives the specifications of a collection's indexes, the primary one first, in one
// batch: a collection has a handful of them. A batch size is checked and has no effect. Of a
// collection that does not exist it is an error, code 26, which the store reads as "no indexes
// yet".
func (e *Engine) listIndexes(req *request) (document, error) {
	a, err := req.parseCollectionArguments(func(name string, v value) error {
		if name != "cursor" {
			return req.unknownField(name)
		}
		_, err := parseBatchSize(v)
		return err
	})
	if err != nil {
		return nil, err
	}
	var list []document
	err = e.view(func(t *transaction) error {
		c, err := t.collection(a.namespace())
		if err != nil {
			return err
		}
		if c == nil {
			return errorf(codeNamespaceNotFound, "ns does not exist: %s", a.namespace())
		}
		for _, x := range c.indexes {
			list = append(list, x.spec)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return cursorReply(0, a.namespace(), "firstBatch", list), nil
}

// listCollections gives name and type of each collection of the database, in one batch. It
// gives no more than these two fields, whatever nameOnly says.
func (e *Engine) listCollections(req *request) (document, error) {
	var filter allOf
	a, err := req.parseArguments(func(name string, v value) (err error) {
		switch name {
		case "filter":
			var d document
			if d, err = parseDocument(name, v); err == nil {
				filter, err = parseFilter(d)
			}
		// There are no users, so all collections are authorized.
		case "nameOnly", "authorizedCollections":
			_, err = parseBool(name, v)
		case "cursor":
			_, err = parseBatchSize(v)
		default:
			return req.unknownField(name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var list []document
	err = e.view(func(t *transaction) error {
		for _, namespace := range t.namespaces(a.database) {
			d := buildDocument(func(b []byte) []byte {
				b = bsoncore.AppendStringElement(b, "name", strings.TrimPrefix(namespace, a.database+"."))
				return bsoncore.AppendStringElement(b, "type", "collection")
			})
			if filter.match(d) {
				list = append(list, d)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// The namespace that MongoDB gives to this cursor.
	return cursorReply(0, a.database+".$cmd.listCollections", "firstBatch", list), nil
}

// namespaces returns the names of one database's collections or, with "", of all. Every
// collection is a bucket at the top of the file whose name has a dot in it, and the bucket of
// the format has none.
func (t *transaction) namespaces(database string) []string {
	var list []string
	var prefix []byte
	if database != "" {
		prefix = []byte(database + ".")
	}
	cursor := t.tx.Cursor()
	for name, _ := cursor.Seek(prefix); name != nil && bytes.HasPrefix(name, prefix); name, _ = cursor.Next() {
		if bytes.IndexByte(name, '.') > 0 {
			list = append(list, string(name))
		}
	}
	return list
}

// drop removes a collection with its documents and indexes. Cursors on it fail at their next
// batch.
func (e *Engine) drop(req *request) (document, error) {
	a, err := req.parseCollectionArguments(func(name string, _ value) error { return req.unknownField(name) })
	if err != nil {
		return nil, err
	}
	indexes := 0
	err = e.write(a.deadline, func(t *transaction) error {
		c, err := t.collection(a.namespace())
		if err != nil {
			return err
		}
		if c == nil {
			return errorf(codeNamespaceNotFound, "ns not found")
		}
		indexes = len(c.indexes)
		return t.dropCollection(a.namespace())
	})
	if err != nil {
		return nil, err
	}
	return buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendInt32Element(b, "nIndexesWas", int32(indexes)) //nolint:gosec // a handful
		return bsoncore.AppendStringElement(b, "ns", a.namespace())
	}), nil
}

// dropDatabase removes all collections of the database, in one commit.
func (e *Engine) dropDatabase(req *request) (document, error) {
	a, err := req.parseArguments(func(name string, _ value) error { return req.unknownField(name) })
	if err != nil {
		return nil, err
	}
	err = e.write(a.deadline, func(t *transaction) error {
		for _, namespace := range t.namespaces(a.database) {
			if err := t.dropCollection(namespace); err != nil {
				return err
			}
		}
		return nil
	})
	return emptyDocument(), err
}

// dropCollection removes the bucket of a collection, which frees all of its pages at once. The
// parsed schema is forgotten even if the transaction is rolled back later: the next command
// parses it again.
func (t *transaction) dropCollection(namespace string) error {
	t.dirty = true
	t.engine.schemas.Delete(namespace)
	if err := t.tx.DeleteBucket([]byte(namespace)); err != nil && !errors.Is(err, bolterrors.ErrBucketNotFound) {
		return fmt.Errorf("drop a collection: %w", err)
	}
	return nil
}
