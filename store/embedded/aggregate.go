package embedded

import (
	"bytes"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// pipeline is a parsed aggregation: a query for what the leading stages ask for, which an index can serve, then the stages
// that are left.
type pipeline struct {
	query
	stages []stage
	size   int64 // of the first batch
	parsed bool  // the pipeline was there
	cursor bool  // the cursor option was there
}

// stage turns a stream of documents into another. take is given each document and says whether it wants more; end gives
// what is left when there are no more.
type stage interface {
	take(d document, next flow) (more bool, err error)
	end(next flow) error
}

func (e *Engine) aggregate(req *request) (document, error) {
	p := &pipeline{size: firstBatch}
	a, err := req.target(func(name string, v value) error { return p.set(req, name, v) })
	if err != nil {
		return nil, err
	}
	if !p.parsed {
		return nil, req.missing("pipeline")
	}
	if !p.cursor {
		return nil, refuse(codeFailedToParse, "The 'cursor' option is required")
	}
	p.deadline = a.deadline
	cur := &cursor{namespace: a.namespace()}
	var reply document
	err = e.view(func(t *transaction) error {
		c, err := t.collection(a.namespace())
		if err != nil {
			return err
		}
		if cur.left, err = p.run(c); err != nil {
			return err
		}
		reply, err = t.firstReply(cur, p.size, false)
		return err
	})
	return reply, err
}

func (p *pipeline) set(req *request, name string, v value) error {
	switch name {
	case "pipeline":
		list, err := objects(name, v)
		if err != nil {
			return err
		}
		p.parsed = true
		return p.parse(list)
	case "hint":
		return p.query.set(name, v)
	case "cursor":
		p.cursor = true
		size, err := parseBatchSize(v)
		if size >= 0 {
			p.size = size
		}
		return err
	default:
		return req.unknown(name)
	}
}

// parseBatchSize reads {batchSize: n}; -1 is none.
func parseBatchSize(v value) (int64, error) {
	d, err := object("cursor", v)
	if err != nil {
		return -1, err
	}
	size := int64(-1)
	for name, v := range fields(d) {
		if name != "batchSize" {
			return -1, refuse(codeUnknownField, "BSON field 'cursor.%s' is an unknown field.", name)
		}
		if size, err = whole(name, v); err == nil && size < 0 {
			err = refuse(codeNegative, "batchSize must not be negative")
		}
	}
	return size, err
}

// parse puts leading $match, then $sort, then $limit into the query.
func (p *pipeline) parse(list []document) error {
	for _, d := range list {
		name, v, err := parseStage(d)
		if err != nil {
			return err
		}
		switch name {
		case "$match":
			err = p.addMatch(v)
		case "$sort":
			err = p.addSort(v)
		case "$limit":
			err = p.addLimit(v)
		default:
			var s stage
			s, err = parseGroupOrCount(name, v)
			p.stages = append(p.stages, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leading reports whether the next stage may still go into the query.
func (p *pipeline) leading() bool { return len(p.stages) == 0 && p.limit == 0 }

func (p *pipeline) addMatch(v value) error {
	d, ok := v.DocumentOK()
	if !ok {
		return refuse(codeMatchNotDocument, "the match filter must be an expression in an object")
	}
	f, err := parseFilter(d)
	if err != nil {
		return err
	}
	if p.leading() && p.order == nil {
		p.filter = append(p.filter, f...)
	} else {
		p.stages = append(p.stages, matching{f})
	}
	return nil
}

func (p *pipeline) addSort(v value) error {
	order, err := parseOrder(v)
	if err != nil {
		return err
	}
	if p.leading() && p.order == nil {
		p.order = order
	} else {
		p.stages = append(p.stages, &sorting{order: order})
	}
	return nil
}

func (p *pipeline) addLimit(v value) error {
	n, err := whole("$limit", v)
	switch {
	case err != nil || n < 0:
		return refuse(codeLimitNotNumber, "the limit must be a number that is not negative")
	case n == 0:
		return refuse(codeLimitNotPositive, "the limit must be positive")
	case p.leading():
		p.limit = n
	default:
		p.stages = append(p.stages, &limiting{n})
	}
	return nil
}

func parseStage(d document) (name string, v value, err error) {
	count := 0
	for name, v = range fields(d) {
		count++
	}
	if count != 1 {
		return "", value{}, refuse(codeStageNotSingle, "A pipeline stage specification object must contain exactly one field.")
	}
	return name, v, nil
}

func parseOrder(v value) ([]field, error) {
	d, ok := v.DocumentOK()
	if !ok {
		return nil, refuse(codeSortNotDocument, "the $sort key specification must be an object")
	}
	order, err := parseFields(d, codeBadSortOrder)
	if err == nil && len(order) == 0 {
		err = refuse(codeSortEmpty, "$sort stage must have at least one sort key")
	}
	return order, err
}

// flow is one end of a stage: it is given a document and says whether it wants more.
type flow func(d document) (more bool, err error)

// run gives the documents that come out of the last stage; c is nil where the collection does not exist.
func (p *pipeline) run(c *collection) ([]document, error) {
	var out []document
	flows := make([]flow, len(p.stages)+1) // into each stage, and out of the last
	flows[len(p.stages)] = func(d document) (bool, error) {
		out = append(out, bytes.Clone(d))
		return true, nil
	}
	for i, s := range slices.Backward(p.stages) {
		flows[i] = func(d document) (bool, error) { return s.take(d, flows[i+1]) }
	}
	if c != nil {
		if err := c.each(&p.query, func(_ []byte, d document) (bool, error) { return flows[0](d) }); err != nil {
			return nil, err
		}
	}
	for i, s := range p.stages {
		if err := s.end(flows[i+1]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type matching struct{ filter allOf }

func (s matching) take(d document, next flow) (bool, error) {
	if !s.filter.match(d) {
		return true, nil
	}
	return next(d)
}

func (matching) end(flow) error { return nil }

type limiting struct{ left int64 }

func (s *limiting) take(d document, next flow) (bool, error) {
	if s.left == 0 {
		return false, nil
	}
	s.left--
	more, err := next(d)
	return more && s.left > 0, err
}

func (*limiting) end(flow) error { return nil }

type sorting struct {
	order []field
	rows  []row
	size  int
}

func (s *sorting) take(d document, _ flow) (bool, error) {
	if s.size += len(d); s.size > maxSorted {
		return false, refuse(codeMemoryLimit, "sort exceeded memory limit of %d bytes", maxSorted)
	}
	order, err := sortKeys(d, s.order)
	s.rows = append(s.rows, row{d: d, order: order})
	return true, err
}

func (s *sorting) end(next flow) error {
	for _, r := range sorted(s.rows, s.order) {
		if more, err := next(r.d); err != nil || !more {
			return err
		}
	}
	return nil
}

// counting is $count.
type counting struct {
	name string
	n    int64
}

func (s *counting) take(document, flow) (bool, error) {
	s.n++
	return true, nil
}

func (s *counting) end(next flow) error {
	if s.n == 0 {
		return nil
	}
	_, err := next(documentOf(func(b []byte) []byte {
		return bsoncore.AppendValueElement(b, s.name, counted(s.n))
	}))
	return err
}

// counted is an int32 where it fits, as MongoDB's counts are.
func counted(n int64) value {
	if int64(clampInt32(n)) == n {
		return int32Value(clampInt32(n))
	}
	return int64Value(n)
}

func parseCount(v value) (stage, error) {
	name, ok := v.StringValueOK()
	switch {
	case !ok:
		return nil, refuse(codeCountNotString, "the count field must be a non-empty string")
	case name == "":
		return nil, refuse(codeCountEmpty, "the count field must be a non-empty string")
	case strings.HasPrefix(name, "$"):
		return nil, refuse(codeCountDollar, "the count field cannot be a $-prefixed path")
	case strings.Contains(name, "."):
		return nil, refuse(codeCountDot, "the count field cannot contain '.'")
	}
	return &counting{name: name}, nil
}
