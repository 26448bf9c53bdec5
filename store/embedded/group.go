package embedded

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// groupStage is $group, with $sum for its only accumulator: the driver counts documents with
// it, and nothing else is asked for. Groups are held in memory without a limit on their number.
//
//	{$group: {_id: "$level", n: {$sum: 1}}}
type groupStage struct {
	id           expression
	accumulators []accumulator
	groups       map[string]*group
	order        []*group // as they came up
}

// accumulator is one output field of $group: the sum of expr.
type accumulator struct {
	name string
	expr expression
}

// group is one group: its _id, and the sums so far, one for each accumulator, in the same
// order.
type group struct {
	id   value
	sums []value
}

// expression is a constant, or the value of a field. Operators, and documents made of
// expressions, are refused.
type expression struct {
	constant value
	path     []string // nil: the constant
}

// parseGroupOrCount reads a stage that never goes into the query; a stage that is not known is
// refused.
func parseGroupOrCount(name string, v value) (stage, error) {
	switch name {
	case "$count":
		return parseCount(v)
	case "$group":
		return parseGroup(v)
	default:
		return nil, errorf(codeUnknownStage, "Unrecognized pipeline stage name: '%s'", name)
	}
}

// parseGroup reads the argument of $group: {_id: expression, name: {$sum: expression}, ...}.
// The _id must be there, as in MongoDB; null makes one group of all documents.
func parseGroup(v value) (stage, error) {
	d, ok := v.DocumentOK()
	if !ok {
		return nil, errorf(codeGroupNotDocument, "a group's fields must be specified in an object")
	}
	s := &groupStage{groups: map[string]*group{}}
	hasID := false
	for name, v := range fields(d) {
		var err error
		if name == "_id" {
			s.id, err = parseExpression(v)
			hasID = true
		} else {
			err = s.add(name, v)
		}
		if err != nil {
			return nil, err
		}
	}
	if !hasID {
		return nil, errorf(codeGroupWithoutID, "a group specification must include an _id")
	}
	return s, nil
}

// add reads one output field, which must name exactly one accumulator. $avg, $min, $push and
// the others are refused: the store asks for none of them.
func (s *groupStage) add(name string, v value) error {
	// The name is of an output field, not a path.
	if strings.ContainsAny(name, ".$") {
		return errorf(codeGroupFieldName, "the field name of a group cannot contain '.' or '$'")
	}
	d, ok := v.DocumentOK()
	if !ok {
		return errorf(codeAccumulatorNotDoc, "The field '%s' must be an accumulator object", name)
	}
	count := 0
	for operator, operand := range fields(d) {
		if count++; count > 1 {
			return errorf(codeAccumulatorCount, "The field '%s' must specify one accumulator", name)
		}
		if operator != "$sum" {
			return errorf(codeUnknownAccumulator, "unknown group operator '%s'", operator)
		}
		expr, err := parseExpression(operand)
		if err != nil {
			return err
		}
		s.accumulators = append(s.accumulators, accumulator{name: name, expr: expr})
	}
	// An empty document names no accumulator.
	if count == 0 {
		return errorf(codeAccumulatorNotDoc, "The field '%s' must specify one accumulator", name)
	}
	return nil
}

// parseExpression reads a constant, or "$field" as the path of a field.
func parseExpression(v value) (expression, error) {
	if !isSupportedType(v.Type) || v.Type == bsoncore.TypeEmbeddedDocument || v.Type == bsoncore.TypeArray {
		return expression{}, errorf(codeNotImplemented, "an expression of type %s is not supported", v.Type)
	}
	name, ok := v.StringValueOK()
	if !ok || !strings.HasPrefix(name, "$") {
		return expression{constant: v}, nil
	}
	p, err := parsePath(name[1:])
	return expression{path: p.parts}, err
}

// value returns the value in d, or the zero value where the field is missing. A path through an
// array is refused: MongoDB makes an array of the values within it.
func (x expression) value(d document) (value, error) {
	if x.path == nil {
		return x.constant, nil
	}
	v := documentValue(d)
	for _, part := range x.path {
		switch v.Type {
		case bsoncore.TypeEmbeddedDocument:
			v = lookup(v.Data, part)
		case bsoncore.TypeArray:
			return value{}, errorf(codeNotImplemented, "an expression over the documents of an array is not supported")
		default:
			return value{}, nil
		}
	}
	return v, nil
}

// push adds a document to its group. Groups are known by the key of their _id, so 1 and 1.0 are
// one group, and a missing field and null are another, as in MongoDB. The _id is cloned: d is
// valid only as long as its transaction.
func (s *groupStage) push(d document, _ sink) (bool, error) {
	id, err := s.id.value(d)
	if err != nil {
		return false, err
	}
	k := encodeKey(id)
	g := s.groups[string(k)]
	if g == nil {
		g = &group{id: value{Type: id.Type, Data: append([]byte(nil), id.Data...)}, sums: make([]value, len(s.accumulators))}
		// A sum of no numbers is the int32 0, as in MongoDB.
		for i := range g.sums {
			g.sums[i] = int32Value(0)
		}
		s.groups[string(k)] = g
		s.order = append(s.order, g)
	}
	for i, a := range s.accumulators {
		v, err := a.expr.value(d)
		if err != nil {
			return false, err
		}
		if typeRank(v.Type) != rankNumber {
			continue // as MongoDB, which ignores what is not a number
		}
		if g.sums[i], err = sum(g.sums[i], v); err != nil {
			return false, err
		}
	}
	return true, nil
}

// flush gives the groups in the order in which they came up; MongoDB gives them in no order.
// Without a document there is no group, not even for the _id null.
func (s *groupStage) flush(next sink) error {
	for _, g := range s.order {
		more, err := next(buildDocument(func(b []byte) []byte {
			// A group of documents without the field has the _id null.
			if g.id.Type == 0 {
				b = bsoncore.AppendNullElement(b, "_id")
			} else {
				b = bsoncore.AppendValueElement(b, "_id", g.id)
			}
			for i, a := range s.accumulators {
				b = bsoncore.AppendValueElement(b, a.name, g.sums[i])
			}
			return b
		}))
		if err != nil || !more {
			return err
		}
	}
	return nil
}
