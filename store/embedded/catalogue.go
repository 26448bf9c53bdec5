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

// createIndexes creates all of them or, by abandoning the transaction, none. To create one that exists is nothing.
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

// exists reports whether the index is there already, and refuses one that is too much like another.
func (c *collection) hasIndex(x *index) (bool, error) {
	for _, other := range c.indexes {
		if other.primary && bytes.Equal(encodeKey(documentValue(other.pattern)), encodeKey(documentValue(x.pattern))) {
			return true, nil
		}
		sameKey := bytes.Equal(other.pattern, x.pattern) && other.samePartial(x)
		switch sameName := other.name == x.name; {
		case sameName && !sameKey:
			return false, errorf(codeIndexKeySpecs, "an index named %s exists with another key or partial filter", x.name)
		case sameName && other.expireAfter == x.expireAfter:
			return true, nil
		case sameName || (sameKey && other.expireAfter == x.expireAfter):
			return false, errorf(codeIndexOptions, "an equivalent index exists with another name or other options: %s", other.name)
		}
	}
	return false, nil
}

// build makes the entries of all documents that are there.
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

func (e *Engine) listCollections(req *request) (document, error) {
	var filter allOf
	a, err := req.parseArguments(func(name string, v value) (err error) {
		switch name {
		case "filter":
			var d document
			if d, err = parseDocument(name, v); err == nil {
				filter, err = parseFilter(d)
			}
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
	return cursorReply(0, a.database+".$cmd.listCollections", "firstBatch", list), nil
}

// namespaces gives those of one database, or with "" all of them; every collection is a bucket at the top of the file, and
// has a dot in its name.
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

func (t *transaction) dropCollection(namespace string) error {
	t.dirty = true
	t.engine.schemas.Delete(namespace)
	if err := t.tx.DeleteBucket([]byte(namespace)); err != nil && !errors.Is(err, bolterrors.ErrBucketNotFound) {
		return fmt.Errorf("drop a collection: %w", err)
	}
	return nil
}
