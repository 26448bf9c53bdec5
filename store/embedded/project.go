package embedded

import (
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// projection says which fields of a document to give. A nil projection gives all of them.
//
//	{name: 1, "home.city": 1}   include: the _id and what is named
//	{story: 0}                  exclude: all but what is named
type projection struct {
	include bool // the tree names what to give, not what to leave out
	tree    node
}

// node is the fields that a projection names, each with the fields named inside it, or nil for
// the whole field.
type node map[string]node

// parseProjection reads {field: 1, ...} or {field: 0, ...}; nil for an empty one. Expressions
// and operators are refused. The _id is given unless it is excluded (MongoDB manual, "Project
// Fields to Return from Query").
func parseProjection(v value) (*projection, error) {
	d, err := parseDocument("projection", v)
	if err != nil || len(d) <= 5 {
		return nil, err
	}
	p := &projection{tree: node{}}
	id := true // given unless said otherwise
	for name, v := range fields(d) {
		if v.Type != bsoncore.TypeBoolean && typeRank(v.Type) != rankNumber {
			return nil, errorf(codeNotImplemented, "expressions in a projection are not supported")
		}
		wanted, err := parseBool(name, v)
		if err != nil {
			return nil, err
		}
		if name == "_id" {
			id = wanted
		} else if err := p.add(name, wanted); err != nil {
			return nil, err
		}
	}
	// Nothing but the _id is named, so it decides what kind of projection this is.
	if len(p.tree) == 0 {
		p.include = id // {_id: 1} gives only the _id, {_id: 0} all but the _id
	}
	// An included _id is part of the tree of an inclusion, and an excluded one part of that of
	// an exclusion.
	if id == p.include {
		p.tree["_id"] = nil
	}
	return p, nil
}

// add adds a field that is not the _id. The first one decides whether the projection includes
// or excludes.
func (p *projection) add(name string, wanted bool) error {
	// The first field decides; {_id: 0} beside an inclusion is the only mixture, and it does
	// not come here.
	decided := len(p.tree) > 0
	switch {
	case decided && wanted && !p.include:
		return errorf(codeIncludeInExclusion, "Cannot do inclusion on field %s in exclusion projection", name)
	case decided && !wanted && p.include:
		return errorf(codeExcludeInInclusion, "Cannot do exclusion on field %s in inclusion projection", name)
	}
	p.include = wanted
	return p.tree.add(name)
}

// add adds a path, and refuses one that is named twice or leads through another one: a path
// collision.
func (n node) add(name string) error {
	p, err := parsePath(name)
	if err != nil {
		return err
	}
	for i, part := range p.parts {
		next, there := n[part]
		last := i == len(p.parts)-1
		switch {
		case there && next == nil:
			return errorf(codeProjectionCollision, "Path collision at %s", name)
		case there && last:
			return errorf(codeProjectionParent, "Path collision at %s", name)
		}
		if last {
			n[part] = nil
			break
		}
		if !there {
			next = node{}
			n[part] = next
		}
		n = next
	}
	return nil
}

// apply returns what the projection leaves of d; the fields keep the order that they have in d.
func (p *projection) apply(d document) document {
	if p == nil {
		return d
	}
	return p.document(d, p.tree)
}

// document projects within a document, by the fields named in n.
func (p *projection) document(d document, n node) document {
	return buildDocument(func(b []byte) []byte {
		for e := range elements(d) {
			inner, named := n[string(e.KeyBytes())]
			switch {
			// Parts of the field are named, so it is projected itself; what has no parts
			// disappears from an inclusion.
			case named && inner != nil:
				if v := p.value(e.Value(), inner); v.Type != 0 {
					b = bsoncore.AppendValueElement(b, e.Key(), v)
				}
			// Named and included, or not named and not excluded: the field as it is.
			case named == p.include:
				b = append(b, e...)
			}
		}
		return b
	})
}

// value projects within a value: a document, or each document within an array. Other values
// have no fields, so an inclusion leaves them out, and an exclusion keeps them.
func (p *projection) value(v value, n node) value {
	switch v.Type {
	case bsoncore.TypeEmbeddedDocument:
		return documentValue(p.document(v.Data, n))
	case bsoncore.TypeArray:
		b := bsoncore.NewArrayBuilder()
		for item := range items(v) {
			if inner := p.value(item, n); inner.Type != 0 {
				b.AppendValue(inner)
			}
		}
		return value{Type: bsoncore.TypeArray, Data: b.Build()}
	default:
		if p.include {
			return value{}
		}
		return v
	}
}
