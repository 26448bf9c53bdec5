package embedded

import (
	"iter"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

type (
	// document is a BSON document as bytes. Within the engine it is well formed:
	// validateDocument has checked what came over the wire, and the rest is built here.
	document = bsoncore.Document
	// value is one BSON value. The zero value, whose type is 0, stands for a field that is not there.
	value = bsoncore.Value
)

const (
	// Limits of MongoDB (manual, "MongoDB Limits and Thresholds").
	maxDocumentSize = 16 << 20 // bytes of a stored document, as MongoDB
	maxDepth        = 100      // levels of nesting in a stored document, as MongoDB
)

// fields gives the names and values of d, which must be well formed, in order.
func fields(d document) iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		for e := range elements(d) {
			if !yield(e.Key(), e.Value()) {
				return
			}
		}
	}
}

// elements gives the elements of d in order. It stops at the first one that is malformed.
func elements(d document) iter.Seq[bsoncore.Element] {
	return func(yield func(bsoncore.Element) bool) {
		// The zero value's data is no document.
		if len(d) < 5 {
			return
		}
		for rest := []byte(d[4:]); len(rest) > 1; {
			e, after, ok := bsoncore.ReadElement(rest)
			if !ok || !yield(e) {
				return
			}
			rest = after
		}
	}
}

// items gives the values of an array.
func items(array value) iter.Seq[value] {
	return func(yield func(value) bool) {
		for e := range elements(document(array.Data)) {
			if !yield(e.Value()) {
				return
			}
		}
	}
}

// lookup returns the first field of that name, or the zero value. It reads d from the start:
// documents are small, and an index of their fields would cost more than it saves.
func lookup(d document, name string) value {
	for e := range elements(d) {
		if string(e.KeyBytes()) == name {
			return e.Value()
		}
	}
	return value{}
}

// emptyDocument is {}: a length of five, and the end.
func emptyDocument() document { return document{5, 0, 0, 0, 0} }

// buildDocument returns the document whose elements build appends to b.
func buildDocument(build func(b []byte) []byte) document {
	start, b := bsoncore.AppendDocumentStart(nil)
	b = build(b)
	b, err := bsoncore.AppendDocumentEnd(b, start)
	if err != nil {
		return emptyDocument() // impossible: start is the place that AppendDocumentStart has made
	}
	return b
}

// buildArray returns an array of documents.
func buildArray(documents []document) bsoncore.Array {
	b := bsoncore.NewArrayBuilder()
	for _, d := range documents {
		b.AppendDocument(d)
	}
	return b.Build()
}

// documentValue is d as the value of a field.
func documentValue(d document) value {
	return value{Type: bsoncore.TypeEmbeddedDocument, Data: d}
}

// int32Value is n as a BSON int32.
func int32Value(n int32) value {
	return value{Type: bsoncore.TypeInt32, Data: bsoncore.AppendInt32(nil, n)}
}

// int64Value is n as a BSON int64.
func int64Value(n int64) value {
	return value{Type: bsoncore.TypeInt64, Data: bsoncore.AppendInt64(nil, n)}
}

// isSupportedType reports whether values of the type can be stored and compared. The others
// (decimals, regular expressions, code, symbols, timestamps, min and max keys) have no order
// here, so they are refused rather than sorted wrongly.
func isSupportedType(t bsoncore.Type) bool {
	switch t {
	case bsoncore.TypeDouble, bsoncore.TypeString, bsoncore.TypeEmbeddedDocument, bsoncore.TypeArray, bsoncore.TypeBinary,
		bsoncore.TypeObjectID, bsoncore.TypeBoolean, bsoncore.TypeDateTime, bsoncore.TypeNull, bsoncore.TypeInt32, bsoncore.TypeInt64:
		return true
	default:
		return false
	}
}

// validateDocument checks the structure of a document that came over the wire, so that the rest
// may read it without checks (FuzzMessage). depth is the number of levels above it.
func validateDocument(d document, depth int) error {
	length, rest, ok := bsoncore.ReadLength(d)
	if !ok || int(length) != len(d) || len(d) < 5 || d[len(d)-1] != 0 {
		return errorf(codeBadValue, "a document's length is wrong")
	}
	// Recursion is bounded here, for a message of 48 MB could be nested millions of levels
	// deep.
	if depth > maxDepth+20 { // a command wraps what it stores in a few levels of its own
		return errorf(codeOverflow, "documents are nested too deeply")
	}
	for len(rest) > 1 {
		e, after, ok := bsoncore.ReadElement(rest)
		if !ok {
			return errorf(codeBadValue, "an element of a document is malformed")
		}
		v, err := e.ValueErr()
		if err != nil {
			return errorf(codeBadValue, "a value of a document is malformed")
		}
		if err := validateValue(v, depth); err != nil {
			return err
		}
		rest = after
	}
	if len(rest) != 1 {
		return errorf(codeBadValue, "a document has no end")
	}
	return nil
}

// validateValue checks one value; documents and arrays with all that is in them.
func validateValue(v value, depth int) error {
	if v.Type == bsoncore.TypeEmbeddedDocument || v.Type == bsoncore.TypeArray {
		return validateDocument(v.Data, depth+1)
	}
	if v.Validate() != nil {
		return errorf(codeBadValue, "a value of a document is malformed")
	}
	return nil
}

// checkStorable checks that a well-formed document holds nothing that the engine could not find
// again, or that MongoDB would read as an operator. depth is the number of levels above it.
func checkStorable(d document, depth int) error {
	if depth > maxDepth {
		return errorf(codeOverflow, "a document is nested more than %d levels deep", maxDepth)
	}
	for e := range elements(d) {
		if name := e.KeyBytes(); len(name) > 0 && name[0] == '$' {
			return errorf(codeDollarPrefixed, "a field name that starts with $ cannot be stored")
		}
		v := e.Value()
		if !isSupportedType(v.Type) {
			return errorf(codeNotImplemented, "values of type %s are not supported", v.Type)
		}
		if v.Type == bsoncore.TypeEmbeddedDocument || v.Type == bsoncore.TypeArray {
			if err := checkStorable(v.Data, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// withID returns d with its _id in first place, where MongoDB keeps it. It refuses a document
// without one, and the types that MongoDB refuses. Where nothing changes, d itself is returned.
func withID(d document) (document, error) {
	id := lookup(d, "_id")
	switch id.Type {
	case 0:
		return nil, errorf(codeNotImplemented, "a document without an _id is not supported")
	case bsoncore.TypeArray, bsoncore.TypeRegex, bsoncore.TypeUndefined:
		return nil, errorf(codeInvalidID, "the _id cannot be of type %s", id.Type)
	default:
		// The usual case costs no copy.
		if first, _, ok := bsoncore.ReadElement(d[4:]); ok && string(first.KeyBytes()) == "_id" {
			return d, nil
		}
	}
	return buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendValueElement(b, "_id", id)
		for e := range elements(d) {
			if string(e.KeyBytes()) != "_id" {
				b = append(b, e...)
			}
		}
		return b
	}), nil
}

// parseBool reads a boolean. Here and below, name is for the error only.
func parseBool(name string, v value) (bool, error) {
	b, ok := v.BooleanOK()
	if !ok {
		return false, errorf(codeTypeMismatch, "%s must be a boolean", name)
	}
	return b, nil
}

// parseInt reads a whole number of either integer type: the driver sends both.
func parseInt(name string, v value) (int64, error) {
	switch v.Type {
	case bsoncore.TypeInt32:
		return int64(v.Int32()), nil
	case bsoncore.TypeInt64:
		return v.Int64(), nil
	default:
		return 0, errorf(codeTypeMismatch, "%s must be a whole number", name)
	}
}

// parseString reads a string.
func parseString(name string, v value) (string, error) {
	s, ok := v.StringValueOK()
	if !ok || v.Type != bsoncore.TypeString {
		return "", errorf(codeTypeMismatch, "%s must be a string", name)
	}
	return s, nil
}

// parseDocument reads a document.
func parseDocument(name string, v value) (document, error) {
	d, ok := v.DocumentOK()
	if !ok {
		return nil, errorf(codeTypeMismatch, "%s must be a document", name)
	}
	return d, nil
}

// parseDocuments reads an array of documents; an empty one is not nil.
func parseDocuments(name string, v value) ([]document, error) {
	if v.Type != bsoncore.TypeArray {
		return nil, errorf(codeTypeMismatch, "%s must be an array", name)
	}
	list := []document{}
	for item := range items(v) {
		d, err := parseDocument(name, item)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// hasOperators reports whether v is a document whose first name is an operator, as in {$gt: 1}.
// MongoDB decides by the first name too.
func hasOperators(v value) bool {
	if v.Type != bsoncore.TypeEmbeddedDocument {
		return false
	}
	for name := range fields(v.Data) {
		return strings.HasPrefix(name, "$")
	}
	return false
}
