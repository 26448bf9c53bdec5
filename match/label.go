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

// active reports whether a signature of that label counts at the given time; ends is
// when it stops, or 0. Both in Unix milliseconds.
func (l *label) active(ends, at int64) bool {
	return l.level != models.Unknown && (ends == 0 || at < ends)
}

// labelTable numbers the labels (interning): a record keeps 16 bits in place of five
// strings. Readers take no lock: the list only grows, and a number is used only after the
// list that holds it was published.
type labelTable struct {
	list      atomic.Pointer[[]label]
	ids       map[label]uint16 // writer only, as all below
	count     []int            // signatures of each label, for Stats
	lastLabel label            // of the change before: most are alike
	lastID    uint16
}

const (
	maxLabels = 1 << 16
	// reservedLabels are kept back for labels without a reason of their own.
	reservedLabels = 1 << 13
	otherReason    = "other"
	maxReasonBytes = 1 << 12 // of reason, category and level together; reasons are codes
)

func (l *labelTable) init() {
	l.list.Store(new([]label))
	l.ids = map[label]uint16{}
}

// label returns the label of a number that intern returned. It never changes.
func (l *labelTable) label(number uint16) *label { return &(*l.list.Load())[number] }

// intern returns the number of a label. When nearly all numbers are given away, new
// reasons become one common reason (TestReasonsWithoutEndBecomeOne). It reports false
// when even those numbers are, which takes thousands of made-up categories, or for a
// reason that is no code any more.
func (l *labelTable) intern(lbl label) (uint16, bool) {
	if lbl == l.lastLabel {
		return l.lastID, true
	}
	if len(lbl.reason)+len(lbl.category)+len(lbl.level) > maxReasonBytes {
		return 0, false
	}
	at, ok := l.ids[lbl]
	if !ok {
		if len(l.count) >= maxLabels-reservedLabels && lbl.reason != otherReason {
			lbl.reason = otherReason
			return l.intern(lbl)
		}
		if len(l.count) == maxLabels {
			return 0, false
		}
		at = l.add(lbl)
	}
	l.lastLabel, l.lastID = *l.label(at), at
	return at, true
}

// add publishes a new label and returns its number.
func (l *labelTable) add(lbl label) uint16 {
	lbl = label{ // clones, so as not to keep alive the whole reply that they were cut from
		rule: models.Rule(strings.Clone(string(lbl.rule))), kind: models.IndicatorKind(strings.Clone(string(lbl.kind))),
		level: models.Level(strings.Clone(string(lbl.level))), category: models.Category(strings.Clone(string(lbl.category))),
		reason: strings.Clone(lbl.reason),
	}
	at := uint16(len(l.count)) //nolint:gosec // below maxLabels
	list := append(*l.list.Load(), lbl)
	l.list.Store(&list)
	l.ids[lbl] = at
	l.count = append(l.count, 0)
	return at
}

// bytes estimates the memory of the labels, without their strings.
func (l *labelTable) bytes() int64 {
	const labelSize = 5*16 + 5*16 + 2 + 8 // in the list and in the map
	return int64(len(l.count)) * labelSize
}
