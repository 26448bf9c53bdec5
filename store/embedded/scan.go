package embedded

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// maxSorted is how many bytes of documents are held to be sorted, as MongoDB's limit for sorting in memory.
const maxSortBytes = 100 << 20

// query is what find, update, delete and the like have in common.
type query struct {
	filter   allOf
	order    []field
	hint     value // name or key pattern of an index; zero: none
	limit    int64 // 0: none
	deadline time.Time
}

// scan is a walk through an index. It can be broken off and taken up again in a later transaction.
type scan struct {
	filter            allOf
	plan              plan
	deadline          time.Time
	maxCollectionScan int

	seen     map[string]struct{} // documents given already, where one has several entries
	examined int
}

// visit is given a document that matches, valid within the transaction, and says whether to go on.
type visitFunc func(id []byte, d document) (more bool, err error)

func (c *collection) scan(q *query) (*scan, error) {
	hint, err := c.resolveHint(q.hint)
	if err != nil {
		return nil, err
	}
	p, err := c.choosePlan(q.filter, q.order, hint)
	if err != nil {
		return nil, err
	}
	s := &scan{filter: q.filter, plan: p, deadline: q.deadline, maxCollectionScan: c.t.engine.maxCollectionScan}
	if slices.Contains(p.index.multikey, true) {
		s.seen = map[string]struct{}{}
	}
	return s, nil
}

// hinted finds the index that a hint names; a hint that names none is an error, as in MongoDB.
func (c *collection) resolveHint(hint value) (*index, error) {
	if hint.Type == 0 {
		return nil, nil //nolint:nilnil // no hint
	}
	for _, x := range c.indexes {
		if name, ok := hint.StringValueOK(); ok && name == x.name {
			return x, nil
		}
		if d, ok := hint.DocumentOK(); ok && bytes.Equal(encodeKey(hint), encodeKey(documentValue(x.pattern))) && len(d) > 0 {
			return x, nil
		}
	}
	return nil, errorf(codeBadValue, "hint provided does not correspond to an existing index")
}

// head is the place of a walk in one span.
type spanCursor struct {
	cursor   *bolt.Cursor
	span     *span
	key, val []byte // the next entry; nil: there is none
	lastKey  []byte // key of the last one read
}

// run goes on until visit or the index has enough. It walks the spans one after the other, or all of them side by side
// where only that gives the order wanted.
func (s *scan) run(c *collection, v visitFunc) error {
	bucket := c.documents
	if !s.plan.index.primary {
		bucket = c.root.Bucket(s.plan.index.bucket())
		if bucket == nil {
			return errorf(codePlanKilled, "the index in use was dropped")
		}
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

func (s *scan) walk(c *collection, spanCursors []*spanCursor, v visitFunc) (more bool, err error) {
	for h := s.nextCursor(spanCursors); h != nil; h = s.nextCursor(spanCursors) {
		more, err := s.examine(c, h.key, h.val, v)
		if err != nil {
			return false, err
		}
		h.next(s.plan.reverse)
		if !more {
			savePositions(spanCursors)
			return false, nil
		}
	}
	return true, nil
}

// first gives the head whose next entry comes first, leaving aside the fields by which the spans differ.
func (s *scan) nextCursor(spanCursors []*spanCursor) *spanCursor {
	var first *spanCursor
	for _, h := range spanCursors {
		if h.key == nil {
			continue
		}
		if first != nil {
			order := bytes.Compare(h.key[h.span.prefix:], first.key[first.span.prefix:])
			if order >= 0 != s.plan.reverse {
				continue
			}
		}
		first = h
	}
	return first
}

// enter goes to the first entry of the span, or to the one after the last that was read.
func (h *spanCursor) seek(reverse bool) {
	sp := h.span
	switch {
	case !reverse && sp.last == nil:
		h.key, h.val = h.cursor.Seek(sp.low)
	case !reverse:
		if h.key, h.val = h.cursor.Seek(sp.last); bytes.Equal(h.key, sp.last) {
			h.key, h.val = h.cursor.Next()
		}
	default:
		h.seekReverse(sp)
	}
	h.checkBounds()
}

func (h *spanCursor) seekReverse(sp *span) {
	limit := sp.high
	if sp.last != nil {
		limit = sp.last
	}
	if limit != nil {
		if k, _ := h.cursor.Seek(limit); k != nil {
			h.key, h.val = h.cursor.Prev()
			return
		}
	}
	h.key, h.val = h.cursor.Last()
}

func (h *spanCursor) next(reverse bool) {
	h.lastKey = h.key
	if reverse {
		h.key, h.val = h.cursor.Prev()
	} else {
		h.key, h.val = h.cursor.Next()
	}
	h.checkBounds()
}

// check ends the walk outside the span.
func (h *spanCursor) checkBounds() {
	if bytes.Compare(h.key, h.span.low) < 0 || (h.span.high != nil && bytes.Compare(h.key, h.span.high) >= 0) {
		h.key = nil
	}
}

// leave notes where to go on in another transaction.
func savePositions(spanCursors []*spanCursor) {
	for _, h := range spanCursors {
		if h.lastKey != nil {
			h.span.last = bytes.Clone(h.lastKey)
		}
	}
}

// look examines one entry.
func (s *scan) examine(c *collection, k, val []byte, v visitFunc) (more bool, err error) {
	s.examined++
	if s.plan.collectionScan && s.maxCollectionScan > 0 && s.examined > s.maxCollectionScan {
		return false, errorf(codeNoPlan, "more than %d documents of %s were examined: an index is missing", s.maxCollectionScan, c.namespace)
	}
	if s.examined%256 == 0 && !s.deadline.IsZero() && time.Now().After(s.deadline) {
		return false, errorf(codeMaxTimeExpired, "operation exceeded time limit")
	}
	id, d := k, document(val)
	if !s.plan.index.primary {
		id = entryID(k, val)
		if s.seen != nil {
			if _, again := s.seen[string(id)]; again {
				return true, nil
			}
			s.seen[string(id)] = struct{}{}
		}
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
	s, err := c.scan(q)
	if err != nil {
		return err
	}
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

// row is a document that waits to be sorted.
type row struct {
	id    []byte
	d     document
	order [][]byte
}

// eachSorted holds what matches until all of it has been seen; with a limit, no more than a few times the limit.
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

// sortKeys gives what a document is sorted by: of an array the least item, or the greatest if descending.
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

// identities gives the _id keys of a query's documents. Writes work from them, because a bbolt cursor must not be used
// while the bucket is changed.
func (c *collection) findIDs(q *query) ([][]byte, error) {
	var ids [][]byte
	err := c.each(q, func(id []byte, _ document) (bool, error) {
		ids = append(ids, bytes.Clone(id))
		return true, nil
	})
	return ids, err
}
