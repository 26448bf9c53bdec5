package embedded

import (
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// projection says which fields of a document to give. A nil projection gives all of them.
type projection struct {
	include bool // the tree names what to give, not what to leave out
	tree    node
}

// node is a field that a projection names: whole, or parts of it.
type node map[string]node

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
	if len(p.tree) == 0 {
		p.include = id // {_id: 1} gives only the _id, {_id: 0} all but the _id
	}
	if id == p.include {
		p.tree["_id"] = nil
	}
	return p, nil
}

// add takes a field that is not the _id; all of those are given, or all left out.
func (p *projection) add(name string, wanted bool) error {
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

func (p *projection) apply(d document) document {
	if p == nil {
		return d
	}
	return p.document(d, p.tree)
}

func (p *projection) document(d document, n node) document {
	return buildDocument(func(b []byte) []byte {
		for e := range elements(d) {
			inner, named := n[string(e.KeyBytes())]
			switch {
			case named && inner != nil:
				if v := p.value(e.Value(), inner); v.Type != 0 {
					b = bsoncore.AppendValueElement(b, e.Key(), v)
				}
			case named == p.include:
				b = append(b, e...)
			}
		}
		return b
	})
}

// value projects within a value: a document, or each document within an array. Other values are not documents, so they
// are left out of an inclusion and kept by an exclusion.
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
