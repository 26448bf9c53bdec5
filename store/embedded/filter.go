package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// filter decides whether a document matches.
type filter interface{ match(d document) bool }

type (
	allOf []filter
	anyOf []filter
)

func (f allOf) match(d document) bool {
	for _, part := range f {
		if !part.match(d) {
			return false
		}
	}
	return true
}

func (f anyOf) match(d document) bool {
	for _, part := range f {
		if part.match(d) {
			return true
		}
	}
	return false
}

// test is one condition on one field. Operands are held as keys: comparing keys is comparing values.
type predicate struct {
	path     path
	operator string              // $eq $ne $in $nin $lt $lte $gt $gte $exists
	operand  value               // as it was written, for upserts
	key      []byte              // of all but $in, $nin and $exists
	set      map[string]struct{} // keys of $in and $nin
	hasArray bool                // an operand is an array: no index is used
	exists   bool                // of $exists
}

func (t *predicate) match(d document) bool {
	switch t.operator {
	case "$ne", "$nin":
		return t.path.each(d, func(v value) bool { return !t.matchValue(v) })
	case "$exists":
		return t.exists != t.path.each(d, func(v value) bool { return v.Type == 0 })
	default:
		return !t.path.each(d, func(v value) bool { return !t.matchValue(v) })
	}
}

// holds tests one value; for $ne and $nin it tests the opposite.
func (t *predicate) matchValue(v value) bool {
	var space [64]byte
	if t.set != nil {
		_, ok := t.set[string(appendKey(space[:0], v))]
		return ok
	}
	if typeRank(v.Type) != t.key[0] {
		return false // no order across kinds: {$gt: 1} is never a string
	}
	k := appendKey(space[:0], v)
	order := bytes.Compare(k, t.key)
	if order != 0 && (isNaNKey(k) || isNaNKey(t.key)) {
		return false
	}
	switch t.operator {
	case "$lt":
		return order < 0
	case "$lte":
		return order <= 0
	case "$gt":
		return order > 0
	case "$gte":
		return order >= 0
	default:
		return order == 0
	}
}

func parseFilter(d document) (allOf, error) {
	all := allOf{}
	for name, v := range fields(d) {
		parsed, err := parseCondition(name, v)
		if err != nil {
			return nil, err
		}
		all = append(all, parsed...)
	}
	return all, nil
}

func parseCondition(name string, v value) (allOf, error) {
	switch {
	case name == "$and":
		parts, err := parseFilters(name, v)
		if err != nil {
			return nil, err
		}
		var flat allOf
		for _, part := range parts {
			flat = append(flat, part...)
		}
		return flat, nil
	case name == "$or":
		parts, err := parseFilters(name, v)
		if err != nil {
			return nil, err
		}
		either := make(anyOf, len(parts))
		for i, part := range parts {
			either[i] = part
		}
		return allOf{either}, nil
	case name != "" && name[0] == '$':
		return nil, errorf(codeBadValue, "unknown top level operator: %s", name)
	}
	return parseField(name, v)
}

func parseFilters(name string, v value) ([]allOf, error) {
	if v.Type != bsoncore.TypeArray {
		return nil, errorf(codeBadValue, "%s must be an array", name)
	}
	var parts []allOf
	for item := range items(v) {
		d, ok := item.DocumentOK()
		if !ok {
			return nil, errorf(codeBadValue, "%s argument's entries must be objects", name)
		}
		part, err := parseFilter(d)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return nil, errorf(codeBadValue, "%s must be a nonempty array", name)
	}
	return parts, nil
}

func parseField(name string, v value) (allOf, error) {
	p, err := parsePath(name)
	if err != nil {
		return nil, err
	}
	if !hasOperators(v) {
		t, err := parsePredicate(p, "$eq", v)
		return allOf{t}, err
	}
	var all allOf
	for operator, operand := range fields(v.Data) {
		t, err := parsePredicate(p, operator, operand)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func parsePredicate(p path, operator string, operand value) (*predicate, error) {
	t := &predicate{path: p, operator: operator, operand: operand}
	switch operator {
	case "$eq", "$ne":
		if err := checkComparable(operand); err != nil {
			return nil, err
		}
		t.key, t.hasArray = encodeKey(operand), operand.Type == bsoncore.TypeArray
	case "$lt", "$lte", "$gt", "$gte":
		if operand.Type == bsoncore.TypeArray || operand.Type == bsoncore.TypeEmbeddedDocument {
			return nil, errorf(codeNotImplemented, "%s with a %s is not supported", operator, operand.Type)
		}
		if err := checkComparable(operand); err != nil {
			return nil, err
		}
		t.key = encodeKey(operand)
	case "$in", "$nin":
		return t, t.parseSet()
	case "$exists":
		wanted, err := parseBool(operator, operand)
		t.exists = wanted
		return t, err
	default:
		return nil, errorf(codeBadValue, "unknown operator: %s", operator)
	}
	return t, nil
}

func (t *predicate) parseSet() error {
	if t.operand.Type != bsoncore.TypeArray {
		return errorf(codeBadValue, "%s needs an array", t.operator)
	}
	t.set = map[string]struct{}{}
	for item := range items(t.operand) {
		if hasOperators(item) {
			return errorf(codeBadValue, "cannot nest $ under %s", t.operator)
		}
		if err := checkComparable(item); err != nil {
			return err
		}
		t.set[string(encodeKey(item))] = struct{}{}
		t.hasArray = t.hasArray || item.Type == bsoncore.TypeArray
	}
	return nil
}

// comparable refuses an operand that no stored value could be compared with.
func checkComparable(v value) error {
	if !isSupportedType(v.Type) {
		return errorf(codeNotImplemented, "comparing with a value of type %s is not supported", v.Type)
	}
	if v.Type == bsoncore.TypeEmbeddedDocument || v.Type == bsoncore.TypeArray {
		return checkStorable(v.Data, 0)
	}
	return nil
}

// only gives the one value that the test allows; the zero value if it allows others.
func (t *predicate) singleValue() value {
	switch {
	case t.operator == "$eq":
		return t.operand
	case t.operator == "$in" && len(t.set) == 1:
		for v := range items(t.operand) {
			return v
		}
	}
	return value{}
}
