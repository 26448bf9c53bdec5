package embedded

import (
	"bytes"
	"slices"
)

// maxSpans bounds how many separate ranges of an index one plan reads; $in over several fields multiplies.
const maxSpans = 20_000

// maxMerged bounds how many spans are read side by side; each document read is compared with the next one of every span.
const maxMerged = 64

// span is a range of keys: low inclusive, high exclusive; a nil high is the end.
type span struct {
	low, high []byte
	prefix    int    // bytes of the fields that are fixed to one value each
	last      []byte // key of the last entry read; nil: none yet
}

// plan says which entries of which index to read, in what direction.
type plan struct {
	index          *index
	spans          []span // in the order in which they are read
	reverse        bool
	merge          bool // all spans at once, by the order of what follows the prefix
	sorted         bool // the documents come in the order that was asked for
	collectionScan bool // nothing narrows it: every document of the collection is read
	score          int  // how good it is
}

// bounds are what a filter demands of one field in every document that matches.
type bounds struct {
	equal     [][]byte   // keys, in order: one of them; nil: not demanded
	low, high *predicate // $gt or $gte, $lt or $lte
	exists    bool       // the field is there
}

// demands gathers the bounds of the fields; what cannot be told from an index is left out, and tested on each document.
func collectBounds(f allOf, fieldBounds map[string]*bounds) {
	for _, part := range f {
		switch part := part.(type) {
		case allOf:
			collectBounds(part, fieldBounds)
		case *predicate:
			if part.hasArray {
				continue
			}
			b := fieldBounds[part.path.name]
			if b == nil {
				b = &bounds{}
				fieldBounds[part.path.name] = b
			}
			b.add(part)
		}
	}
}

func (b *bounds) add(t *predicate) {
	null := len(t.key) > 0 && t.key[0] == rankNull
	switch t.operator {
	case "$eq":
		b.oneOf([][]byte{t.key})
	case "$in":
		keys := make([][]byte, 0, len(t.set))
		for k := range t.set {
			keys = append(keys, []byte(k))
		}
		slices.SortFunc(keys, bytes.Compare)
		b.oneOf(keys)
	case "$gt", "$gte":
		b.exists = b.exists || !null
		b.low = t
	case "$lt", "$lte":
		b.exists = b.exists || !null
		b.high = t
	case "$exists":
		b.exists = b.exists || t.exists
	}
}

func (b *bounds) oneOf(keys [][]byte) {
	if b.equal == nil || len(keys) < len(b.equal) {
		b.equal = keys
	}
	missing := slices.ContainsFunc(keys, func(k []byte) bool { return k[0] == rankNull })
	b.exists = b.exists || !missing
}

// choose takes the plan with most points; hint, if not nil, is the only index considered.
func (s *schema) choosePlan(f allOf, order []field, hint *index) (plan, error) {
	fieldBounds := map[string]*bounds{}
	collectBounds(f, fieldBounds)
	if hint != nil {
		if !hint.covers(fieldBounds) {
			return plan{}, errorf(codeNoPlan, "the hint names a partial index that does not cover the query")
		}
		return hint.plan(fieldBounds, order), nil
	}
	best := s.indexes[0].plan(fieldBounds, order)
	for _, x := range s.indexes[1:] {
		if !x.covers(fieldBounds) {
			continue
		}
		if p := x.plan(fieldBounds, order); p.score > best.score {
			best = p
		}
	}
	return best, nil
}

// covers reports whether every document that meets the demands is in the index.
func (x *index) covers(fieldBounds map[string]*bounds) bool {
	for _, part := range x.partial {
		t, ok := part.(*predicate)
		if !ok {
			return false
		}
		b := fieldBounds[t.path.name]
		switch {
		case b == nil:
			return false
		case t.operator == "$exists" && !b.exists:
			return false
		case t.operator == "$eq" && (len(b.equal) != 1 || !bytes.Equal(b.equal[0], t.key)):
			return false
		}
	}
	return true
}

// layout is an index laid beside a filter: the columns by which its entries are ordered, which are the fields of the index
// and the _id that ends each entry, and what is demanded of them.
type indexCandidate struct {
	columns     []field
	multikey    []bool
	fieldBounds map[string]*bounds
	prefixLen   int // how many of the first columns are fixed to values
}

func (x *index) candidate(fieldBounds map[string]*bounds) *indexCandidate {
	l := &indexCandidate{columns: x.fields, multikey: x.multikey, fieldBounds: fieldBounds}
	if !slices.ContainsFunc(l.columns, func(f field) bool { return f.path.name == "_id" }) {
		id := field{path: path{name: "_id", parts: []string{"_id"}}}
		l.columns, l.multikey = append(slices.Clone(l.columns), id), append(slices.Clone(l.multikey), false)
	}
	return l
}

// bounds gives what is demanded of a column, nil for nothing.
func (l *indexCandidate) bounds(column int) *bounds {
	if column == len(l.columns) {
		return nil
	}
	return l.fieldBounds[l.columns[column].path.name]
}

// plan follows the columns as long as the demands fix them to single values, then takes one range. Points: a column that
// is fixed is worth more than a range, a range more than an order, and the whole _id more than anything.
func (x *index) plan(fieldBounds map[string]*bounds, order []field) plan {
	l := x.candidate(fieldBounds)
	p := plan{index: x}
	prefixes := l.prefixes()
	p.score = 20 * l.prefixLen
	b := l.bounds(l.prefixLen)
	ranged := b != nil && (b.low != nil || b.high != nil)
	if ranged {
		p.spans = b.spans(prefixes, l.columns[l.prefixLen].descending, l.multikey[l.prefixLen])
		p.score += 10
	} else {
		p.spans = make([]span, len(prefixes))
		for i, prefix := range prefixes {
			p.spans[i] = span{low: prefix, high: prefixEnd(prefix), prefix: len(prefix)}
		}
	}
	p.collectionScan = l.prefixLen == 0 && !ranged && x.partial == nil
	p.sorted, p.reverse = l.providesSort(order, 1)
	if !p.sorted && len(p.spans) <= maxMerged {
		p.sorted, p.reverse = l.providesSort(order, maxMerged)
		p.merge = p.sorted
	}
	p.addScore(l.prefixLen)
	if p.reverse {
		slices.Reverse(p.spans)
	}
	return p
}

// prefixes gives every combination of values that the first columns are fixed to, in the order of the index.
func (l *indexCandidate) prefixes() [][]byte {
	prefixes := [][]byte{nil}
	for b := l.bounds(0); b != nil && b.equal != nil && len(prefixes)*len(b.equal) <= maxSpans; b = l.bounds(l.prefixLen) {
		prefixes = product(prefixes, orientKeys(b.equal, l.columns[l.prefixLen].descending))
		l.prefixLen++
	}
	return prefixes
}

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

func orientKeys(keys [][]byte, descending bool) [][]byte {
	if !descending {
		return keys
	}
	turned := make([][]byte, len(keys))
	for i, k := range keys {
		turned[len(keys)-1-i] = invert(bytes.Clone(k))
	}
	return turned
}

// ranges narrows each prefix to the bounds. In a column with arrays one item may meet the one bound and another item the
// other, so only one of them can be used.
func (b *bounds) spans(prefixes [][]byte, descending, multikey bool) []span {
	low, high := b.low, b.high
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

// limits gives the first key within two bounds and the first one behind them, for one column.
func keyRange(low, high *predicate, descending bool) (start, end []byte) {
	if descending {
		low, high = high, low
	}
	at := func(t *predicate) []byte {
		if descending {
			return invert(bytes.Clone(t.key))
		}
		return t.key
	}
	if low != nil {
		start = at(low)
		end = prefixEnd(start[:1]) // all of the kind
		if low.operator == "$gt" || low.operator == "$lt" {
			start = prefixEnd(start)
		}
	}
	if high != nil {
		end = at(high)
		if start == nil {
			start = end[:1]
		}
		if high.operator == "$gte" || high.operator == "$lte" {
			end = prefixEnd(end)
		}
	}
	return start, end
}

func join(a, b []byte) []byte { return append(a[:len(a):len(a)], b...) }

// ordered reports whether reading the entries in order, or in reverse, gives the documents in the order wanted. The first
// columns may be passed over if they are fixed to no more than so many values: to one, or to several if spans are merged.
func (l *indexCandidate) providesSort(order []field, values int) (sorted, reverse bool) {
	first := true
	column := 0
	for _, o := range order {
		if l.isConstant(o.path.name) {
			continue
		}
		for column < len(l.columns) && l.columns[column].path.name != o.path.name && l.canSkip(column, values) {
			column++
		}
		if column == len(l.columns) || l.columns[column].path.name != o.path.name {
			return false, false
		}
		if l.multikey[column] && l.bounds(column) != nil {
			return false, false // an array sorts by its least or greatest item, which may be outside what is read
		}
		turned := l.columns[column].descending != o.descending
		if !first && turned != reverse {
			return false, false
		}
		reverse, first = turned, false
		column++
	}
	return true, reverse
}

// passed reports whether a column makes no difference to the order of the entries read.
func (l *indexCandidate) canSkip(column, values int) bool {
	b := l.bounds(column)
	if b == nil || b.equal == nil {
		return false
	}
	return (column < l.prefixLen && len(b.equal) <= values) || (len(b.equal) == 1 && !l.multikey[column])
}

// constant reports whether a field has one and the same value, not an array, in all documents read.
func (l *indexCandidate) isConstant(name string) bool {
	for i, c := range l.columns {
		if b := l.bounds(i); c.path.name == name && b != nil && len(b.equal) == 1 && !l.multikey[i] {
			return true
		}
	}
	return false
}
