package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// filter decides whether a document matches. There are three kinds: a predicate on one field,
// allOf and anyOf.
type filter interface{ match(d document) bool }

type (
	// allOf matches what all of its filters match. Without filters it matches every document.
	allOf []filter
	// anyOf matches what at least one of its filters matches.
	anyOf []filter
)

// match stops at the first filter that does not match.
func (f allOf) match(d document) bool {
	for _, part := range f {
		if !part.match(d) {
			return false
		}
	}
	return true
}

// match stops at the first filter that matches.
func (f anyOf) match(d document) bool {
	for _, part := range f {
		if part.match(d) {
			return true
		}
	}
	return false
}

// predicate is one condition on one field. Operands are held as keys, since comparing keys is
// comparing values (key.go).
type predicate struct {
	path     path
	operator string              // $eq $ne $in $nin $lt $lte $gt $gte $exists
	operand  value               // as it was written, for upserts
	key      []byte              // of all but $in, $nin and $exists
	set      map[string]struct{} // keys of $in and $nin
	hasArray bool                // an operand is an array: no index is used
	exists   bool                // of $exists
}

// match applies the condition to every value that the path sees. One value that meets it is
// enough; for $ne and $nin all values must differ, because they are the negations of $eq and
// $in. A missing field is seen as one zero value, which compares as null (MongoDB manual,
// "Query for Null or Missing Fields").
func (pred *predicate) match(d document) bool {
	switch pred.operator {
	case "$ne", "$nin":
		return pred.path.each(d, func(v value) bool { return !pred.matchValue(v) })
	case "$exists":
		return pred.exists != pred.path.each(d, func(v value) bool { return v.Type == 0 })
	// The operators that one value can meet: $eq, $in and the ranges.
	default:
		return !pred.path.each(d, func(v value) bool { return !pred.matchValue(v) })
	}
}

// matchValue tests one value; for $ne and $nin it tests the opposite, which match turns round.
//
// Values of different kinds have no order: {$gt: 1} never matches a string. MongoDB calls that
// type bracketing (manual, "Comparison/Sort Order"). NaN equals NaN and is neither less nor
// greater than any number, as in MongoDB's ComparisonMatchExpression
// (src/mongo/db/matcher/expression_leaf.cpp).
func (pred *predicate) matchValue(v value) bool {
	var space [64]byte
	if pred.set != nil {
		_, ok := pred.set[string(appendKey(space[:0], v))]
		return ok
	}
	// The ranks differ: another kind of value, which no range and no equality crosses.
	if typeRank(v.Type) != pred.key[0] {
		return false // no order across kinds: {$gt: 1} is never a string
	}
	k := appendKey(space[:0], v)
	order := bytes.Compare(k, pred.key)
	if order != 0 && (isNaNKey(k) || isNaNKey(pred.key)) {
		return false
	}
	// A NaN that got here equals the operand, so it meets $eq, $lte and $gte and no others.
	switch pred.operator {
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

// parseFilter reads a query document: all of its conditions must hold. An empty one matches
// every document.
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

// parseCondition reads one field of a query document: a logical operator, or a condition on a
// field. $and is taken apart, so that the planner sees its conditions; $or stays together, and
// the planner leaves it alone. $nor, $not, $expr, $where and $comment are refused.
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

// parseFilters reads the list of $and or $or, which may not be empty.
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

// parseField reads the conditions on one field: {field: value}, or {field: {$operator: operand,
// ...}}.
func parseField(name string, v value) (allOf, error) {
	p, err := parsePath(name)
	if err != nil {
		return nil, err
	}
	if !hasOperators(v) {
		pred, err := parsePredicate(p, "$eq", v)
		return allOf{pred}, err
	}
	var all allOf
	for operator, operand := range fields(v.Data) {
		pred, err := parsePredicate(p, operator, operand)
		if err != nil {
			return nil, err
		}
		all = append(all, pred)
	}
	return all, nil
}

// parsePredicate reads one operator with its operand. A range condition on a document or an
// array is refused: the store needs none, and MongoDB has rules of its own for arrays there,
// which no range of keys expresses. Every other operator of MongoDB ($regex, $elemMatch, $size,
// $all, $type, $not, $mod and more) is refused as unknown.
func parsePredicate(p path, operator string, operand value) (*predicate, error) {
	pred := &predicate{path: p, operator: operator, operand: operand}
	switch operator {
	case "$eq", "$ne":
		if err := checkComparable(operand); err != nil {
			return nil, err
		}
		pred.key, pred.hasArray = encodeKey(operand), operand.Type == bsoncore.TypeArray
	// $eq and $ne take every kind of value, whole arrays among them; the planner leaves those
	// to the filter.
	case "$lt", "$lte", "$gt", "$gte":
		if operand.Type == bsoncore.TypeArray || operand.Type == bsoncore.TypeEmbeddedDocument {
			return nil, errorf(codeNotImplemented, "%s with a %s is not supported", operator, operand.Type)
		}
		if err := checkComparable(operand); err != nil {
			return nil, err
		}
		pred.key = encodeKey(operand)
	case "$in", "$nin":
		return pred, pred.parseSet()
	case "$exists":
		wanted, err := parseBool(operator, operand)
		pred.exists = wanted
		return pred, err
	default:
		return nil, errorf(codeBadValue, "unknown operator: %s", operator)
	}
	return pred, nil
}

// parseSet reads the list of $in or $nin. An empty one is allowed: $in matches nothing then,
// $nin everything.
func (pred *predicate) parseSet() error {
	if pred.operand.Type != bsoncore.TypeArray {
		return errorf(codeBadValue, "%s needs an array", pred.operator)
	}
	pred.set = map[string]struct{}{}
	for item := range items(pred.operand) {
		// An operator inside the list would be compared as a document and never match.
		if hasOperators(item) {
			return errorf(codeBadValue, "cannot nest $ under %s", pred.operator)
		}
		if err := checkComparable(item); err != nil {
			return err
		}
		pred.set[string(encodeKey(item))] = struct{}{}
		pred.hasArray = pred.hasArray || item.Type == bsoncore.TypeArray
	}
	return nil
}

// checkComparable refuses an operand that no stored value could be compared with, such as a
// decimal. Not to match it would be a wrong answer: to MongoDB the decimal 1 equals the number
// 1.
func checkComparable(v value) error {
	if !isSupportedType(v.Type) {
		return errorf(codeNotImplemented, "comparing with a value of type %s is not supported", v.Type)
	}
	if v.Type == bsoncore.TypeEmbeddedDocument || v.Type == bsoncore.TypeArray {
		return checkStorable(v.Data, 0)
	}
	return nil
}

// singleValue returns the one value that the condition allows, or the zero value if it allows
// others. An upsert takes over such values from its filter.
func (pred *predicate) singleValue() value {
	switch {
	case pred.operator == "$eq":
		return pred.operand
	case pred.operator == "$in" && len(pred.set) == 1:
		for v := range items(pred.operand) {
			return v
		}
	}
	return value{}
}
