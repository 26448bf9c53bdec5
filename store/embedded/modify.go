package embedded

import (
	"bytes"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// updateSpec is a parsed update: a replacement, or edits.
type updateSpec struct {
	replacement document // nil: edits
	edits       []edit
}

// edit is one modifier on one field.
type edit struct {
	modifier

	path    path
	operand value
}

// modifier is what a name like $inc stands for: what it makes of a value with an operand. The
// zero value is a field that is not there, before or after.
type modifier struct {
	apply    func(v, operand value) (value, error)
	check    func(operand value) error
	onInsert bool // for new documents only
	removes  bool // has nothing to do where there is nothing
}

// modifiers are the operators of an update. Those on arrays are refused, as are pipelines: the
// store writes arrays whole.
func modifiers() map[string]modifier {
	return map[string]modifier{
		"$set":         {apply: replace, check: checkComparable},
		"$setOnInsert": {apply: replace, check: checkComparable, onInsert: true},
		"$unset": {
			apply:   func(value, value) (value, error) { return value{}, nil },
			check:   func(value) error { return nil },
			removes: true,
		},
		"$inc": {apply: add, check: checkInteger},
		"$min": {apply: lesser, check: checkComparable},
	}
}

// parseUpdate reads the update of a statement.
func (l *language) parseUpdate(v value) (*updateSpec, error) {
	d, ok := v.DocumentOK()
	if !ok {
		return nil, errorf(codeNotImplemented, "an update must be a document")
	}
	// A document without operators replaces the whole document.
	if !hasOperators(v) {
		return &updateSpec{replacement: d}, checkStorable(d, 0)
	}
	m := &updateSpec{}
	for name, operand := range fields(d) {
		modifier, understood := l.modifiers.find(name)
		if !understood {
			return nil, errorf(codeFailedToParse, "Unknown modifier: %s", name)
		}
		changes, ok := operand.DocumentOK()
		if !ok {
			return nil, errorf(codeFailedToParse, "Modifiers operate on fields but we found type %s instead", operand.Type)
		}
		for name, v := range fields(changes) {
			p, err := parsePath(name)
			if err != nil {
				return nil, err
			}
			if err := modifier.check(v); err != nil {
				return nil, err
			}
			m.edits = append(m.edits, edit{modifier: modifier, path: p, operand: v})
		}
	}
	return m, m.sortEdits()
}

// sortEdits puts the edits in the order of their paths, in which MongoDB applies them and adds
// new fields (manual, "Update Operators": lexicographic order since MongoDB 5.0). It refuses
// two edits of one field, or of a field and of a part of it, whose result would depend on the
// order.
func (m *updateSpec) sortEdits() error {
	slices.SortFunc(m.edits, func(a, b edit) int { return slices.Compare(a.path.parts, b.path.parts) })
	for i := 1; i < len(m.edits); i++ {
		before, now := m.edits[i-1].path.parts, m.edits[i].path.parts
		if len(before) <= len(now) && slices.Equal(before, now[:len(before)]) {
			return errorf(codeConflictingUpdates, "Updating the path '%s' would create a conflict", m.edits[i].path.name)
		}
	}
	return nil
}

// apply returns what d becomes; d itself is not changed. The _id stays in first place and
// cannot change. In a document that an upsert makes (inserting), the update may set it if the
// query has not.
func (m *updateSpec) apply(d document, inserting bool) (document, error) {
	id := lookup(d, "_id")
	changed := m.replacement
	if changed == nil {
		changed = d
		for _, e := range m.edits {
			if e.onInsert && !inserting {
				continue
			}
			after, err := e.applyTo(documentValue(changed), e.path.parts)
			if err != nil {
				return nil, err
			}
			changed = after.Data
		}
	} else if id.Type != 0 && lookup(changed, "_id").Type == 0 {
		// A replacement without an _id keeps the old one.
		changed = buildDocument(func(b []byte) []byte {
			b = bsoncore.AppendValueElement(b, "_id", id)
			return append(b, changed[4:len(changed)-1]...)
		})
	}
	// An _id may be written again, if it compares as equal: 1 and 1.0 are one _id.
	if id.Type != 0 && !bytes.Equal(encodeKey(id), encodeKey(lookup(changed, "_id"))) {
		return nil, errorf(codeImmutableField, "Performing an update on the path '_id' would modify the immutable field '_id'")
	}
	return withID(changed)
}

// applyTo returns what v becomes by an edit at parts within it. Documents on the way are made
// where they are missing; an edit inside anything else, an array too, is refused.
func (e edit) applyTo(v value, parts []string) (value, error) {
	switch {
	case len(parts) == 0:
		return e.apply(v, e.operand)
	case v.Type == bsoncore.TypeEmbeddedDocument:
		return e.applyField(v.Data, parts)
	case e.removes:
		return v, nil // nothing there
	case v.Type == 0:
		return e.applyField(emptyDocument(), parts)
	default:
		return value{}, errorf(codePathNotViable, "Cannot create field '%s' in an element that is not a document", parts[0])
	}
}

// applyField rewrites d with the field parts[0] edited. The other fields keep their order; a
// new one goes to the end.
func (e edit) applyField(d document, parts []string) (value, error) {
	start, b := bsoncore.AppendDocumentStart(make([]byte, 0, len(d)+len(e.operand.Data)+32))
	found := false
	for el := range elements(d) {
		// Only the first field of a name is edited; the driver makes no document with two.
		if found || string(el.KeyBytes()) != parts[0] {
			b = append(b, el...)
			continue
		}
		found = true
		v, err := e.applyTo(el.Value(), parts[1:])
		if err != nil {
			return value{}, err
		}
		// The zero value is a field that $unset has removed.
		if v.Type != 0 {
			b = bsoncore.AppendValueElement(b, parts[0], v)
		}
	}
	if !found {
		v, err := e.applyTo(value{}, parts[1:])
		if err != nil {
			return value{}, err
		}
		if v.Type != 0 {
			b = bsoncore.AppendValueElement(b, parts[0], v)
		}
	}
	b, err := bsoncore.AppendDocumentEnd(b, start)
	return documentValue(b), err
}

// replace is what $set does.
func replace(_, operand value) (value, error) { return operand, nil }

// lesser is what $min does. It compares across types, in MongoDB's order.
func lesser(v, operand value) (value, error) {
	if v.Type == 0 || bytes.Compare(encodeKey(operand), encodeKey(v)) < 0 {
		return operand, nil
	}
	return v, nil
}

// checkInteger refuses what $inc cannot add. MongoDB adds doubles too.
func checkInteger(operand value) error {
	switch {
	case typeRank(operand.Type) != rankNumber:
		return errorf(codeTypeMismatch, "Cannot increment with non-numeric argument")
	case operand.Type == bsoncore.TypeDouble:
		return errorf(codeNotImplemented, "$inc of a double is not supported")
	}
	return nil
}

// add adds as MongoDB does (src/mongo/util/safe_num.h): two int32 that overflow become an int64,
// and two int64 that overflow are an error. A field that is missing counts as 0.
func add(v, operand value) (value, error) {
	switch {
	case v.Type == 0:
		return operand, nil
	case typeRank(v.Type) != rankNumber:
		return value{}, errorf(codeTypeMismatch, "Cannot apply $inc to a value of non-numeric type %s", v.Type)
	case v.Type == bsoncore.TypeDouble:
		return value{}, errorf(codeNotImplemented, "$inc of a double is not supported")
	}
	x, y := v.AsInt64(), operand.AsInt64()
	total := x + y
	switch {
	// Two numbers of one sign whose sum has the other one: int64 has wrapped around.
	case (x > 0 && y > 0 && total < 0) || (x < 0 && y < 0 && total >= 0):
		return value{}, errorf(codeBadValue, "Failed to apply $inc operations to current value: integer overflow")
	case v.Type == bsoncore.TypeInt32 && operand.Type == bsoncore.TypeInt32 && math.MinInt32 <= total && total <= math.MaxInt32:
		return int32Value(int32(total)), nil
	default:
		return int64Value(total), nil
	}
}

// upsertSeed returns the document that an upsert starts from: the fields that the filter fixes
// to one value, or only the _id if a replacement follows (manual, "db.collection.update":
// upsert behavior). A field that the filter fixes twice is refused, as in MongoDB.
func upsertSeed(f allOf, replacing bool) (document, error) {
	var edits []edit
	for _, e := range equalities(f) {
		// A replacement brings its own fields; only the _id comes from the filter.
		if !replacing || e.path.name == "_id" {
			edits = append(edits, e)
		}
	}
	d := emptyDocument()
	for i, e := range edits {
		for _, other := range edits[:i] {
			if overlap(e.path, other.path) {
				return nil, errorf(codeNotSingleValue, "cannot infer query fields to set, path '%s' is matched twice", e.path.name)
			}
		}
		v, err := e.applyTo(documentValue(d), e.path.parts)
		if err != nil {
			return nil, err
		}
		d = v.Data
	}
	return d, nil
}

// overlap reports whether two paths are the same, or one leads through the other.
func overlap(a, b path) bool {
	shared := min(len(a.parts), len(b.parts))
	return slices.Equal(a.parts[:shared], b.parts[:shared])
}

// equalities returns the equalities that hold for every document that matches, as edits that set
// them.
func equalities(f allOf) []edit {
	var list []edit
	for _, part := range f {
		pred, ok := part.(*predicate)
		if !ok {
			continue
		}
		if v := pred.singleValue(); v.Type != 0 {
			list = append(list, edit{modifier: modifier{apply: replace}, path: pred.path, operand: v})
		}
	}
	return list
}
