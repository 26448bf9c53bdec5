package embedded

// projection says which fields of a document to give. A nil projection gives all of them.
//
//	{name: 1, tags: 1}   include: the _id and what is named
//	{story: 0}           exclude: all but what is named
type projection struct {
	include bool // the names are what to give, not what to leave out
	names   map[string]bool
}

// readProjection reads the projection of a find.
func (l *language) readProjection(a *arguments, v value) (err error) {
	a.projection, err = l.parseProjection(v)
	return err
}

// parseProjection reads {field: 1, ...} or {field: 0, ...}; nil for an empty one. Fields within
// documents, expressions, and an _id of another kind than the rest are refused.
func (l *language) parseProjection(v value) (*projection, error) {
	d, err := parseDocument("projection", v)
	if err != nil || len(d) <= 5 {
		return nil, err
	}
	p := &projection{names: map[string]bool{}}
	kind := ""
	for name, v := range fields(d) {
		n, err := parseInt(name, v)
		if err != nil || n < 0 || n > 1 {
			return nil, errorf(codeNotImplemented, "a projection is of 1 or 0 for each field")
		}
		before := kind
		if kind = "exclude"; n == 1 {
			kind = "include"
		}
		if before != "" && before != kind {
			return nil, errorf(codeNotImplemented, "a projection either includes or excludes")
		}
		if field, err := parsePath(name); err != nil || len(field.parts) > 1 {
			return nil, errorf(codeNotImplemented, "a projection of fields within documents is not supported")
		}
		p.names[name] = true
	}
	p.include, _ = l.projections.find(kind)
	if p.include {
		p.names["_id"] = true // MongoDB manual, "Project Fields to Return from Query"
	}
	return p, nil
}

// apply returns what the projection leaves of d; the fields keep the order that they have in d.
func (p *projection) apply(d document) document {
	if p == nil {
		return d
	}
	return buildDocument(func(b []byte) []byte {
		for e := range elements(d) {
			if p.names[string(e.KeyBytes())] == p.include {
				b = append(b, e...)
			}
		}
		return b
	})
}
