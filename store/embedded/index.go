package embedded

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	bolt "go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// field is one part of an index or of a sort: a path and a direction.
type field struct {
	path       path
	descending bool
}

// index is the definition of an index as it stands in the schema of a collection. It does not
// change once made; where it has to, a copy replaces it (markMultikey).
//
// The key of an entry is the keys of the fields, one after the other, then the key of the
// document's _id, which makes the entry unique and is itself a last field to range over and to
// sort by. The value of an entry is the offset at which the _id begins, in two bytes. The
// documents themselves are stored by the key of their _id, and count as the index "_id_".
type index struct {
	name        string
	primary     bool
	fields      []field
	multikey    []bool   // by field: some document has had an array there
	expireAfter int64    // seconds after the date in the only field; -1 is never
	partial     allOf    // nil: every document has entries
	spec        document // as it was given
	pattern     document // its key
}

// primaryIndex is the index on the _id, which every collection has. Its entries are the
// documents.
func primaryIndex() *index {
	return &index{
		name:        "_id_",
		primary:     true,
		fields:      []field{{path: path{name: "_id", parts: []string{"_id"}}}},
		multikey:    []bool{false},
		expireAfter: -1,
		pattern:     buildDocument(func(b []byte) []byte { return bsoncore.AppendInt32Element(b, "_id", 1) }),
	}
}

// bucket is the name of the index's bucket inside the bucket of its collection.
func (x *index) bucket() []byte { return append([]byte("index "), x.name...) }

// parseIndex reads the specification that createIndexes takes and that the record of a
// collection holds. An option that is not known is refused, unique among them: an index that
// does not enforce what it was created for is worse than none. The rules for TTL indexes are
// MongoDB's: one field, and not the _id (manual, "TTL Indexes").
func (l *language) parseIndex(d document) (*index, error) {
	x := &index{expireAfter: -1, spec: d}
	err := readInto(l.indexes, d, x, func(name string) error {
		return errorf(codeInvalidIndexOption, "the index option %q is not supported", name)
	})
	switch {
	case err != nil:
		return nil, err
	case x.pattern == nil:
		return nil, errorf(codeFailedToParse, "an index needs a key")
	case len(x.fields) == 0:
		return nil, errorf(codeCannotCreateIndex, "index keys cannot be empty")
	case x.name == "" || x.name == "*" || len(x.name) > 127:
		return nil, errorf(codeFailedToParse, "an index needs a name")
	case x.expireAfter >= 0 && len(x.fields) > 1:
		return nil, errorf(codeCannotCreateIndex, "TTL indexes are single-field indexes, compound indexes do not support TTL")
	case x.expireAfter >= 0 && x.fields[0].path.name == "_id":
		return nil, errorf(codeInvalidIndexOption, "the field '_id' cannot have a TTL index")
	}
	return x, nil
}

// indexOptions are the fields of the specification of an index.
func (l *language) indexOptions() map[string]reader[index] {
	return map[string]reader[index]{
		"key": func(x *index, v value) (err error) {
			if x.pattern, err = parseDocument("key", v); err != nil {
				return err
			}
			x.fields, err = parseFields(x.pattern, codeCannotCreateIndex)
			x.multikey = make([]bool, len(x.fields))
			return err
		},
		"name": func(x *index, v value) (err error) {
			x.name, err = parseString("name", v)
			return err
		},
		"expireAfterSeconds": func(x *index, v value) (err error) {
			if x.expireAfter, err = parseInt("expireAfterSeconds", v); err == nil && (x.expireAfter < 0 || x.expireAfter > math.MaxInt32) {
				err = errorf(codeCannotCreateIndex, "expireAfterSeconds is out of range")
			}
			return err
		},
		"partialFilterExpression": l.readPartial,
	}
}

// readPartial reads the filter of a partial index. It may hold equalities only, because covers
// must be able to tell from the filter of a query that the query stays within the index.
func (l *language) readPartial(x *index, v value) error {
	d, err := parseDocument("partialFilterExpression", v)
	if err != nil {
		return err
	}
	if x.partial, err = l.parseFilter(d); err != nil {
		return err
	}
	for _, part := range x.partial {
		pred, ok := part.(*predicate)
		if !ok || pred.hasArray || pred.name != "$eq" {
			return errorf(codeCannotCreateIndex, "a partial index may test fields for equality only")
		}
	}
	return nil
}

// description is the specification as listIndexes gives it, in MongoDB's order.
func (x *index) description() document {
	return buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendInt32Element(b, "v", 2)
		b = bsoncore.AppendDocumentElement(b, "key", x.pattern)
		b = bsoncore.AppendStringElement(b, "name", x.name)
		if partial := lookup(x.spec, "partialFilterExpression"); partial.Type != 0 {
			b = bsoncore.AppendValueElement(b, "partialFilterExpression", partial)
		}
		if x.expireAfter >= 0 {
			b = bsoncore.AppendInt32Element(b, "expireAfterSeconds", int32(x.expireAfter)) //nolint:gosec // checked when it was read
		}
		return b
	})
}

// parseFields reads {a: 1, b: -1}, the form of index keys and of sort orders. bad is the code
// for a malformed one; the two commands have different codes in MongoDB.
func parseFields(d document, bad code) ([]field, error) {
	var list []field
	for name, v := range fields(d) {
		if typeRank(v.Type) != rankNumber && bad == codeBadSortOrder {
			return nil, errorf(codeSortNotNumber, "a direction must be a number")
		}
		direction, err := parseInt(name, v)
		if err != nil || (direction != 1 && direction != -1) {
			return nil, errorf(bad, "a direction must be 1 or -1")
		}
		p, err := parsePath(name)
		if err != nil {
			return nil, err
		}
		for _, other := range list {
			if other.path.name == name {
				return nil, errorf(bad, "a field is named twice")
			}
		}
		list = append(list, field{path: p, descending: direction < 0})
	}
	return list, nil
}

// entries returns the keys of the index's entries for d, without the _id at the end, and which
// fields met an array; multikey is nil where none did. A document that a partial index leaves
// out has no entries. Two fields that meet arrays are refused, as in MongoDB (manual, "Multikey
// Indexes"): the entries would be every pair of their items. Unlike MongoDB the engine refuses
// it even where both paths lead through one array.
func (x *index) entries(d document) (keys [][]byte, multikey []bool, err error) {
	if x.partial != nil && !x.partial.match(d) {
		return nil, nil, nil
	}
	keys = [][]byte{nil}
	for i, f := range x.fields {
		parts, many := f.path.keys(d)
		// The first array of the entry; a second one would multiply with it.
		if many {
			if multikey != nil {
				return nil, nil, errorf(codeParallelArrays, "cannot index parallel arrays")
			}
			multikey = make([]bool, len(x.fields))
			multikey[i] = true
		}
		if f.descending {
			for _, part := range parts {
				invert(part)
			}
		}
		keys = product(keys, parts)
	}
	return keys, multikey, nil
}

// product appends each part to each prefix; the result is in order if both are. No two results
// share memory.
func product(prefixes, parts [][]byte) [][]byte {
	all := make([][]byte, 0, len(prefixes)*len(parts))
	for _, prefix := range prefixes {
		for _, part := range parts {
			all = append(all, append(prefix[:len(prefix):len(prefix)], part...))
		}
	}
	return all
}

// entry returns key and value of an entry: the keys of the fields completed with that of the
// _id, and its offset.
func entry(k, id []byte) (entryKey, offset []byte) {
	return append(k[:len(k):len(k)], id...), binary.BigEndian.AppendUint16(nil, uint16(len(k))) //nolint:gosec // MaxKeySize is 32768
}

// entryID returns the key of the _id that ends the key of an entry. The offset is needed
// because a key that comes last does not say where it begins.
func entryID(entryKey, offset []byte) []byte {
	return entryKey[binary.BigEndian.Uint16(offset):]
}

// samePartial reports whether two indexes hold the same documents.
func (x *index) samePartial(y *index) bool {
	return lookup(x.spec, "partialFilterExpression").Equal(lookup(y.spec, "partialFilterExpression"))
}

// indexChange is what one document's change does to one index: entries to add and to delete,
// and arrays met.
type indexChange struct {
	index    *index
	add, del [][]byte
	multikey []bool
}

// diff returns what it takes to go from old to d; either may be nil, for a document that is not
// there. It refuses keys that bbolt could not store, before anything is written.
func (x *index) diff(id []byte, old, d document) (ch indexChange, err error) {
	ch.index = x
	var before, now [][]byte
	if old != nil {
		// The entries of the old document are computed again and not read: they follow from it.
		if before, _, err = x.entries(old); err != nil {
			return ch, err
		}
	}
	if d != nil {
		if now, ch.multikey, err = x.entries(d); err != nil {
			return ch, err
		}
	}
	ch.add, ch.del = difference(now, before), difference(before, now)
	for _, k := range ch.add {
		// MongoDB has no limit since 4.2, so this is one of the refusals of doc.go.
		if len(k)+len(id) > bolt.MaxKeySize {
			return ch, errorf(codeKeyTooLong, "an index key is longer than %d bytes", bolt.MaxKeySize)
		}
	}
	return ch, nil
}

// difference returns the keys of a that are not in b.
func difference(a, b [][]byte) [][]byte {
	// No map for the usual case: one entry before, one after.
	if len(a) == 1 && len(b) == 1 { // nearly always
		if bytes.Equal(a[0], b[0]) {
			return nil
		}
		return a
	}
	have := make(map[string]struct{}, len(b))
	for _, k := range b {
		have[string(k)] = struct{}{}
	}
	return slices.DeleteFunc(slices.Clone(a), func(k []byte) bool {
		_, ok := have[string(k)]
		return ok
	})
}

// mergeMultikey adds the fields that meet an array now to those that have met one before. now
// may be nil.
func mergeMultikey(before, now []bool) []bool {
	all := slices.Clone(before)
	for i, many := range now {
		all[i] = all[i] || many
	}
	return all
}
