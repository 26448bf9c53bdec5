package embedded

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// createIndexes creates the collection where there is none, and all indexes of the command or
// none:
//
//	{createIndexes: "reports", indexes: [{key: {state: 1, due: 1}, name: "claim"}]}
//
// The indexes are built in one task, so other writes wait for it; readers do not. The reply has
// MongoDB's fields.
func (e *Engine) createIndexes(a *arguments) (document, error) {
	if len(a.statements) == 0 {
		return nil, errorf(codeBadValue, "Must specify at least one index to create")
	}
	// All are parsed before the first is created.
	wanted := make([]*index, len(a.statements))
	var err error
	for i, d := range a.statements {
		if wanted[i], err = e.language.parseIndex(d); err != nil {
			return nil, err
		}
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
// batch: a collection has a handful of them. Of a collection that does not exist it is an error,
// code 26, which the driver reads as "no indexes yet".
func (e *Engine) listIndexes(a *arguments) (document, error) {
	var list []document
	err := e.view(func(t *transaction) error {
		c, err := t.collection(a.namespace())
		if err != nil {
			return err
		}
		if c == nil {
			return errorf(codeNamespaceNotFound, "ns does not exist: %s", a.namespace())
		}
		for _, x := range c.indexes {
			list = append(list, x.description())
		}
		return nil
	})
	return cursorReply(0, a.namespace(), "firstBatch", list), err
}

// listCollections gives name and type of each collection of the database, in one batch.
func (e *Engine) listCollections(a *arguments) (document, error) {
	var list []document
	err := e.view(func(t *transaction) error {
		for _, namespace := range t.namespaces(a.database + ".") {
			list = append(list, buildDocument(func(b []byte) []byte {
				b = bsoncore.AppendStringElement(b, "name", strings.TrimPrefix(namespace, a.database+"."))
				return bsoncore.AppendStringElement(b, "type", "collection")
			}))
		}
		return nil
	})
	// The namespace that MongoDB gives to this cursor.
	return cursorReply(0, a.database+".$cmd.listCollections", "firstBatch", list), err
}

// readNameOnly reads whether names are enough. There is not much more to give.
func readNameOnly(_ *arguments, v value) error {
	_, err := parseBool("nameOnly", v)
	return err
}

// namespaces returns the names of the collections that begin so. Every collection is a bucket at
// the top of the file whose name has a dot in it, and the bucket of the format has none.
func (t *transaction) namespaces(prefix string) []string {
	var list []string
	cursor := t.tx.Cursor()
	for name, _ := cursor.Seek([]byte(prefix)); name != nil && bytes.HasPrefix(name, []byte(prefix)); name, _ = cursor.Next() {
		if bytes.IndexByte(name, '.') > 0 {
			list = append(list, string(name))
		}
	}
	return list
}
