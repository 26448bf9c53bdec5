package match

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
)

// interval is the phone numbers from first to last, as integers.
type interval struct {
	first, last uint64
	maxLast     uint64 // the greatest last in the subtree of which this is the root
	value       string // of the signature
}

// intervalTree finds the ranges that hold a number. It is an augmented interval tree
// (Cormen et al., Introduction to Algorithms), laid out as a list that is
// sorted by first, with the middle element as its root: a look-up takes the logarithm of its
// length for each range that is found, however they overlap. Readers take no lock: the list is
// immutable and replaced as a whole. Adding therefore copies it, once per batch of
// changes: 40 KB a thousand ranges. TestRangesFindWhatASearchThroughAllFinds holds it.
type intervalTree struct {
	list atomic.Pointer[[]interval]
}

// add takes in the values of signatures, none of which is there yet. A value that is no
// range of numbers of one length is left out.
func (r *intervalTree) add(values []string) {
	var list []interval
	if old := r.list.Load(); old != nil {
		list = slices.Clone(*old)
	}
	for _, v := range values {
		if i, ok := parseInterval(v); ok {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b interval) int { return cmp.Compare(a.first, b.first) })
	setMaxLast(list)
	r.list.Store(&list)
}

// containing returns the ranges that hold the phone number, narrowest first.
func (r *intervalTree) containing(phone string) []interval {
	list := r.list.Load()
	if list == nil {
		return nil
	}
	n, ok := parsePhone(phone)
	if !ok {
		return nil
	}
	found := appendContaining(nil, *list, n)
	slices.SortFunc(found, func(a, b interval) int {
		return cmp.Or(cmp.Compare(a.last-a.first, b.last-b.first), cmp.Compare(a.first, b.first))
	})
	return found
}

func (r *intervalTree) bytes() int64 {
	const intervalSize = 40
	if list := r.list.Load(); list != nil {
		return int64(len(*list)) * intervalSize
	}
	return 0
}

// appendContaining appends the elements of a subtree that hold n, in their order.
func appendContaining(dst, list []interval, n uint64) []interval {
	if len(list) == 0 {
		return dst
	}
	mid := len(list) / 2
	if list[mid].maxLast < n {
		return dst // all end before
	}
	dst = appendContaining(dst, list[:mid], n)
	if list[mid].first > n {
		return dst // it and all to the right begin behind
	}
	if list[mid].last >= n {
		dst = append(dst, list[mid])
	}
	return appendContaining(dst, list[mid+1:], n)
}

// setMaxLast fills in the field in a subtree and returns its value for the root.
func setMaxLast(list []interval) uint64 {
	if len(list) == 0 {
		return 0
	}
	mid := len(list) / 2
	list[mid].maxLast = max(list[mid].last, setMaxLast(list[:mid]), setMaxLast(list[mid+1:]))
	return list[mid].maxLast
}

// parseInterval reads "+12025550100-+12025550199".
func parseInterval(value string) (interval, bool) {
	from, to, _ := strings.Cut(value, "-")
	first, ok := parsePhone(from)
	if !ok {
		return interval{}, false
	}
	last, ok := parsePhone(to)
	if !ok || len(from) != len(to) || first > last {
		return interval{}, false
	}
	return interval{first: first, last: last, value: value}, true
}

// parsePhone turns "+12025550100" into an integer. A digit 1 goes in front, so that
// numbers of different length never fall into one range
// (TestNumbersOfAnotherLengthFallIntoNoRange). Short codes (CN:95588) are none.
func parsePhone(phone string) (uint64, bool) {
	digits, ok := strings.CutPrefix(phone, "+")
	if !ok || digits == "" || len(digits) > 18 {
		return 0, false
	}
	n := uint64(1)
	for i := range len(digits) {
		d := digits[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + uint64(d)
	}
	return n, true
}
