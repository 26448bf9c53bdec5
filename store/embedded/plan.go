package embedded

import (
	"bytes"
	"slices"
)

// maxSpans bounds how many separate ranges of an index one plan reads, since $in over several
// fields multiplies. Fields beyond it are left to the filter.
const maxSpans = 20_000

// maxMerged bounds how many spans are read side by side. Each document read costs one
// comparison for every span, so beyond some dozens a sort in memory is cheaper.
const maxMerged = 64

// span is a range of keys: low inclusive, high exclusive; a nil high is the end of the index.
type span struct {
	low, high []byte
	prefix    int    // bytes of the fields that are fixed to one value each
	last      []byte // key of the last entry read; nil: none yet
}

// plan says which entries of which index to read, and in what direction. Whatever the plan,
// every document read is tested against the whole filter, so a bad plan costs time and no plan
// changes the answer (TestIndexesDoNotChangeWhatIsFound).
//
// An example, with the index {lane: 1, state: 1, due: 1}:
//
//	filter {lane: {$in: ["bulk", "urgent"]}, state: "due", due: {$lte: 9}}, sort {due: 1}
//	spans  ["bulk", "due", first number .. 9], ["urgent", "due", first number .. 9]
//	merge  both spans side by side, by what follows lane and state
type plan struct {
	index          *index
	spans          []span // in the order in which they are read
	reverse        bool
	merge          bool // all spans at once, by the order of what follows the prefix
	sorted         bool // the documents come in the order that was asked for
	collectionScan bool // nothing narrows it: every document of the collection is read
	score          int  // how good it is
}

// bounds is what a filter demands of one field in every document that matches.
type bounds struct {
	equal     [][]byte   // keys, in order: one of them; nil: not demanded
	low, high *predicate // $gt or $gte, $lt or $lte
}

// collectBounds gathers the bounds of the fields. What an index cannot tell is left out, and
// tested on each document: $or, $exists, and operands that are arrays, which match whole
// arrays and items alike.
func collectBounds(f allOf, fieldBounds map[string]*bounds) {
	for _, part := range f {
		pred, ok := part.(*predicate)
		if !ok || pred.hasArray {
			continue
		}
		b := fieldBounds[pred.path.name]
		if b == nil {
			b = &bounds{}
			fieldBounds[pred.path.name] = b
		}
		b.add(pred)
	}
}

// add adds one predicate. A range on one side replaces an earlier one of the same side: it is
// as true as the other one, and perhaps less narrow.
func (b *bounds) add(pred *predicate) {
	switch pred.name {
	case "$eq":
		b.oneOf([][]byte{pred.key})
	case "$in":
		keys := make([][]byte, 0, len(pred.set))
		for k := range pred.set {
			keys = append(keys, []byte(k))
		}
		slices.SortFunc(keys, bytes.Compare)
		b.oneOf(keys)
	case "$gt", "$gte":
		b.low = pred
	case "$lt", "$lte":
		b.high = pred
	}
}

// oneOf adds that the value is one of keys, and keeps the shorter of two lists.
func (b *bounds) oneOf(keys [][]byte) {
	if b.equal == nil || len(keys) < len(b.equal) {
		b.equal = keys
	}
}

// choosePlan returns the plan with the highest score. Beside the index of the _id only the one
// of the given name is considered, unless that is "".
func (s *schema) choosePlan(f allOf, order []field, only string) plan {
	fieldBounds := map[string]*bounds{}
	collectBounds(f, fieldBounds)
	best := s.indexes[0].plan(fieldBounds, order)
	for _, x := range s.indexes[1:] {
		if only != "" && x.name != only || !x.covers(fieldBounds) {
			continue
		}
		if p := x.plan(fieldBounds, order); p.score > best.score {
			best = p
		}
	}
	return best
}

// covers reports whether every document that meets the bounds is in the index (MongoDB manual,
// "Partial Indexes": an index is not used where it would give an incomplete result).
func (x *index) covers(fieldBounds map[string]*bounds) bool {
	for _, part := range x.partial {
		pred, ok := part.(*predicate)
		if !ok {
			return false
		}
		b := fieldBounds[pred.path.name]
		if b == nil || len(b.equal) != 1 || !bytes.Equal(b.equal[0], pred.key) {
			return false
		}
	}
	return true
}

// indexCandidate is an index laid beside a filter: the columns by which its entries are
// ordered, which are the fields of the index and the _id that ends each entry, and what the
// filter demands of them.
type indexCandidate struct {
	columns     []field
	multikey    []bool
	fieldBounds map[string]*bounds
	prefixLen   int // how many of the first columns are fixed to values
}

// candidate lays the index beside the bounds of a filter.
func (x *index) candidate(fieldBounds map[string]*bounds) *indexCandidate {
	ic := &indexCandidate{columns: x.fields, multikey: x.multikey, fieldBounds: fieldBounds}
	if !slices.ContainsFunc(ic.columns, func(f field) bool { return f.path.name == "_id" }) {
		id := field{path: path{name: "_id", parts: []string{"_id"}}}
		ic.columns, ic.multikey = append(slices.Clone(ic.columns), id), append(slices.Clone(ic.multikey), false)
	}
	return ic
}

// bounds returns what is demanded of a column, nil for nothing.
func (ic *indexCandidate) bounds(column int) *bounds {
	if column == len(ic.columns) {
		return nil
	}
	return ic.fieldBounds[ic.columns[column].path.name]
}

// plan follows the columns as long as the bounds fix them to single values, then takes one
// range. Score: 20 for each column that is fixed, 10 for a range, 5 for the order, 8 for a
// partial index, which holds fewer documents, and 1000 for a fixed _id, which is at most one
// document for each value. There are no statistics of the data, so the choice depends on the
// query alone and stays the same while a collection grows (TestQueriesReadNoMoreThanTheyGive).
func (x *index) plan(fieldBounds map[string]*bounds, order []field) plan {
	ic := x.candidate(fieldBounds)
	p := plan{index: x}
	prefixes := ic.prefixes()
	p.score = 20 * ic.prefixLen
	// The column after the fixed ones may have a range; those after it only order the entries.
	b := ic.bounds(ic.prefixLen)
	ranged := b != nil && (b.low != nil || b.high != nil)
	if ranged {
		p.spans = b.spans(prefixes, ic.columns[ic.prefixLen].descending, ic.multikey[ic.prefixLen])
		p.score += 10
	} else {
		p.spans = make([]span, len(prefixes))
		for i, prefix := range prefixes {
			p.spans[i] = span{low: prefix, high: prefixEnd(prefix), prefix: len(prefix)}
		}
	}
	// A partial index that is read whole is no collection scan: it holds what it was made for.
	p.collectionScan = ic.prefixLen == 0 && !ranged && x.partial == nil
	p.sorted, p.reverse = ic.providesSort(order, 1)
	// Several spans, each in the order asked for: read side by side they are in order together.
	if !p.sorted && len(p.spans) <= maxMerged {
		p.sorted, p.reverse = ic.providesSort(order, maxMerged)
		p.merge = p.sorted
	}
	p.addScore(ic.prefixLen)
	if p.reverse {
		slices.Reverse(p.spans)
	}
	return p
}

// prefixes returns every combination of values that the first columns are fixed to, in the
// order of the index, and sets prefixLen to the number of those columns.
func (ic *indexCandidate) prefixes() [][]byte {
	prefixes := [][]byte{nil}
	for b := ic.bounds(0); b != nil && b.equal != nil && len(prefixes)*len(b.equal) <= maxSpans; b = ic.bounds(ic.prefixLen) {
		prefixes = product(prefixes, orientKeys(b.equal, ic.columns[ic.prefixLen].descending))
		ic.prefixLen++
	}
	return prefixes
}

// addScore adds the points that do not come from ranges.
func (p *plan) addScore(prefixLen int) {
	if p.sorted {
		p.score += 5
	}
	if p.index.partial != nil {
		p.score += 8 // it holds fewer documents
	}
	if p.index.primary && prefixLen > 0 {
		p.score += 1000
	}
}

// orientKeys returns keys as they stand in a column, in its order: inverted and backwards if it
// is descending.
func orientKeys(keys [][]byte, descending bool) [][]byte {
	if !descending {
		return keys
	}
	oriented := make([][]byte, len(keys))
	for i, k := range keys {
		oriented[len(keys)-1-i] = invert(bytes.Clone(k))
	}
	return oriented
}

// spans narrows each prefix to the bounds. In a column with arrays one item may meet the one
// bound and another item the other, so only one of the two can be used (MongoDB manual,
// "Multikey Index Bounds").
func (b *bounds) spans(prefixes [][]byte, descending, multikey bool) []span {
	low, high := b.low, b.high
	// The low bound is as good as the high one; the filter does the rest.
	if multikey && low != nil {
		high = nil
	}
	if low != nil && high != nil && low.key[0] != high.key[0] {
		high = nil // of different kinds: nothing can match, which the filter finds out
	}
	start, end := keyRange(low, high, descending)
	spans := make([]span, len(prefixes))
	for i, prefix := range prefixes {
		spans[i] = span{low: join(prefix, start), high: join(prefix, end), prefix: len(prefix)}
	}
	return spans
}

// keyRange returns the first key within two bounds and the first one behind them, for one
// column. A single bound ends where its kind of value ends: no other kind can match it.
func keyRange(low, high *predicate, descending bool) (start, end []byte) {
	if descending {
		low, high = high, low
	}
	at := func(pred *predicate) []byte {
		if descending {
			return invert(bytes.Clone(pred.key))
		}
		return pred.key
	}
	if low != nil {
		start = at(low)
		end = prefixEnd(start[:1]) // all of the kind
		if low.name == "$gt" || low.name == "$lt" {
			start = prefixEnd(start)
		}
	}
	if high != nil {
		end = at(high)
		if start == nil {
			start = end[:1]
		}
		if high.name == "$gte" || high.name == "$lte" {
			end = prefixEnd(end)
		}
	}
	return start, end
}

// join appends b to a in fresh memory.
func join(a, b []byte) []byte { return append(a[:len(a):len(a)], b...) }

// providesSort reports whether reading the entries in order, or in reverse, gives the documents
// in the order asked for. Leading columns may be skipped if they are fixed to at most so many
// values: to one, or to several if spans are merged. MongoDB sorts by an index in the same
// cases (manual, "Use Indexes to Sort Query Results"; "explode for sort" in
// src/mongo/db/query/planner_analysis.cpp).
func (ic *indexCandidate) providesSort(order []field, values int) (sorted, reverse bool) {
	first := true
	column := 0
	for _, o := range order {
		if ic.isConstant(o.path.name) {
			continue
		}
		for column < len(ic.columns) && ic.columns[column].path.name != o.path.name && ic.canSkip(column, values) {
			column++
		}
		if column == len(ic.columns) || ic.columns[column].path.name != o.path.name {
			return false, false
		}
		if ic.multikey[column] && ic.bounds(column) != nil {
			return false, false // an array sorts by its least or greatest item, which may be outside what is read
		}
		backwards := ic.columns[column].descending != o.descending
		if !first && backwards != reverse {
			return false, false
		}
		reverse, first = backwards, false
		column++
	}
	return true, reverse
}

// canSkip reports whether a column makes no difference to the order of the entries read.
func (ic *indexCandidate) canSkip(column, values int) bool {
	b := ic.bounds(column)
	if b == nil || b.equal == nil {
		return false
	}
	return (column < ic.prefixLen && len(b.equal) <= values) || (len(b.equal) == 1 && !ic.multikey[column])
}

// isConstant reports whether a field has one and the same value, not an array, in all documents
// read.
func (ic *indexCandidate) isConstant(name string) bool {
	for i, c := range ic.columns {
		if b := ic.bounds(i); c.path.name == name && b != nil && len(b.equal) == 1 && !ic.multikey[i] {
			return true
		}
	}
	return false
}
