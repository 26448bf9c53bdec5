package embedded

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// grouping is $group, with $sum for its only accumulator.
type grouping struct {
	id     expression
	sums   []accumulator
	groups map[string]*group
	order  []*group // as they came up
}

type accumulator struct {
	name string
	of   expression
}

type group struct {
	id   value
	sums []value
}

// expression is a constant, or the value of a field.
type expression struct {
	constant value
	path     []string // nil: the constant
}

func parseGroupOrCount(name string, v value) (stage, error) {
	switch name {
	case "$count":
		return parseCount(v)
	case "$group":
		return parseGroup(v)
	default:
		return nil, refuse(codeUnknownStage, "Unrecognized pipeline stage name: '%s'", name)
	}
}

func parseGroup(v value) (stage, error) {
	d, ok := v.DocumentOK()
	if !ok {
		return nil, refuse(codeGroupNotDocument, "a group's fields must be specified in an object")
	}
	s := &grouping{groups: map[string]*group{}}
	identified := false
	for name, v := range fields(d) {
		var err error
		if name == "_id" {
			s.id, err = parseExpression(v)
			identified = true
		} else {
			err = s.add(name, v)
		}
		if err != nil {
			return nil, err
		}
	}
	if !identified {
		return nil, refuse(codeGroupWithoutID, "a group specification must include an _id")
	}
	return s, nil
}

func (s *grouping) add(name string, v value) error {
	if strings.ContainsAny(name, ".$") {
		return refuse(codeGroupFieldName, "the field name of a group cannot contain '.' or '$'")
	}
	d, ok := v.DocumentOK()
	if !ok {
		return refuse(codeAccumulatorNotDoc, "The field '%s' must be an accumulator object", name)
	}
	count := 0
	for operator, operand := range fields(d) {
		if count++; count > 1 {
			return refuse(codeAccumulatorCount, "The field '%s' must specify one accumulator", name)
		}
		if operator != "$sum" {
			return refuse(codeUnknownAccumulator, "unknown group operator '%s'", operator)
		}
		of, err := parseExpression(operand)
		if err != nil {
			return err
		}
		s.sums = append(s.sums, accumulator{name: name, of: of})
	}
	if count == 0 {
		return refuse(codeAccumulatorNotDoc, "The field '%s' must specify one accumulator", name)
	}
	return nil
}

func parseExpression(v value) (expression, error) {
	if !kept(v.Type) || v.Type == bsoncore.TypeEmbeddedDocument || v.Type == bsoncore.TypeArray {
		return expression{}, refuse(codeNotImplemented, "an expression of type %s is not supported", v.Type)
	}
	name, ok := v.StringValueOK()
	if !ok || !strings.HasPrefix(name, "$") {
		return expression{constant: v}, nil
	}
	p, err := parsePath(name[1:])
	return expression{path: p.parts}, err
}

// value gives the value in d; the zero value where it is missing.
func (x expression) value(d document) (value, error) {
	if x.path == nil {
		return x.constant, nil
	}
	v := embedded(d)
	for _, part := range x.path {
		switch v.Type {
		case bsoncore.TypeEmbeddedDocument:
			v = lookup(v.Data, part)
		case bsoncore.TypeArray:
			return value{}, refuse(codeNotImplemented, "an expression over the documents of an array is not supported")
		default:
			return value{}, nil
		}
	}
	return v, nil
}

func (s *grouping) take(d document, _ flow) (bool, error) {
	id, err := s.id.value(d)
	if err != nil {
		return false, err
	}
	k := key(id)
	g := s.groups[string(k)]
	if g == nil {
		g = &group{id: value{Type: id.Type, Data: append([]byte(nil), id.Data...)}, sums: make([]value, len(s.sums))}
		for i := range g.sums {
			g.sums[i] = int32Value(0)
		}
		s.groups[string(k)] = g
		s.order = append(s.order, g)
	}
	for i, a := range s.sums {
		v, err := a.of.value(d)
		if err != nil {
			return false, err
		}
		if rank(v.Type) != rankNumber {
			continue // as MongoDB, which ignores what is not a number
		}
		if g.sums[i], err = sum(g.sums[i], v); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *grouping) end(next flow) error {
	for _, g := range s.order {
		more, err := next(documentOf(func(b []byte) []byte {
			if g.id.Type == 0 {
				b = bsoncore.AppendNullElement(b, "_id")
			} else {
				b = bsoncore.AppendValueElement(b, "_id", g.id)
			}
			for i, a := range s.sums {
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
