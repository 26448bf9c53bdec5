package match

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"example.org/tocsin/models"
)

func TestTableFindsAllThatWasPutThroughEveryGrowth(t *testing.T) {
	const n = 20_000
	x := New()
	value := func(i int) string { return fmt.Sprintf("+1%010d", i) }
	for i := range n {
		x.Apply([]models.Change{danger(models.Exact, models.Phone, value(i))})
	}
	for i := range n {
		if e := x.table.get(key{models.Exact, models.Phone, value(i)}); e == nil || e.value() != value(i) {
			t.Fatalf("%s is lost", value(i))
		}
		if e := x.table.get(key{models.Exact, models.Phone, value(n + i)}); e != nil {
			t.Fatalf("%s was never put", value(n+i))
		}
	}
	if x.table.used != n {
		t.Errorf("%d entries, want %d", x.table.used, n)
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
			hits := x.Lookup(models.Indicator{Kind: models.Phone, Value: changes[i].Value}, noon)
			if len(hits) == 0 && i < at {
				t.Fatalf("number %d is missing after %d were put", i, at)
			}
		}
	}
	wg.Wait()
}

func TestEqualHashesAreToldApartByTheValue(t *testing.T) {
	s := newSlots(8)
	const hash = 1<<32 - 1 // the last slot, so that the second wraps around
	for _, value := range []string{"a", "b", "c"} {
		k := key{models.Exact, models.Wallet, value}
		at, old := s.find(hash, k)
		if old != nil {
			t.Fatalf("%s is there before it was put", value)
		}
		s.entries[at].Store(&entry{label: &label{rule: k.rule, kind: k.kind}, text: value})
		s.hashes[at].Store(hash)
	}
	for _, grown := range []*slots{s, s.grown()} {
		for _, value := range []string{"a", "b", "c"} {
			if _, e := grown.find(hash, key{models.Exact, models.Wallet, value}); e == nil || e.value() != value {
				t.Errorf("%s is not found", value)
			}
		}
		if _, e := grown.find(hash, key{models.Exact, models.Account, "a"}); e != nil {
			t.Error("a wallet is found as an account")
		}
	}
}
