package match

import (
	"strings"
	"sync/atomic"

	"example.org/tocsin/models"
)

// label is what many signatures have in common. Each distinct label exists once.
type label struct {
	rule     models.Rule
	kind     models.IndicatorKind
	level    models.Level
	category models.Category
	reason   string
}

// holds reports whether a signature of that label says anything at the given
// time in Unix milliseconds, if it ends then.
func (l *label) holds(ends, at int64) bool {
	return l.level != models.Unknown && (ends == 0 || at < ends)
}

// labels numbers the labels. Readers take no lock: the list only grows, and
// a number is used only after the list that holds it was published.
type labels struct {
	list  atomic.Pointer[[]label]
	known map[label]uint16 // writer only, as all below
	count []int            // signatures of each label
	last  label            // of the change before: most are alike
	at    uint16
}

const (
	mostLabels = 1 << 16
	// sharedLabels are kept back for labels without a reason of their own.
	sharedLabels = 1 << 13
	manyReasons  = "other"
	mostReason   = 1 << 12 // bytes; reasons are codes
)

func (l *labels) init() {
	l.list.Store(new([]label))
	l.known = map[label]uint16{}
}

func (l *labels) of(number uint16) *label { return &(*l.list.Load())[number] }

// number returns the number of a label. When nearly all numbers are given away, new
// reasons become one common reason; false when even those are, which takes
// thousands of made-up categories, or for a reason that is no code any more.
func (l *labels) number(of label) (uint16, bool) {
	if of == l.last {
		return l.at, true
	}
	if len(of.reason)+len(of.category)+len(of.level) > mostReason {
		return 0, false
	}
	at, ok := l.known[of]
	if !ok {
		if len(l.count) >= mostLabels-sharedLabels && of.reason != manyReasons {
			of.reason = manyReasons
			return l.number(of)
		}
		if len(l.count) == mostLabels {
			return 0, false
		}
		at = l.add(of)
	}
	l.last, l.at = *l.of(at), at
	return at, true
}

func (l *labels) add(of label) uint16 {
	of = label{ // not the whole reply that it was cut from
		rule: models.Rule(strings.Clone(string(of.rule))), kind: models.IndicatorKind(strings.Clone(string(of.kind))),
		level: models.Level(strings.Clone(string(of.level))), category: models.Category(strings.Clone(string(of.category))),
		reason: strings.Clone(of.reason),
	}
	at := uint16(len(l.count)) //nolint:gosec // below mostLabels
	list := append(*l.list.Load(), of)
	l.list.Store(&list)
	l.known[of] = at
	l.count = append(l.count, 0)
	return at
}

func (l *labels) bytes() int64 {
	const labelSize = 5*16 + 5*16 + 2 + 8 // in the list and in the map
	return int64(len(l.count)) * labelSize
}
