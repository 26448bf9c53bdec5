package embedded

import (
	"bytes"
	"strings"

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
	operator

	path     path
	name     string              // of the operator
	operand  value               // as it was written, for upserts
	key      []byte              // of all but $in and $exists
	set      map[string]struct{} // keys of $in
	hasArray bool                // an operand is an array: no index is used
	exists   bool                // of $exists
}

// operator is what a name like $gt stands for: how its operand is read, and what it asks of the
// order between a value and the operand (-1, 0, 1).
type operator struct {
	read  func(pred *predicate) error
	holds func(order int) bool
}

// operators are the conditions on a field. The others of MongoDB ($ne, $nin, $regex, $elemMatch,
// $size, $all, $type, $not, $mod and more) are refused.
func operators() map[string]operator {
	return map[string]operator{
		"$eq":     {read: (*predicate).readValue, holds: func(order int) bool { return order == 0 }},
		"$lt":     {read: (*predicate).readBound, holds: func(order int) bool { return order < 0 }},
		"$lte":    {read: (*predicate).readBound, holds: func(order int) bool { return order <= 0 }},
		"$gt":     {read: (*predicate).readBound, holds: func(order int) bool { return order > 0 }},
		"$gte":    {read: (*predicate).readBound, holds: func(order int) bool { return order >= 0 }},
		"$in":     {read: (*predicate).readSet},
		"$exists": {read: (*predicate).readExists},
	}
}

// logicalOperators take filters. An $or stays together, and the planner leaves it alone, unless
// it has one branch only: that is a condition like the others. $and, $nor, $expr, $where and
// $comment are refused.
func logicalOperators() map[string]func([]allOf) allOf {
	return map[string]func([]allOf) allOf{"$or": func(parts []allOf) allOf {
		if len(parts) == 1 {
			return parts[0]
		}
		either := make(anyOf, len(parts))
		for i, part := range parts {
			either[i] = part
		}
		return allOf{either}
	}}
}

// match applies the condition to every value that the path sees. One value that meets it is
// enough. A missing field is seen as one zero value, which compares as null (MongoDB manual,
// "Query for Null or Missing Fields").
func (pred *predicate) match(d document) bool {
	if pred.name == "$exists" {
		return pred.exists != pred.path.each(d, func(v value) bool { return v.Type == 0 })
	}
	return !pred.path.each(d, func(v value) bool { return !pred.matchValue(v) })
}

// matchValue tests one value.
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
		return false
	}
	k := appendKey(space[:0], v)
	order := bytes.Compare(k, pred.key)
	// A NaN that equals the operand meets $eq, $lte and $gte.
	if order != 0 && (isNaNKey(k) || isNaNKey(pred.key)) {
		return false
	}
	return pred.holds(order)
}

// parseFilter reads a query document: all of its conditions must hold. An empty one matches
// every document.
func (l *language) parseFilter(d document) (allOf, error) {
	all := allOf{}
	for name, v := range fields(d) {
		parse := l.parseField
		if strings.HasPrefix(name, "$") {
			parse = l.parseLogical
		}
		parsed, err := parse(name, v)
		if err != nil {
			return nil, err
		}
		all = append(all, parsed...)
	}
	return all, nil
}

// parseLogical reads a logical operator with its list of filters, which may not be empty.
func (l *language) parseLogical(name string, v value) (allOf, error) {
	combine, understood := l.logical.find(name)
	if !understood {
		return nil, errorf(codeBadValue, "unknown top level operator: %s", name)
	}
	if v.Type != bsoncore.TypeArray {
		return nil, errorf(codeBadValue, "%s must be an array", name)
	}
	var parts []allOf
	for item := range items(v) {
		d, ok := item.DocumentOK()
		if !ok {
			return nil, errorf(codeBadValue, "%s argument's entries must be objects", name)
		}
		part, err := l.parseFilter(d)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return nil, errorf(codeBadValue, "%s must be a nonempty array", name)
	}
	return combine(parts), nil
}

// parseField reads the conditions on one field: {field: value}, or {field: {$operator: operand,
// ...}}.
func (l *language) parseField(name string, v value) (allOf, error) {
	p, err := parsePath(name)
	if err != nil {
		return nil, err
	}
	if !hasOperators(v) {
		pred, err := l.parsePredicate(p, "$eq", v)
		return allOf{pred}, err
	}
	var all allOf
	for operator, operand := range fields(v.Data) {
		pred, err := l.parsePredicate(p, operator, operand)
		if err != nil {
			return nil, err
		}
		all = append(all, pred)
	}
	return all, nil
}

// parsePredicate reads one operator with its operand.
func (l *language) parsePredicate(p path, name string, operand value) (*predicate, error) {
	o, understood := l.operators.find(name)
	if !understood {
		return nil, errorf(codeBadValue, "unknown operator: %s", name)
	}
	pred := &predicate{operator: o, path: p, name: name, operand: operand}
	return pred, o.read(pred)
}

// readValue reads an operand of any kind; a whole array is left to the filter by the planner.
func (pred *predicate) readValue() error {
	pred.key, pred.hasArray = encodeKey(pred.operand), pred.operand.Type == bsoncore.TypeArray
	return checkComparable(pred.operand)
}

// readBound reads an operand of a range. A document or an array is refused: the store needs
// none, and MongoDB has rules of its own for arrays there, which no range of keys expresses.
func (pred *predicate) readBound() error {
	if t := pred.operand.Type; t == bsoncore.TypeArray || t == bsoncore.TypeEmbeddedDocument {
		return errorf(codeNotImplemented, "%s with a %s is not supported", pred.name, t)
	}
	return pred.readValue()
}

func (pred *predicate) readExists() (err error) {
	pred.exists, err = parseBool("$exists", pred.operand)
	return err
}

// readSet reads the list of $in. An empty one is allowed, and matches nothing.
func (pred *predicate) readSet() error {
	if pred.operand.Type != bsoncore.TypeArray {
		return errorf(codeBadValue, "%s needs an array", pred.name)
	}
	pred.set = map[string]struct{}{}
	for item := range items(pred.operand) {
		// An operator inside the list would be compared as a document and never match.
		if hasOperators(item) {
			return errorf(codeBadValue, "cannot nest $ under %s", pred.name)
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
	case pred.name == "$eq":
		return pred.operand
	case pred.name == "$in" && len(pred.set) == 1:
		for v := range items(pred.operand) {
			return v
		}
	}
	return value{}
}
