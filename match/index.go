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
	known   signatures
	ranges  ranges
	words   words
	scripts scripts
	brands  brands

	mu      sync.Mutex // held by Apply, ReadSnapshot and Stats, never on the way of a read
	refused int
}

// New returns an empty index.
func New() *Index {
	x := new(Index)
	x.known.init()
	x.words.init()
	x.scripts.init()
	x.brands.init()
	x.brands.protects = func(domain string, at int64) bool { return x.holds(exactDomain, domain, at) }
	return x
}

// Apply makes changes take effect, each at once: a reader may see the first
// before the last. A change whose revision the index has reached or passed is ignored, so
// changes may be repeated and come in any order. To unknown takes the signature out of
// every answer; to cleared or imitated makes it hit with that level.
//
// A change is refused, and counted in Stats, if there is no room for it: when the
// values and ids have reached 4 GB (268 million phone numbers, some 60 million links), if its
// value is longer than half a megabyte or its reason than 4 KB, if its rule or kind is not in models, or
// its revision not between 0 and 2^45. What the index held of the signature before then still holds.
func (x *Index) Apply(changes []models.Change) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var b batch
	for i := range changes {
		x.apply(&b, &changes[i])
	}
	x.finish(&b)
}

// apply makes a change one of a batch.
func (x *Index) apply(b *batch, c *models.Change) {
	sort, known := sortOf(c.Rule, c.Kind)
	number, ok := x.known.labels.number(label{c.Rule, c.Kind, c.To, c.Category, c.Reason})
	if !known || !ok {
		x.refused++
		return
	}
	d := b.next()
	x.known.aim(&d.target, sort, c.Value)
	d.label, d.rev, d.ends, d.id = number, c.Rev, 0, c.Signature
	if !c.Ends.IsZero() {
		d.ends = c.Ends.UnixMilli()
	}
	x.add(b)
}

// batch is drafts that are put together: what the table needs for all of them
// is fetched at once.
type batch struct {
	drafts  [16]draft
	n       int
	fetched uint64
	news    []key
}

// next returns the draft to fill; add then makes it one of the batch.
func (b *batch) next() *draft { return &b.drafts[b.n] }

func (x *Index) add(b *batch) {
	if b.n++; b.n == len(b.drafts) {
		x.put(b)
	}
}

// put keeps the drafts of a batch, and notes those that have yet to be listed.
func (x *Index) put(b *batch) {
	for i := range b.drafts[:b.n] {
		b.fetched ^= x.known.approach(&b.drafts[i].target)
	}
	for i := range b.drafts[:b.n] {
		d := &b.drafts[i]
		list, ok := x.known.put(d, x.listed(d))
		if !ok {
			x.refused++
		}
		if list {
			b.news = append(b.news, key{d.sort.rule(), x.known.labels.of(d.label).kind, strings.Clone(d.value())})
		}
	}
	b.n = 0
}

// listed reports whether a signature is found by going through lists rather
// than by asking for its value: a range, words, and a protected domain, whose look-alikes are found.
func (x *Index) listed(d *draft) bool {
	return d.sort.listed() || d.sort == exactDomain && x.known.labels.of(d.label).level == models.Imitated
}

// finish puts what is left of a batch, and lists what has to be listed of all that went through it.
func (x *Index) finish(b *batch) {
	x.put(b)
	var ranges []string
	for _, k := range b.news {
		switch k.rule {
		case models.Range:
			ranges = append(ranges, k.value)
		case models.Phrase, models.PhraseSet, models.Pattern:
			x.words.add(k.rule, k.value)
		case models.Script:
			x.scripts.add(k.value)
		case models.Exact:
			x.brands.add(k.value)
		case models.Expression:
		}
	}
	if len(ranges) > 0 {
		x.ranges.add(ranges)
	}
}

// Match returns every hit of a question: those of its findings in their order, each
// narrowest first, with the finding's place; then the words in its text, in
// the order in which they appear, each once, with their span in bytes of the original text; then
// the scripts that the whole text is like.
// Signatures that have ended by now do not hit.
func (x *Index) Match(q models.Question, now time.Time) []models.Hit {
	at := now.UnixMilli()
	var hits []models.Hit
	for _, f := range q.Findings {
		from := len(hits)
		hits = x.led(x.touching(hits, f.Indicator, at), from, f.Indicator, at)
		for i := from; i < len(hits); i++ {
			hits[i].Where, hits[i].Span = f.Where, f.Span
			if f.Guess {
				hits[i].How = models.Guessed
			}
		}
	}
	if q.Text == "" {
		return hits
	}
	readings := canon.Readings(q.Text)
	return x.scripted(x.worded(hits, readings, at), readings[0].Text, len(q.Text), at)
}

// worded appends the hits of words in a message: what is found in several
// readings of it counts as found in the plainest.
func (x *Index) worded(hits []models.Hit, readings []canon.Reading, at int64) []models.Hit {
	if x.words.empty() {
		return hits
	}
	var seen []place
	for i := range readings {
		reading := &readings[i]
		before := len(seen)
		seen = x.words.in(reading.Text, seen)
		for _, p := range seen[before:] {
			if isAmong(seen[:before], p) {
				continue
			}
			n := len(hits)
			hits = x.named(hits, key{p.rule, models.Text, p.value}, reading.How, at)
			if len(hits) > n {
				span := reading.Span(p.start, p.end)
				hits[n].Where, hits[n].Span = inMessage, &span
			}
		}
	}
	return hits
}

// inMessage is where words are found.
const inMessage = "message"

// isAmong reports whether the signature of p was found before.
func isAmong(places []place, p place) bool {
	return slices.ContainsFunc(places, func(other place) bool { return other.rule == p.rule && other.value == p.value })
}

// scripted appends the hits of the scripts that a normalised message is like; its length is that of the original.
func (x *Index) scripted(hits []models.Hit, normal string, length int, at int64) []models.Hit {
	if x.scripts.empty() {
		return hits
	}
	holds := func(value string) bool { return x.holds(ruleScript|kindText, value, at) }
	for _, a := range x.scripts.like(canon.Script(normal), nil, holds) {
		n := len(hits)
		hits = x.named(hits, key{models.Script, models.Text, a.value}, a.how, at)
		if len(hits) > n {
			hits[n].Where, hits[n].Span = inMessage, &models.Span{End: length}
			hits[n].Weight = rounded(a.weight)
		}
	}
	return hits
}

// rounded returns a weight as it is told: more places would only look exact.
func rounded(weight float64) float64 { return math.Round(weight*100) / 100 }

// Stats is what an index holds.
type Stats struct {
	Signatures int                  // of a level other than unknown, ended ones included
	ByLevel    map[models.Level]int // the same by level; those without a signature are left out
	Refused    int                  // changes for which there was no room, see Apply
	Bytes      int64                // of memory
}

// Stats returns what the index holds now. It waits for an Apply that is under way.
func (x *Index) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := Stats{ByLevel: map[models.Level]int{}, Refused: x.refused}
	for number, n := range x.known.labels.count {
		level := x.known.labels.of(uint16(number)).level
		if level == models.Unknown || n == 0 {
			continue
		}
		s.Signatures += n
		s.ByLevel[level] += n
	}
	s.Bytes = x.known.bytes() + x.ranges.bytes() + x.words.bytes() + x.scripts.bytes() + x.brands.bytes()
	return s
}
