package match

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// Index is a set of signatures, in memory. Any number of goroutines may read
// it while one or more apply changes.
type Index struct {
	table  table
	ranges ranges
	words  words

	mu     sync.Mutex // held by Apply and Stats, never on the way of a read
	labels map[label]*label
	levels map[models.Level]int
}

// New returns an empty index.
func New() *Index {
	x := &Index{labels: map[label]*label{}, levels: map[models.Level]int{}}
	x.table.init()
	x.words.init()
	return x
}

// Apply makes changes take effect, each at once: a reader may see the first
// before the last. A change whose revision the index has reached or passed is ignored, so
// changes may be repeated and come in any order. To unknown takes the signature out of
// every answer; to cleared or imitated makes it hit with that level.
func (x *Index) Apply(changes []models.Change) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var numbers []string
	for _, c := range changes {
		e := x.apply(c)
		if e == nil {
			continue
		}
		switch c.Rule {
		case models.Range:
			numbers = append(numbers, e.value())
		case models.Phrase, models.PhraseSet, models.Pattern:
			x.words.add(c.Rule, e.value())
		case models.Exact, models.Expression, models.Script:
		}
	}
	if len(numbers) > 0 {
		x.ranges.add(numbers)
	}
}

// apply puts one change into the table. It returns the entry if it has yet to be listed.
func (x *Index) apply(c models.Change) *entry {
	k := key{c.Rule, c.Kind, c.Value}
	old := x.table.get(k)
	if old != nil && c.Rev <= old.rev || len(c.Signature) > math.MaxUint16 {
		return nil
	}
	e := &entry{
		label: x.label(label{c.Rule, c.Kind, c.To, c.Category, c.Reason}),
		rev:   c.Rev,
		cut:   uint16(len(c.Signature)), //nolint:gosec // checked above
	}
	if !c.Ends.IsZero() {
		e.ends = c.Ends.UnixMilli()
	}
	unlisted := c.Rule == models.Range || c.Rule.Worded() && c.Rule != models.Script
	if old != nil {
		e.text, unlisted = old.text, unlisted && !old.listed
		x.levels[old.label.level]--
	}
	if old == nil || old.id() != c.Signature {
		e.text = c.Signature + c.Value
	}
	fresh := unlisted && c.To != models.Unknown
	e.listed = fresh || old != nil && old.listed
	x.levels[c.To]++
	x.table.put(k, e)
	if !fresh {
		return nil
	}
	return e
}

func (x *Index) label(l label) *label {
	if known, ok := x.labels[l]; ok {
		return known
	}
	l.reason = strings.Clone(l.reason) // not the whole reply that it was cut from
	x.labels[l] = &l
	return &l
}

// Match returns every hit of a question: those of its findings in their order, each
// narrowest first, with the finding's place; then the phrases in its text, in
// the order in which they appear, each once, with their span in bytes of the original text.
// Signatures that have ended by now do not hit.
func (x *Index) Match(q models.Question, now time.Time) []models.Hit {
	at := now.UnixMilli()
	var hits []models.Hit
	for _, f := range q.Findings {
		from := len(hits)
		hits = x.touching(hits, f.Indicator, at)
		for i := from; i < len(hits); i++ {
			hits[i].Where, hits[i].Span = f.Where, f.Span
			if f.Guess {
				hits[i].How = models.Guessed
			}
		}
	}
	return x.worded(hits, q.Text, at)
}

// worded appends the hits of words in a message: what is found in several
// readings of it counts as found in the plainest.
func (x *Index) worded(hits []models.Hit, text string, at int64) []models.Hit {
	if text == "" || x.words.empty() {
		return hits
	}
	var seen []place
	readings := canon.Read(text)
	for i := range readings {
		reading := &readings[i]
		before := len(seen)
		seen = x.words.in(reading.Text, seen)
		for _, p := range seen[before:] {
			if isAmong(seen[:before], p) {
				continue
			}
			n := len(hits)
			hits = x.named(hits, key{p.rule, models.Text, p.value}, at)
			if len(hits) > n {
				span := reading.Span(p.start, p.end)
				hits[n].Where, hits[n].Span, hits[n].How = "message", &span, reading.How
			}
		}
	}
	return hits
}

// isAmong reports whether the signature of p was found before.
func isAmong(places []place, p place) bool {
	return slices.ContainsFunc(places, func(other place) bool { return other.rule == p.rule && other.value == p.value })
}

// Stats is what an index holds.
type Stats struct {
	Signatures int                  // of a level other than unknown, ended ones included
	ByLevel    map[models.Level]int // the same by level; those without a signature are left out
	Bytes      int64                // of memory, estimated
}

// Stats returns what the index holds now. It waits for an Apply that is under way.
func (x *Index) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := Stats{ByLevel: map[models.Level]int{}}
	for level, n := range x.levels {
		if level == models.Unknown || n == 0 {
			continue
		}
		s.Signatures += n
		s.ByLevel[level] = n
	}
	s.Bytes = x.table.bytes() + x.ranges.bytes() + x.words.bytes()
	return s
}
