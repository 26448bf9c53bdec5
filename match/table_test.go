package match

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.org/tocsin/models"
)

// get returns the record of a value, or nil.
func (s *signatures) lookup(rk ruleKind, value string) record {
	var t target
	s.fillTarget(&t, rk, value)
	r, _ := s.find(t.hash, t.digits, t.ruleKind, t.head, t.tail)
	return r
}

// keeps reports whether there is a record of that key.
func (x *Index) has(rule models.Rule, kind models.IndicatorKind, value string) bool {
	s, _ := ruleKindOf(rule, kind)
	return x.signatures.lookup(s, value) != nil
}

func TestTableFindsAllThatWasPutThroughEveryGrowth(t *testing.T) {
	const n = 100_000
	x := New()
	value := func(i int) string { return fmt.Sprintf("+1%010d", i) }
	for i := range n {
		x.Apply([]models.Change{danger(models.Exact, models.Phone, value(i))})
	}
	for i := range n {
		if !x.has(models.Exact, models.Phone, value(i)) {
			t.Fatalf("%s is lost", value(i))
		}
		if x.has(models.Exact, models.Phone, value(n+i)) {
			t.Fatalf("%s was never put", value(n+i))
		}
	}
	used := 0
	for _, n := range x.signatures.table.used {
		used += n
	}
	if used != n {
		t.Errorf("%d entries, want %d", used, n)
	}
}

func TestEntryTakesFourteenBytesAtMost(t *testing.T) {
	x := New()
	put := 0
	for _, n := range []int{20_000, 35_000, 60_000, 100_000} {
		for ; put < n; put++ {
			x.Apply([]models.Change{phoneChange(put)})
		}
		if got := float64(x.signatures.table.allocatedBytes) / float64(n); got > 14 {
			t.Errorf("%d entries: %.2f bytes each, want 14 at most", n, got)
		}
	}
}

// A reader follows close behind the writer and asks for the number that is
// being put in, too: whatever was put before must be there, also while the table grows.
func TestReaderAtTheWritersHeelsMissesNothing(t *testing.T) {
	const n = 50_000
	changes := make([]models.Change, n)
	for i := range changes {
		changes[i] = danger(models.Exact, models.Phone, fmt.Sprintf("+1%010d", i))
	}
	x := New()
	var put atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range changes {
			x.Apply(changes[i : i+1])
			put.Store(int64(i + 1))
		}
	})
	for at := int64(0); at < n; {
		at = put.Load()
		for _, i := range []int64{at, at - 1, at / 2} {
			if i < 0 || i >= n {
				continue
			}
			hits := x.appendHits(nil, models.Indicator{Kind: models.Phone, Value: changes[i].Value}, noon.UnixMilli())
			if len(hits) == 0 && i < at {
				t.Fatalf("number %d is missing after %d were put", i, at)
			}
		}
	}
	wg.Wait()
}

// With a hash that is the same for all, everything hangs on the values.
func TestEqualHashesAreToldApartByTheValue(t *testing.T) {
	x := New()
	x.signatures.seedB = 0 // a factor
	var changes []models.Change
	for n := range 200 {
		changes = append(changes,
			danger(models.Exact, models.Phone, fmt.Sprintf("+1202555%04d", n)),
			danger(models.Exact, models.Wallet, fmt.Sprintf("eth:0x%04d", n)),
			danger(models.Exact, models.Account, fmt.Sprintf("eth:0x%04d", n)),
		)
	}
	for n, c := range changes {
		if x.has(c.Rule, c.Kind, c.Value) {
			t.Fatalf("%s %s is there before it was put", c.Kind, c.Value)
		}
		x.Apply(changes[n : n+1])
	}
	var hash uint64
	for _, c := range changes {
		hits := x.appendHits(nil, models.Indicator{Kind: c.Kind, Value: c.Value}, noon.UnixMilli())
		if want := []string{c.Signature}; !slices.Equal(ids(hits), want) {
			t.Fatalf("%s %s: %v, want %v", c.Kind, c.Value, ids(hits), want)
		}
		var at target
		x.signatures.fillTarget(&at, exactPhone, c.Value)
		hash |= at.hash
	}
	if hash != 0 || x.signatures.table.used[0] != len(changes) {
		t.Errorf("hashes differ: %x, %d of %d in the first shard", hash, x.signatures.table.used[0], len(changes))
	}
	if x.has(models.Exact, models.Handle, "eth:0x0001") {
		t.Error("a wallet is found as a handle")
	}
}

// The same changes, and a plain map: every look-up must agree, whatever moved, ended or grew in between.
func TestIndexAgreesWithAMap(t *testing.T) {
	kinds := models.IndicatorKinds()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		x, want := New(), map[models.Indicator]models.Change{}
		for n := range 1000 {
			i := models.Indicator{Kind: kinds[r.IntN(len(kinds))], Value: fmt.Sprintf("+1202%06d", r.IntN(200)*1000)}
			c := change(models.Exact, i.Kind, i.Value, models.Levels()[r.IntN(7)], int64(r.IntN(n+1)))
			c.Category = models.Categories()[r.IntN(3)]
			if r.IntN(3) == 0 {
				c.Ends = noon.Add(time.Duration(r.IntN(3)-1) * time.Hour)
			}
			if r.IntN(2) == 0 {
				c.Signature = models.SignatureID(c.Rule, c.Kind, c.Value)
			}
			x.Apply([]models.Change{c})
			if old, ok := want[i]; !ok || c.Rev > old.Rev {
				want[i] = c
			}
		}
		for i, c := range want {
			var hits []models.Hit
			if c.To != models.Unknown && (c.Ends.IsZero() || c.Ends.After(noon)) {
				hits = []models.Hit{{
					Signature: c.Signature, Rule: c.Rule, Kind: c.Kind, Level: c.To,
					Category: c.Category, Reason: c.Reason, Rev: c.Rev, MatchType: models.MatchSame,
				}}
			}
			if diff := cmp.Diff(hits, x.appendHits(nil, i, noon.UnixMilli())); diff != "" {
				t.Fatalf("%v: %s", i, diff)
			}
		}
	})
}

// A signature's revision, end and label belong together: readers that follow a
// writer which changes all three, moves records and grows the table never see
// two that do not.
func TestReadersSeeRevisionEndAndLabelOfOneChange(t *testing.T) {
	const numbers, revisions, readers = 300, 40, 2
	value := func(n int) string { return fmt.Sprintf("eth:0x%d", n) }
	x, done := New(), make(chan struct{})
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for n := 0; ; n = (n + 1) % numbers {
				select {
				case <-done:
					return
				default:
				}
				r := x.signatures.lookup(ruleExact|kindWallet, value(n))
				if r == nil {
					continue
				}
				head, ends := r.load()
				rev, l := revOf(head), x.signatures.labels.label(labelOf(head))
				if rev%3 != 0 && ends != rev*1000 || l.reason != fmt.Sprint(rev) {
					t.Errorf("revision %d has end %d and reason %s", rev, ends, l.reason)
					return
				}
			}
		})
	}
	for rev := range int64(revisions) {
		for n := range numbers {
			c := danger(models.Exact, models.Wallet, value(n))
			c.Rev, c.Reason = rev, fmt.Sprint(rev)
			if rev%3 != 0 {
				c.Ends = time.UnixMilli(rev * 1000)
			}
			x.Apply([]models.Change{c, phoneChange(int(rev)*numbers + n)})
		}
	}
	close(done)
	wg.Wait()
	if got := x.Stats().Signatures; got != numbers+numbers*revisions {
		t.Errorf("%d signatures, want %d", got, numbers+numbers*revisions)
	}
}

func TestWhatThereIsNoRoomForIsRefusedAndCounted(t *testing.T) {
	x := New()
	x.signatures.records.limit = 4 // room for three numbers
	var changes []models.Change
	for n := range 5 {
		changes = append(changes, phoneChange(n))
	}
	x.Apply(changes)
	if got := x.Stats(); got.Signatures != 3 || got.Refused != 2 {
		t.Errorf("%d signatures, %d refused, want 3 and 2", got.Signatures, got.Refused)
	}
	first := models.Indicator{Kind: models.Phone, Value: changes[0].Value}
	changes[0].Rev, changes[0].Ends = 2, noon.Add(time.Hour) // needs a longer record
	x.Apply(changes[:1])
	if hits := x.Lookup(first, noon); len(hits) != 1 || hits[0].Rev != 1 || x.Stats().Refused != 3 {
		t.Errorf("a refused change took effect: %v", hits)
	}
	changes[0].Rev, changes[0].To = 3, models.Unknown // has room for certain
	x.Apply(changes[:1])
	if hits := x.appendHits(nil, first, noon.UnixMilli()); len(hits) != 0 {
		t.Errorf("cannot be taken out: %v", hits)
	}
}

func TestWhatNobodyCanAskForIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change models.Change
	}{
		{"a rule of another version", danger("rhyme", models.Phone, "+12025550123")},
		{"a kind of another version", danger(models.Exact, "pigeon", "+12025550123")},
		{"a value of a megabyte", danger(models.Exact, models.Wallet, strings.Repeat("x", 1<<20))},
		{"a negative revision", change(models.Exact, models.Phone, "+12025550123", models.Danger, -1)},
		{"a revision beyond 45 bits", change(models.Exact, models.Phone, "+12025550123", models.Danger, 1<<45)},
	} {
		if got := index(tt.change).Stats(); got.Refused != 1 || got.Signatures != 0 {
			t.Errorf("%s: %d signatures, %d refused, want 0 and 1", tt.name, got.Signatures, got.Refused)
		}
	}
}

func TestReasonsWithoutEndBecomeOne(t *testing.T) {
	x := New()
	c := phoneChange(0)
	for n := range maxLabels + 10 {
		c.Rev, c.Reason = int64(n+1), fmt.Sprint(n)
		x.Apply([]models.Change{c})
	}
	hits := x.Lookup(models.Indicator{Kind: models.Phone, Value: c.Value}, noon)
	if len(hits) != 1 || hits[0].Reason != otherReason || hits[0].Rev != maxLabels+10 {
		t.Errorf("got %v, want the reason %q", hits, otherReason)
	}
	c.Rev, c.To = c.Rev+1, models.Cleared
	x.Apply([]models.Change{c})
	if hits = x.Lookup(models.Indicator{Kind: models.Phone, Value: c.Value}, noon); hits[0].Level != models.Cleared {
		t.Errorf("level %s, want %s", hits[0].Level, models.Cleared)
	}
}

func TestNumbersArePackedOneToOne(t *testing.T) {
	for _, number := range []string{"+1", "+12", "+1234567", "+12345678", "+123456789", "+999999999999999", "+100000000000000"} {
		packed := packPhone(number)
		if got := string(appendPhone(nil, packed)); got != number {
			t.Errorf("%s comes back as %s", number, got)
		}
	}
	for _, other := range []string{"", "+", "1", "CN:95588", "+1234567890123456", "+1234567x", "+x2345678", "+1234567890:", "+12345678/", "+12a", "-12345678901"} {
		if got := packPhone(other); got != 0 {
			t.Errorf("%q is packed: %x", other, got)
		}
	}
}

func FuzzNumbersArePackedOneToOne(f *testing.F) {
	for _, s := range []string{"+12025550123", "+1", "CN:95588", "+999999999999999", "+1202555012a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain := len(s) >= 2 && len(s) <= 16 && s[0] == '+' && strings.Trim(s[1:], "0123456789") == ""
		packed := packPhone(s)
		if plain != (packed != 0) || plain && string(appendPhone(nil, packed)) != s {
			t.Errorf("%q: packed %x, back %q", s, packed, appendPhone(nil, packed))
		}
	})
}

func TestUsualIDIsThatOfModels(t *testing.T) {
	for _, value := range []string{"", "+12025550123", "evil.example/in/", strings.Repeat("long", 100)} {
		for _, rule := range models.Rules() {
			for _, kind := range append(models.IndicatorKinds(), models.Text) {
				head, tail := value[:len(value)/2], value[len(value)/2:]
				if got, want := derivedID(rule, kind, head, tail), models.SignatureID(rule, kind, value); got != want {
					t.Errorf("%s %s %q: %s, want %s", rule, kind, value, got, want)
				}
				if !isDerivedID(models.SignatureID(rule, kind, value)) || isDerivedID(models.Recogniser(rule, kind, value)) {
					t.Errorf("%s %s %q: its id is not told from another", rule, kind, value)
				}
			}
		}
	}
}

func TestMemoryGoesBackToTheSystem(t *testing.T) {
	m := new(memory)
	func() {
		owner := new(shard)
		owner.words = alloc(m, owner, 4*hugePage/wordSize+7)
		for n := range owner.words {
			if owner.words[n] != 0 {
				t.Fatalf("word %d is not zero", n)
			}
			owner.words[n] = uint64(n)
		}
		if m.mapped.Load() == 0 {
			t.Skip("all memory comes from the Go heap here")
		}
		runtime.KeepAlive(owner)
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 5000 {
		if runtime.GC(); m.mapped.Load() == 0 {
			return
		}
		<-tick.C
	}
	t.Errorf("%d bytes are still taken", m.mapped.Load())
}

// Tables that grow leave their old shards behind; so much must not wait that it counts.
func TestGrowthDoesNotPileUpMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("two million entries")
	}
	m, s := new(memory), new(table)
	s.init(m)
	r := rand.New(rand.NewPCG(1, 2))
	most := int64(0)
	for range 2_000_000 {
		s.add(r.Uint64(), 1)
		most = max(most, m.mapped.Load())
	}
	if m.mapped.Load() > 0 && most > 4*s.allocatedBytes+maxRetired {
		t.Errorf("%d bytes at most for a table of %d", most, s.allocatedBytes)
	}
}
