package embedded

import (
	"bytes"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// pipeline is a parsed aggregation: a query made of the leading stages, which an index can
// serve, then the stages that are left. It holds what the driver's CountDocuments needs, and
// little more: $lookup, $facet, $unwind and the others are refused
// (TestCommandsAnswerAsMongoDBDoes lists them).
type pipeline struct {
	query
	stages      []stage
	batchSize   int64 // of the first batch
	hasPipeline bool  // the pipeline was there
	hasCursor   bool  // the cursor option was there
}

// stage turns a stream of documents into another. push is given each document and reports
// whether it wants more; flush gives what is left when there are no more.
type stage interface {
	push(d document, next sink) (more bool, err error)
	flush(next sink) error
}

// aggregate runs a pipeline and answers with the first batch:
//
//	{aggregate: "reports", pipeline: [{$match: {...}}, {$group: {_id: 1, n: {$sum: 1}}}], cursor: {}}
//
// That is how the driver's CountDocuments counts. All documents are computed at once, and the
// cursor holds those that are left.
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

// set reads one argument of aggregate. allowDiskUse, let, explain and the like are refused.
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

// parseBatchSize reads {batchSize: n}; -1 stands for no batch size.
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

// parse puts a leading $match, then $sort, then $limit into the query, where an index can serve
// them; the rest are stages.
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

// canPushDown reports whether the next stage may still go into the query. After a $limit
// nothing may: a filter or an order on what a limit has left is not the same as a limit on what
// they leave.
func (p *pipeline) canPushDown() bool { return len(p.stages) == 0 && p.limit == 0 }

// addMatch adds a $match. Several leading ones are one filter.
func (p *pipeline) addMatch(v value) error {
	d, ok := v.DocumentOK()
	if !ok {
		return errorf(codeMatchNotDocument, "the match filter must be an expression in an object")
	}
	f, err := parseFilter(d)
	if err != nil {
		return err
	}
	// Only a filter before the order goes into the query. One after it could go there too, and
	// is right as a stage as well.
	if p.canPushDown() && p.order == nil {
		p.filter = append(p.filter, f...)
	} else {
		p.stages = append(p.stages, matchStage{f})
	}
	return nil
}

// addSort adds a $sort. A second one replaces the order of the first, and so it must not go
// into the query too.
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

// addLimit adds a $limit.
func (p *pipeline) addLimit(v value) error {
	n, err := parseInt("$limit", v)
	switch {
	case err != nil || n < 0:
		return errorf(codeLimitNotNumber, "the limit must be a number that is not negative")
	case n == 0:
		return errorf(codeLimitNotPositive, "the limit must be positive")
	// With the order before it, so that an index in that order is read no further than the
	// limit.
	case p.canPushDown():
		p.limit = n
	default:
		p.stages = append(p.stages, &limitStage{n})
	}
	return nil
}

// parseStage returns name and argument of a stage, which is a document of exactly one field.
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

// parseOrder reads the argument of $sort.
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

// sink is what a stage gives its documents to: the next stage, or the result. It reports
// whether it wants more.
type sink func(d document) (more bool, err error)

// run returns the documents that come out of the last stage, cloned. c is nil where the
// collection does not exist; then the stages see no document, and are flushed all the same.
func (p *pipeline) run(c *collection) ([]document, error) {
	var out []document
	sinks := make([]sink, len(p.stages)+1) // into each stage, and out of the last
	sinks[len(p.stages)] = func(d document) (bool, error) {
		out = append(out, bytes.Clone(d))
		return true, nil
	}
	// From the last stage to the first, so that each finds the sink after it.
	for i, s := range slices.Backward(p.stages) {
		sinks[i] = func(d document) (bool, error) { return s.push(d, sinks[i+1]) }
	}
	if c != nil {
		if err := c.each(&p.query, func(_ []byte, d document) (bool, error) { return sinks[0](d) }); err != nil {
			return nil, err
		}
	}
	// From the first stage to the last: what one gives at its end, the next one must still
	// take.
	for i, s := range p.stages {
		if err := s.flush(sinks[i+1]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// matchStage is a $match that could not go into the query.
type matchStage struct{ filter allOf }

func (s matchStage) push(d document, next sink) (bool, error) {
	if !s.filter.match(d) {
		return true, nil
	}
	return next(d)
}

func (matchStage) flush(sink) error { return nil }

// limitStage is a $limit that could not go into the query. It stops the stages before it as
// soon as it is full.
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

// sortStage is a $sort that could not go into the query. It holds at most maxSortBytes of
// documents and fails above that, as MongoDB does without allowDiskUse.
type sortStage struct {
	order []field
	rows  []row
	size  int
}

func (s *sortStage) push(d document, _ sink) (bool, error) {
	if s.size += len(d); s.size > maxSortBytes {
		return false, errorf(codeMemoryLimit, "sort exceeded memory limit of %d bytes", maxSortBytes)
	}
	// The document is not cloned: flush comes within the same transaction, and run clones what
	// comes out.
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

// countStage is $count, which gives one document, {name: n}. Of no documents it gives none, and
// not a 0, as in MongoDB.
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

// countValue is an int32 where it fits, as MongoDB's counts are.
func countValue(n int64) value {
	if int64(clampInt32(n)) == n {
		return int32Value(clampInt32(n))
	}
	return int64Value(n)
}

// parseCount reads the name of the field that takes the count, and refuses what MongoDB
// refuses.
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
