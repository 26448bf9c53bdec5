package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.org/tocsin/models"
)

// lookup returns the record of a value, or nil.
func (s *signatures) lookup(rk ruleKind, value string) record {
	var t target
	s.fillTarget(&t, rk, value)
	r, _ := s.find(t.hash, t.digits, t.ruleKind, t.head, t.tail)
	return r
}

// has reports whether there is a record of that key.
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

// A reader follows close behind the writer and looks up the number that is being put,
// too: whatever was put before must be there, also while the table grows.
func TestReaderCloseBehindTheWriterMissesNothing(t *testing.T) {
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

// With a hash that is the same for all, only the values tell signatures apart.
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
