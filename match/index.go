package match

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/match/brands"
	"example.org/tocsin/match/scripts"
	"example.org/tocsin/match/words"
	"example.org/tocsin/models"
)

// Index is a set of signatures, in memory. Any number of goroutines may read
// it while one or more apply changes.
type Index struct {
	signatures signatures
	ranges     intervalTree
	words      *words.Index
	scripts    *scripts.Index
	brands     *brands.Index

	mu      sync.Mutex // held by Apply, ReadSnapshot and Stats, never by a reader
	refused int        // changes
}

// New returns an empty index.
func New() *Index {
	x := new(Index)
	x.signatures.init()
	x.words = words.New()
	x.scripts = scripts.New()
	x.brands = brands.New(func(domain string, at int64) bool { return x.isActive(exactDomain, domain, at) })
	return x
}

// Apply makes changes take effect, each at once: a reader may see the first before the
// last. A change whose revision the index has reached or passed is ignored, so changes
// may be repeated and come in any order. A change to unknown takes the signature out of
// every answer; one to cleared or imitated makes it hit with that level.
//
// A change is refused, and counted in Stats, if there is no room for it: when values
// and ids have reached 4 GB (268 million phone numbers, some 60 million links), if its
// value is longer than half a megabyte or its reason than 4 KB, if its rule or kind is
// not in models, or its revision not between 0 and 2^45. What the index knew of the
// signature before stays in force
// (TestWhatThereIsNoRoomForIsRefusedAndCounted, TestInvalidChangeIsRefused).
func (x *Index) Apply(changes []models.Change) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var b batch
	for i := range changes {
		x.apply(&b, &changes[i])
	}
	x.finish(&b)
}

// apply adds a change to a batch.
func (x *Index) apply(b *batch, c *models.Change) {
	rk, known := ruleKindOf(c.Rule, c.Kind)
	number, ok := x.signatures.labels.intern(label{c.Rule, c.Kind, c.To, c.Category, c.Reason})
	if !known || !ok {
		x.refused++
		return
	}
	d := b.next()
	x.signatures.fillTarget(&d.target, rk, c.Value)
	d.label, d.rev, d.ends, d.id = number, c.Rev, 0, c.Signature
	if !c.Ends.IsZero() {
		d.ends = c.Ends.UnixMilli()
	}
	x.add(b)
}

// batch is drafts that are put together: what the table needs for all of them is
// fetched at once, so that their waits for memory overlap.
type batch struct {
	drafts     [16]draft
	n          int
	prefetched uint64 // of what was fetched, so that the compiler keeps the loads
	unlisted   []key  // signatures that have to be added to a list of candidates
}

// next returns the draft to fill; add then makes it one of the batch.
func (b *batch) next() *draft { return &b.drafts[b.n] }

// add makes the draft that next returned one of the batch, and puts a full batch.
func (x *Index) add(b *batch) {
	if b.n++; b.n == len(b.drafts) {
		x.flush(b)
	}
}

// flush puts the drafts of a batch, and notes those that have yet to be listed. A
// draft refers to memory of the caller, so the value of a listed one is cloned.
func (x *Index) flush(b *batch) {
	for i := range b.drafts[:b.n] {
		b.prefetched ^= x.signatures.prefetch(&b.drafts[i].target)
	}
	for i := range b.drafts[:b.n] {
		d := &b.drafts[i]
		list, ok := x.signatures.put(d, x.needsListing(d))
		if !ok {
			x.refused++
		}
		if list {
			b.unlisted = append(b.unlisted, key{d.ruleKind.rule(), x.signatures.labels.label(d.label).kind, strings.Clone(d.value())})
		}
	}
	b.n = 0
}

// needsListing reports whether a signature is found by going through candidates rather
// than by looking up its value: a range, words, and a protected domain, whose
// look-alikes are found.
func (x *Index) needsListing(d *draft) bool {
	return d.ruleKind.needsListing() || d.ruleKind == exactDomain && x.signatures.labels.label(d.label).level == models.Imitated
}

// finish puts what is left of a batch, and lists what has to be listed of all that went
// through it. Ranges are added together, since each addition copies them all.
func (x *Index) finish(b *batch) {
	x.flush(b)
	var ranges []string
	for _, k := range b.unlisted {
		switch k.rule {
		case models.Range:
			ranges = append(ranges, k.value)
		case models.Phrase, models.PhraseSet, models.Pattern:
			x.words.Add(k.rule, k.value)
		case models.Script:
			x.scripts.Add(k.value)
		case models.Exact:
			x.brands.Add(k.value)
		case models.Expression:
		}
	}
	if len(ranges) > 0 {
		x.ranges.add(ranges)
	}
}

// Match returns every hit of a query: those of its findings in their order, each
// narrowest first, with the finding's place; then the words in its text, in the order in
// which they appear, each once, with their span in bytes of the original text; then the
// scripts that the whole text is like. Signatures that have ended by now do not hit.
func (x *Index) Match(q models.MatchQuery, now time.Time) []models.Hit {
	at := now.UnixMilli()
	var hits []models.Hit
	for _, f := range q.Findings {
		from := len(hits)
		hits = x.appendLeads(x.appendHits(hits, f.Indicator, at), from, f.Indicator, at)
		for i := from; i < len(hits); i++ {
			hits[i].Where, hits[i].Span = f.Where, f.Span
			if f.Guess {
				hits[i].MatchType = models.MatchGuess
			}
		}
	}
	if q.Text == "" {
		return hits
	}
	readings := text.Readings(q.Text)
	return x.appendScriptHits(x.appendTextHits(hits, readings, at), readings[0].Text, len(q.Text), at)
}

// appendTextHits appends the hits of words in a message: what is found in several
// readings of it counts as found in the plainest.
func (x *Index) appendTextHits(hits []models.Hit, readings []text.Reading, at int64) []models.Hit {
	if x.words.Empty() {
		return hits
	}
	var seen []words.Match
	for i := range readings {
		reading := &readings[i]
		before := len(seen)
		seen = x.words.AppendMatches(seen, reading.Text)
		for _, p := range seen[before:] {
			if containsSignature(seen[:before], p) {
				continue
			}
			n := len(hits)
			hits = x.appendHitOf(hits, key{p.Rule, models.Text, p.Value}, reading.How, at)
			if len(hits) > n {
				span := reading.Span(p.Start, p.End)
				hits[n].Where, hits[n].Span = whereMessage, &span
			}
		}
	}
	return hits
}

// whereMessage is where words are found (models.Hit.Where).
const whereMessage = "message"

// containsSignature reports whether the signature of p is among matches.
func containsSignature(matches []words.Match, p words.Match) bool {
	return slices.ContainsFunc(matches, func(other words.Match) bool { return other.Rule == p.Rule && other.Value == p.Value })
}

// appendScriptHits appends the hits of the scripts that a normalised message is like.
// The span is the whole message; its length is that of the original.
func (x *Index) appendScriptHits(hits []models.Hit, normal string, length int, at int64) []models.Hit {
	if x.scripts.Empty() {
		return hits
	}
	active := func(value string) bool { return x.isActive(ruleScript|kindText, value, at) }
	for _, a := range x.scripts.SimilarTo(normal, active) {
		n := len(hits)
		hits = x.appendHitOf(hits, key{models.Script, models.Text, a.Value}, a.MatchType, at)
		if len(hits) > n {
			hits[n].Where, hits[n].Span = whereMessage, &models.Span{End: length}
			hits[n].Similarity = roundWeight(a.Similarity)
		}
	}
	return hits
}

// roundWeight returns a similarity as it is shown, to two decimal places: more would
// only look exact.
func roundWeight(weight float64) float64 { return math.Round(weight*100) / 100 }

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
	for number, n := range x.signatures.labels.count {
		level := x.signatures.labels.label(uint16(number)).level
		if level == models.Unknown || n == 0 {
			continue
		}
		s.Signatures += n
		s.ByLevel[level] += n
	}
	s.Bytes = x.signatures.bytes() + x.ranges.bytes() + x.words.Bytes() + x.scripts.Bytes() + x.brands.Bytes()
	return s
}
