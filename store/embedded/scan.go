package embedded

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// maxSortBytes is how many bytes of documents are held to be sorted: MongoDB's limit for a sort
// in memory (manual, "MongoDB Limits and Thresholds": 100 megabytes). Beyond it the command
// fails; an index on the order is the remedy.
const maxSortBytes = 100 << 20

// query is what find, count, update and delete have in common.
type query struct {
	filter   allOf
	order    []field
	index    string // name of the only index that may be used; "": the planner chooses
	limit    int64  // 0: none
	deadline time.Time
}

// scan reads an index. It can stop, and go on in a later transaction: it remembers the key of
// the last entry and goes on after it. So it sees each document that is there all the time
// exactly once, if the fields that it is ordered by do not change.
type scan struct {
	filter            allOf
	plan              plan
	deadline          time.Time
	maxCollectionScan int

	seen     map[string]struct{} // documents given already, where one has several entries
	examined int
}

// visitFunc is given a document that matches, valid within the transaction, and reports whether
// to go on.
type visitFunc func(id []byte, d document) (more bool, err error)

// scan plans a query and returns the scan for it, which has read nothing yet.
func (c *collection) scan(q *query) *scan {
	p := c.choosePlan(q.filter, q.order, q.index)
	s := &scan{filter: q.filter, plan: p, deadline: q.deadline, maxCollectionScan: c.t.engine.maxCollectionScan}
	// Only an index with arrays can lead to one document twice.
	if slices.Contains(p.index.multikey, true) {
		s.seen = map[string]struct{}{}
	}
	return s
}

// spanCursor is the position of a scan in one span.
type spanCursor struct {
	cursor   *bolt.Cursor
	span     *span
	key, val []byte // the next entry; nil: there is none
	lastKey  []byte // key of the last one read
}

// run reads on until v or the index has enough. It reads the spans one after the other, or all
// of them side by side where only that gives the order asked for. Spans that are read to their
// end are dropped from the plan, so that a later run does not read them again.
func (s *scan) run(c *collection, v visitFunc) error {
	bucket := c.documents
	if !s.plan.index.primary {
		bucket = c.root.Bucket(s.plan.index.bucket())
	}
	for len(s.plan.spans) > 0 {
		n := 1
		if s.plan.merge {
			n = len(s.plan.spans)
		}
		spanCursors := make([]*spanCursor, n)
		for i := range spanCursors {
			spanCursors[i] = &spanCursor{cursor: bucket.Cursor(), span: &s.plan.spans[i]}
			spanCursors[i].seek(s.plan.reverse)
		}
		more, err := s.walk(c, spanCursors, v)
		if err != nil || !more {
			return err
		}
		s.plan.spans = s.plan.spans[n:]
	}
	return nil
}

// walk reads the entries of some spans in their common order. It saves the positions when v has
// enough.
func (s *scan) walk(c *collection, spanCursors []*spanCursor, v visitFunc) (more bool, err error) {
	for sc := s.nextCursor(spanCursors); sc != nil; sc = s.nextCursor(spanCursors) {
		more, err := s.examine(c, sc.key, sc.val, v)
		if err != nil {
			return false, err
		}
		sc.next(s.plan.reverse)
		// The position is after the entry that was just given.
		if !more {
			savePositions(spanCursors)
			return false, nil
		}
	}
	return true, nil
}

// nextCursor returns the cursor whose next entry comes first, leaving aside the fields by which
// the spans differ; nil at the end of all of them.
func (s *scan) nextCursor(spanCursors []*spanCursor) *spanCursor {
	var first *spanCursor
	for _, sc := range spanCursors {
		if sc.key == nil {
			continue
		}
		if first != nil {
			order := bytes.Compare(sc.key[sc.span.prefix:], first.key[first.span.prefix:])
			// Equal ones stay with the earlier span; in reverse, with the later one.
			if order >= 0 != s.plan.reverse {
				continue
			}
		}
		first = sc
	}
	return first
}

// seek goes to the first entry of the span, or to the one after the last that was read. That
// one may have been deleted in the meantime; the entry that follows its place is the next one
// then.
func (sc *spanCursor) seek(reverse bool) {
	sp := sc.span
	switch {
	case !reverse && sp.last == nil:
		sc.key, sc.val = sc.cursor.Seek(sp.low)
	case !reverse:
		if sc.key, sc.val = sc.cursor.Seek(sp.last); bytes.Equal(sc.key, sp.last) {
			sc.key, sc.val = sc.cursor.Next()
		}
	default:
		sc.seekReverse(sp)
	}
	sc.checkBounds()
}

// seekReverse is seek from the end. bbolt seeks forward only, to the first key at or after a
// limit, so the entry before that is the one; behind the last key of the bucket it is the last.
func (sc *spanCursor) seekReverse(sp *span) {
	limit := sp.high
	if sp.last != nil {
		limit = sp.last
	}
	if limit != nil {
		if k, _ := sc.cursor.Seek(limit); k != nil {
			sc.key, sc.val = sc.cursor.Prev()
			return
		}
	}
	sc.key, sc.val = sc.cursor.Last()
}

// next goes to the next entry.
func (sc *spanCursor) next(reverse bool) {
	sc.lastKey = sc.key
	if reverse {
		sc.key, sc.val = sc.cursor.Prev()
	} else {
		sc.key, sc.val = sc.cursor.Next()
	}
	sc.checkBounds()
}

// checkBounds ends the cursor outside its span.
func (sc *spanCursor) checkBounds() {
	if bytes.Compare(sc.key, sc.span.low) < 0 || (sc.span.high != nil && bytes.Compare(sc.key, sc.span.high) >= 0) {
		sc.key = nil
	}
}

// savePositions keeps where to go on in another transaction. Keys are cloned: bbolt's own are
// gone with the transaction.
func savePositions(spanCursors []*spanCursor) {
	for _, sc := range spanCursors {
		if sc.lastKey != nil {
			sc.span.last = bytes.Clone(sc.lastKey)
		}
	}
}

// examine reads the document of one entry, and gives it to v if it matches. The deadline is
// tested every 256 entries.
//
// A collection scan that examines more than maxCollectionScan entries fails. That is off on a
// server; in a test it shows that an index is missing (TestQueriesReadNoMoreThanTheyGive).
func (s *scan) examine(c *collection, k, val []byte, v visitFunc) (more bool, err error) {
	s.examined++
	if s.plan.collectionScan && s.maxCollectionScan > 0 && s.examined > s.maxCollectionScan {
		return false, errorf(codeNoPlan, "more than %d documents of %s were examined: an index is missing",
			s.maxCollectionScan, c.namespace)
	}
	if s.examined%256 == 0 && !s.deadline.IsZero() && time.Now().After(s.deadline) {
		return false, errorf(codeMaxTimeExpired, "operation exceeded time limit")
	}
	id, d := k, document(val)
	if !s.plan.index.primary {
		id = entryID(k, val)
		// An array has an entry for each item, and the document is given for the first of them
		// only.
		if s.seen != nil {
			if _, again := s.seen[string(id)]; again {
				return true, nil
			}
			s.seen[string(id)] = struct{}{}
		}
		// Documents and entries are written in one transaction, so this is a fault of the
		// engine or of the disk.
		if d = c.documents.Get(id); d == nil {
			return false, fmt.Errorf("the index %s of %s points to a document that is not there", s.plan.index.name, c.namespace)
		}
	}
	if !s.filter.match(d) {
		return true, nil
	}
	return v(id, d)
}

// each gives the documents of a query in its order, up to its limit.
func (c *collection) each(q *query, v visitFunc) error {
	s := c.scan(q)
	if !s.plan.sorted {
		return c.eachSorted(q, s, v)
	}
	count := int64(0)
	return s.run(c, func(id []byte, d document) (bool, error) {
		more, err := v(id, d)
		count++
		return more && count != q.limit, err
	})
}

// row is a document that waits to be sorted, with the keys that it is sorted by.
type row struct {
	id    []byte
	d     document
	order [][]byte
}

// eachSorted holds what matches until all of it has been seen, then gives it in order. With a
// limit it holds no more than about twice the limit and 1,000 rows: whenever there are more, it
// sorts them and drops those beyond the limit.
func (c *collection) eachSorted(q *query, s *scan, v visitFunc) error {
	var rows []row
	size, keep := 0, int(min(q.limit, 1<<30))
	err := s.run(c, func(id []byte, d document) (bool, error) {
		order, err := sortKeys(d, q.order)
		if err != nil {
			return false, err
		}
		rows = append(rows, row{id, d, order})
		if keep > 0 && len(rows) >= 2*keep+1000 {
			rows, size = sortRows(rows, q.order)[:keep], 0
		}
		if size += len(d); size > maxSortBytes {
			return false, errorf(codeMemoryLimit, "sort exceeded memory limit of %d bytes", maxSortBytes)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for i, r := range sortRows(rows, q.order) {
		if keep > 0 && i == keep {
			break
		}
		if more, err := v(r.id, r.d); err != nil || !more {
			return err
		}
	}
	return nil
}

// sortKeys returns the keys that a document is sorted by: of an array the least item, or the
// greatest if descending (MongoDB manual, "Comparison/Sort Order": arrays). Two fields that
// meet arrays have no order and are refused.
func sortKeys(d document, order []field) ([][]byte, error) {
	list := make([][]byte, len(order))
	arrays := 0
	for i, f := range order {
		keys, many := f.path.keys(d)
		if many {
			arrays++
		}
		if list[i] = keys[0]; f.descending {
			list[i] = invert(keys[len(keys)-1])
		}
	}
	if arrays > 1 {
		return nil, errorf(codeBadValue, "cannot sort with keys that are parallel arrays")
	}
	return list, nil
}

// sortRows sorts rows in place, by their keys, and keeps the order of equal ones.
func sortRows(rows []row, order []field) []row {
	slices.SortStableFunc(rows, func(a, b row) int {
		for i := range order {
			if c := bytes.Compare(a.order[i], b.order[i]); c != 0 {
				return c
			}
		}
		return 0
	})
	return rows
}

// findIDs returns the keys of the _ids of a query's documents. Writes work from them, because a
// bbolt cursor must not be used while its bucket is changed, and because a document that an
// update moves within the index must not be found twice.
func (c *collection) findIDs(q *query) ([][]byte, error) {
	var ids [][]byte
	err := c.each(q, func(id []byte, _ document) (bool, error) {
		ids = append(ids, bytes.Clone(id))
		return true, nil
	})
	return ids, err
}
