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
	stages      []stage
	batchSize   int64 // of the first batch
	hasPipeline bool  // the pipeline was there
	hasCursor   bool  // the cursor option was there
}

// stage turns a stream of documents into another. take is given each document and says whether it wants more; end gives
// what is left when there are no more.
type stage interface {
	push(d document, next sink) (more bool, err error)
	flush(next sink) error
}

func (e *Engine) aggregate(req *request) (document, error) {
	p := &pipeline{batchSize: defaultBatchSize}
	a, err := req.parseCollectionArguments(func(name string, v value) error { return p.set(req, name, v) })
	if err != nil {
		return nil, err
	}
	if !p.hasPipeline {
		return nil, req.missingField("pipeline")
	}
	if !p.hasCursor {
		return nil, errorf(codeFailedToParse, "The 'cursor' option is required")
	}
	p.deadline = a.deadline
	cur := &cursor{namespace: a.namespace()}
	var reply document
	err = e.view(func(t *transaction) error {
		c, err := t.collection(a.namespace())
		if err != nil {
			return err
		}
		if cur.buffered, err = p.run(c); err != nil {
			return err
		}
		reply, err = t.firstReply(cur, p.batchSize, false)
		return err
	})
	return reply, err
}

func (p *pipeline) set(req *request, name string, v value) error {
	switch name {
	case "pipeline":
		list, err := parseDocuments(name, v)
		if err != nil {
			return err
		}
		p.hasPipeline = true
		return p.parse(list)
	case "hint":
		return p.query.set(name, v)
	case "cursor":
		p.hasCursor = true
		size, err := parseBatchSize(v)
		if size >= 0 {
			p.batchSize = size
		}
		return err
	default:
		return req.unknownField(name)
	}
}

// parseBatchSize reads {batchSize: n}; -1 is none.
func parseBatchSize(v value) (int64, error) {
	d, err := parseDocument("cursor", v)
	if err != nil {
		return -1, err
	}
	size := int64(-1)
	for name, v := range fields(d) {
		if name != "batchSize" {
			return -1, errorf(codeUnknownField, "BSON field 'cursor.%s' is an unknown field.", name)
		}
		if size, err = parseInt(name, v); err == nil && size < 0 {
			err = errorf(codeNegative, "batchSize must not be negative")
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
func (p *pipeline) canPushDown() bool { return len(p.stages) == 0 && p.limit == 0 }

func (p *pipeline) addMatch(v value) error {
	d, ok := v.DocumentOK()
	if !ok {
		return errorf(codeMatchNotDocument, "the match filter must be an expression in an object")
	}
	f, err := parseFilter(d)
	if err != nil {
		return err
	}
	if p.canPushDown() && p.order == nil {
		p.filter = append(p.filter, f...)
	} else {
		p.stages = append(p.stages, matchStage{f})
	}
	return nil
}

func (p *pipeline) addSort(v value) error {
	order, err := parseOrder(v)
	if err != nil {
		return err
	}
	if p.canPushDown() && p.order == nil {
		p.order = order
	} else {
		p.stages = append(p.stages, &sortStage{order: order})
	}
	return nil
}

func (p *pipeline) addLimit(v value) error {
	n, err := parseInt("$limit", v)
	switch {
	case err != nil || n < 0:
		return errorf(codeLimitNotNumber, "the limit must be a number that is not negative")
	case n == 0:
		return errorf(codeLimitNotPositive, "the limit must be positive")
	case p.canPushDown():
		p.limit = n
	default:
		p.stages = append(p.stages, &limitStage{n})
	}
	return nil
}

func parseStage(d document) (name string, v value, err error) {
	count := 0
	for name, v = range fields(d) {
		count++
	}
	if count != 1 {
		return "", value{}, errorf(codeStageNotSingle, "A pipeline stage specification object must contain exactly one field.")
	}
	return name, v, nil
}

func parseOrder(v value) ([]field, error) {
	d, ok := v.DocumentOK()
	if !ok {
		return nil, errorf(codeSortNotDocument, "the $sort key specification must be an object")
	}
	order, err := parseFields(d, codeBadSortOrder)
	if err == nil && len(order) == 0 {
		err = errorf(codeSortEmpty, "$sort stage must have at least one sort key")
	}
	return order, err
}

// flow is one end of a stage: it is given a document and says whether it wants more.
type sink func(d document) (more bool, err error)

// run gives the documents that come out of the last stage; c is nil where the collection does not exist.
func (p *pipeline) run(c *collection) ([]document, error) {
	var out []document
	sinks := make([]sink, len(p.stages)+1) // into each stage, and out of the last
	sinks[len(p.stages)] = func(d document) (bool, error) {
		out = append(out, bytes.Clone(d))
		return true, nil
	}
	for i, s := range slices.Backward(p.stages) {
		sinks[i] = func(d document) (bool, error) { return s.push(d, sinks[i+1]) }
	}
	if c != nil {
		if err := c.each(&p.query, func(_ []byte, d document) (bool, error) { return sinks[0](d) }); err != nil {
			return nil, err
		}
	}
	for i, s := range p.stages {
		if err := s.flush(sinks[i+1]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type matchStage struct{ filter allOf }

func (s matchStage) push(d document, next sink) (bool, error) {
	if !s.filter.match(d) {
		return true, nil
	}
	return next(d)
}

func (matchStage) flush(sink) error { return nil }

type limitStage struct{ left int64 }

func (s *limitStage) push(d document, next sink) (bool, error) {
	if s.left == 0 {
		return false, nil
	}
	s.left--
	more, err := next(d)
	return more && s.left > 0, err
}

func (*limitStage) flush(sink) error { return nil }

type sortStage struct {
	order []field
	rows  []row
	size  int
}

func (s *sortStage) push(d document, _ sink) (bool, error) {
	if s.size += len(d); s.size > maxSortBytes {
		return false, errorf(codeMemoryLimit, "sort exceeded memory limit of %d bytes", maxSortBytes)
	}
	order, err := sortKeys(d, s.order)
	s.rows = append(s.rows, row{d: d, order: order})
	return true, err
}

func (s *sortStage) flush(next sink) error {
	for _, r := range sortRows(s.rows, s.order) {
		if more, err := next(r.d); err != nil || !more {
			return err
		}
	}
	return nil
}

// counting is $count.
type countStage struct {
	name string
	n    int64
}

func (s *countStage) push(document, sink) (bool, error) {
	s.n++
	return true, nil
}

func (s *countStage) flush(next sink) error {
	if s.n == 0 {
		return nil
	}
	_, err := next(buildDocument(func(b []byte) []byte {
		return bsoncore.AppendValueElement(b, s.name, countValue(s.n))
	}))
	return err
}

// counted is an int32 where it fits, as MongoDB's counts are.
func countValue(n int64) value {
	if int64(clampInt32(n)) == n {
		return int32Value(clampInt32(n))
	}
	return int64Value(n)
}

func parseCount(v value) (stage, error) {
	name, ok := v.StringValueOK()
	switch {
	case !ok:
		return nil, errorf(codeCountNotString, "the count field must be a non-empty string")
	case name == "":
		return nil, errorf(codeCountEmpty, "the count field must be a non-empty string")
	case strings.HasPrefix(name, "$"):
		return nil, errorf(codeCountDollar, "the count field cannot be a $-prefixed path")
	case strings.Contains(name, "."):
		return nil, errorf(codeCountDot, "the count field cannot contain '.'")
	}
	return &countStage{name: name}, nil
}
