package embedded

import (
	"bytes"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// path is the dotted name of a field, whole and in parts.
type path struct {
	name  string
	parts []string
}

// parsePath refuses the paths that the engine would not treat as MongoDB does: empty parts,
// operators, and numbers, which in MongoDB may be an index into an array or the name of a
// field.
func parsePath(name string) (path, error) {
	parts := strings.Split(name, ".")
	for _, part := range parts {
		switch {
		case part == "":
			return path{}, errorf(codeEmptyFieldName, "a field path has an empty part")
		case part[0] == '$':
			return path{}, errorf(codeDollarPrefixed, "a field path has a part that starts with $")
		case part[0] >= '0' && part[0] <= '9':
			return path{}, errorf(codeNotImplemented, "a number in a field path is not supported")
		}
	}
	return path{name: name, parts: parts}, nil
}

// each gives every value that a filter on the path sees in d: the value, its items too if it is
// an array, the values in each document of an array on the way, and the zero value where the
// field is missing (MongoDB manual, "Query an Array of Embedded Documents"). It stops when
// yield returns false, and reports whether it went to the end.
func (p path) each(d document, yield func(value) bool) bool {
	return eachValue(documentValue(d), p.parts, yield)
}

// eachValue is each for the rest of a path, from v on. Arrays directly inside arrays are not
// searched, as in MongoDB.
func eachValue(v value, parts []string, yield func(value) bool) bool {
	switch {
	case len(parts) == 0:
		return eachLeaf(v, yield)
	case v.Type == bsoncore.TypeEmbeddedDocument:
		return eachValue(lookup(v.Data, parts[0]), parts[1:], yield)
	case v.Type == bsoncore.TypeArray:
		for item := range items(v) {
			if item.Type == bsoncore.TypeEmbeddedDocument && !eachValue(item, parts, yield) {
				return false
			}
		}
		return true // an array without documents is neither a value nor missing
	default:
		return yield(value{})
	}
}

// eachLeaf gives v and, if it is an array, its items: a filter may mean the whole array or one
// of them.
func eachLeaf(v value, yield func(value) bool) bool {
	if !yield(v) {
		return false
	}
	if v.Type == bsoncore.TypeArray {
		for item := range items(v) {
			if !yield(item) {
				return false
			}
		}
	}
	return true
}

// keys returns the distinct keys, in order, under which an index or a sort on the path holds d:
// one, or one for each item of an array on the way, which makes the index multikey. There is
// always at least one, so every document is in every index that is not partial.
func (p path) keys(d document) (keys [][]byte, multikey bool) {
	keys, multikey = appendKeys(nil, documentValue(d), p.parts)
	if len(keys) > 1 {
		slices.SortFunc(keys, bytes.Compare)
		keys = slices.CompactFunc(keys, bytes.Equal)
	}
	return keys, multikey
}

// appendKeys is keys for the rest of a path, from v on. A field that is missing has the key of
// null.
func appendKeys(keys [][]byte, v value, parts []string) (all [][]byte, multikey bool) {
	switch {
	case v.Type == bsoncore.TypeArray:
		return appendItemKeys(keys, v, parts), true
	case len(parts) == 0:
		return append(keys, encodeKey(v)), false
	case v.Type == bsoncore.TypeEmbeddedDocument:
		return appendKeys(keys, lookup(v.Data, parts[0]), parts[1:])
	default:
		return append(keys, []byte{rankNull}), false
	}
}

// appendItemKeys appends the keys of the items of an array, with parts of the path still to go
// inside each of them. An empty array has a key of its own, below null: MongoDB indexes it as
// undefined.
func appendItemKeys(keys [][]byte, array value, parts []string) [][]byte {
	before := len(keys)
	for item := range items(array) {
		switch {
		case len(parts) == 0:
			keys = append(keys, encodeKey(item))
		case item.Type == bsoncore.TypeEmbeddedDocument:
			keys, _ = appendKeys(keys, item, parts)
		default:
			keys = append(keys, []byte{rankNull})
		}
	}
	switch {
	case len(keys) > before:
		return keys
	case len(parts) == 0:
		return append(keys, []byte{rankEmptyArray})
	default:
		return append(keys, []byte{rankNull})
	}
}
