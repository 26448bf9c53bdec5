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

// edit is one operator on one field.
type edit struct {
	operator string
	path     path
	operand  value
}

// parseUpdate reads the update of update and findAndModify. The operators are those that the
// store uses: $set, $unset, $setOnInsert, $inc, $max, $min. Array operators and pipeline
// updates are refused, so arrays are stored whole.
func parseUpdate(v value) (*updateSpec, error) {
	d, ok := v.DocumentOK()
	if !ok {
		return nil, errorf(codeNotImplemented, "an update must be a document")
	}
	// A document without operators replaces the whole document.
	if !hasOperators(v) {
		return &updateSpec{replacement: d}, checkStorable(d, 0)
	}
	m := &updateSpec{}
	for operator, operand := range fields(d) {
		switch operator {
		case "$set", "$unset", "$setOnInsert", "$inc", "$max", "$min":
		default:
			return nil, errorf(codeFailedToParse, "Unknown modifier: %s", operator)
		}
		changes, ok := operand.DocumentOK()
		if !ok {
			return nil, errorf(codeFailedToParse, "Modifiers operate on fields but we found type %s instead", operand.Type)
		}
		for name, v := range fields(changes) {
			if err := m.add(operator, name, v); err != nil {
				return nil, err
			}
		}
	}
	return m, m.sortEdits()
}

// add checks one operator on one field, and keeps it.
func (m *updateSpec) add(operator, name string, operand value) error {
	p, err := parsePath(name)
	if err != nil {
		return err
	}
	switch {
	case operator == "$unset":
	case operator == "$inc" && typeRank(operand.Type) != rankNumber:
		return errorf(codeTypeMismatch, "Cannot increment with non-numeric argument")
	// $set, $setOnInsert, $max and $min store their operand, so it must be storable.
	default:
		if err := checkComparable(operand); err != nil {
			return err
		}
	}
	m.edits = append(m.edits, edit{operator: operator, path: p, operand: operand})
	return nil
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
// query has not, and ensureID makes one if nobody does.
func (m *updateSpec) apply(d document, inserting bool) (document, error) {
	id := lookup(d, "_id")
	changed := m.replacement
	if changed == nil {
		changed = d
		for _, e := range m.edits {
			// It is an edit of new documents only.
			if e.operator == "$setOnInsert" && !inserting {
				continue
			}
			after, err := e.apply(documentValue(changed), e.path.parts)
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
	return ensureID(changed)
}

// apply returns what v becomes by an edit at parts within it. The zero value is a field that is
// not there, before or after. Documents on the way are made where they are missing; an edit
// inside anything else, an array too, is refused.
func (e edit) apply(v value, parts []string) (value, error) {
	switch {
	case len(parts) == 0:
		return e.applyLeaf(v)
	case v.Type == bsoncore.TypeEmbeddedDocument:
		return e.applyField(v.Data, parts)
	case e.operator == "$unset":
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
		v, err := e.apply(el.Value(), parts[1:])
		if err != nil {
			return value{}, err
		}
		// The zero value is a field that $unset has removed.
		if v.Type != 0 {
			b = bsoncore.AppendValueElement(b, parts[0], v)
		}
	}
	if !found {
		v, err := e.apply(value{}, parts[1:])
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

// applyLeaf returns what v becomes by the operator itself. $max and $min compare across types,
// in MongoDB's order.
func (e edit) applyLeaf(v value) (value, error) {
	switch e.operator {
	case "$unset":
		return value{}, nil
	case "$inc":
		// $inc of a field that is missing sets it.
		if v.Type == 0 {
			return e.operand, nil
		}
		return sum(v, e.operand)
	case "$max", "$min":
		order := bytes.Compare(encodeKey(e.operand), encodeKey(v))
		if v.Type == 0 || (e.operator == "$max" && order > 0) || (e.operator == "$min" && order < 0) {
			return e.operand, nil
		}
		return v, nil
	default:
		return e.operand, nil
	}
}

// sum adds as MongoDB does (src/mongo/util/safe_num.h): two int32 that overflow become an
// int64, two int64 that overflow are an error, and a double makes the result one. $sum uses it
// too and refuses an overflow of int64, where MongoDB goes on with a double.
func sum(a, b value) (value, error) {
	if typeRank(a.Type) != rankNumber || typeRank(b.Type) != rankNumber {
		return value{}, errorf(codeTypeMismatch, "Cannot apply $inc to a value of non-numeric type %s", a.Type)
	}
	// As in MongoDB an integer above 2^53 loses its last digits here.
	if a.Type == bsoncore.TypeDouble || b.Type == bsoncore.TypeDouble {
		x, _ := a.AsFloat64OK()
		y, _ := b.AsFloat64OK()
		return doubleValue(x + y), nil
	}
	x, y := a.AsInt64(), b.AsInt64()
	total := x + y
	switch {
	// Two numbers of one sign whose sum has the other one: int64 has wrapped around.
	case (x > 0 && y > 0 && total < 0) || (x < 0 && y < 0 && total >= 0):
		return value{}, errorf(codeBadValue, "Failed to apply $inc operations to current value: integer overflow")
	case a.Type == bsoncore.TypeInt32 && b.Type == bsoncore.TypeInt32 && total == int64(clampInt32(total)):
		return int32Value(clampInt32(total)), nil
	default:
		return int64Value(total), nil
	}
}

// clampInt32 returns n, or the end of the range of int32 that is nearest to it.
func clampInt32(n int64) int32 { return int32(min(max(n, math.MinInt32), math.MaxInt32)) } //nolint:gosec // within

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
		v, err := e.apply(documentValue(d), e.path.parts)
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

// equalities returns the equalities that hold for every document that matches. Of $or only one
// with a single branch counts.
func equalities(f allOf) []edit {
	var list []edit
	for _, part := range f {
		switch part := part.(type) {
		case allOf:
			list = append(list, equalities(part)...)
		case anyOf:
			if len(part) == 1 {
				list = append(list, equalities(allOf(part))...)
			}
		case *predicate:
			if v := part.singleValue(); v.Type != 0 {
				list = append(list, edit{operator: "$set", path: part.path, operand: v})
			}
		}
	}
	return list
}
