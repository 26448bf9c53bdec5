package match

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"example.org/tocsin/models"
)

const million = 1_000_000

// numberOf returns the n-th of many scattered made-up numbers.
func numberOf(n int) string {
	return fmt.Sprintf("+999%010d", uint64(n)*2654435761%10_000_000_000)
}

// numbersChange returns a change such as the log has, with a real signature id.
func numbersChange(n int) models.Change {
	v := numberOf(n)
	return models.Change{
		Signature: models.SignatureID(models.Exact, models.Phone, v), Rule: models.Exact, Kind: models.Phone, Value: v,
		To: models.Danger, Category: models.CategoryPhishing, Reason: "list", Rev: 1,
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

type loaded struct {
	index    *Index
	perEntry float64
	estimate float64
}

// millionNumbers is built once for all benchmarks that read it.
var millionNumbers = sync.OnceValue(func() loaded {
	before := heap()
	x := New()
	for n := 0; n < million; n += models.EntryChanges {
		batch := make([]models.Change, models.EntryChanges)
		for i := range batch {
			batch[i] = numbersChange(n + i)
		}
		x.Apply(batch)
	}
	return loaded{x, float64(heap()-before) / million, float64(x.Stats().Bytes) / million}
})

func queries(from int) []models.Indicator {
	out := make([]models.Indicator, 1<<16)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range out {
		out[i] = models.Indicator{Kind: models.Phone, Value: numberOf(from + r.IntN(million))}
	}
	return out
}

func BenchmarkLookupOfAMillion(b *testing.B) {
	l := millionNumbers()
	for _, bb := range []struct {
		name string
		from int
		hits int
	}{{"hit", 0, 1}, {"miss", 2 * million, 0}} {
		b.Run(bb.name, func(b *testing.B) {
			q := queries(bb.from)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if len(l.index.Lookup(q[n&(len(q)-1)], noon)) != bb.hits {
					b.Fatal("wrong answer")
				}
			}
			b.ReportMetric(l.perEntry, "B/entry")
			b.ReportMetric(l.estimate, "estimatedB/entry")
		})
	}
	b.Run("miss in parallel", func(b *testing.B) {
		q := queries(2 * million)
		b.RunParallel(func(pb *testing.PB) {
			for n := rand.Int(); pb.Next(); n++ {
				l.index.Lookup(q[n&(len(q)-1)], noon)
			}
		})
	})
}

// BenchmarkGoMapOfAMillion is what Lookup is measured against: a map from the
// indicator to a pointer to the same entry, without a lock.
func BenchmarkGoMapOfAMillion(b *testing.B) {
	before := heap()
	m := map[models.Indicator]*entry{}
	for n := range million {
		c := numbersChange(n)
		m[models.Indicator{Kind: models.Phone, Value: c.Value}] = &entry{label: &label{}, text: c.Signature, rev: 1}
	}
	perEntry := float64(heap()-before) / million
	for _, bb := range []struct {
		name string
		from int
		want bool
	}{{"hit", 0, true}, {"miss", 2 * million, false}} {
		b.Run(bb.name, func(b *testing.B) {
			q := queries(bb.from)
			for n := 0; b.Loop(); n++ {
				if e := m[q[n&(len(q)-1)]]; (e != nil) != bb.want {
					b.Fatal("wrong answer")
				}
			}
			b.ReportMetric(perEntry, "B/entry")
		})
	}
}

func BenchmarkApply(b *testing.B) {
	changes := make([]models.Change, 1<<18)
	for n := range changes {
		changes[n] = numbersChange(n)
	}
	b.Run("new", func(b *testing.B) {
		x := New()
		for n := 0; b.Loop(); n++ {
			if n == len(changes) {
				x, n = New(), 0
			}
			x.Apply(changes[n : n+1])
		}
	})
	b.Run("repeated", func(b *testing.B) {
		x := index(changes...)
		for n := 0; b.Loop(); n++ {
			at := n & (len(changes) - 1)
			x.Apply(changes[at : at+1])
		}
	})
}

func BenchmarkLookupOfALink(b *testing.B) {
	x := millionNumbers().index
	q := models.Indicator{Kind: models.URL, Value: "www.parcel.shop.example/track/de/1234?ref=sms"}
	b.ReportAllocs()
	for b.Loop() {
		x.Lookup(q, noon)
	}
}

var vocabulary = strings.Fields("your account has been frozen verify parcel customs fee bank refund prize winner loan offer transfer code urgent police security investment profit daily task wallet click login password update expired delivery courier tax family number money")

func sentence(r *rand.Rand, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = vocabulary[r.IntN(len(vocabulary))]
	}
	return strings.Join(out, " ")
}

// BenchmarkMessage reads one text message with one number against many phrases.
func BenchmarkMessage(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("%d phrases", n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(3, 4))
			x := New()
			for x.Stats().Signatures < n {
				x.Apply([]models.Change{danger(models.Phrase, models.Text, sentence(r, 4)+fmt.Sprintf(" x%d", r.IntN(10_000)))})
			}
			q := models.Question{
				Text:     sentence(r, 20) + " call +1 202 555 0123",
				Findings: []models.Finding{{Indicator: models.Indicator{Kind: models.Phone, Value: "+12025550123"}, Where: "message"}},
			}
			b.Run("whole", func(b *testing.B) {
				b.SetBytes(int64(len(q.Text)))
				b.ReportAllocs()
				for b.Loop() {
					x.Match(q, noon)
				}
			})
			b.Run("phrases alone", func(b *testing.B) {
				b.SetBytes(int64(len(q.Text)))
				for b.Loop() {
					x.words.in(q.Text, nil)
				}
			})
		})
	}
}

func BenchmarkAddPhrase(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	x := New()
	for n := 0; b.Loop(); n++ {
		x.Apply([]models.Change{danger(models.Phrase, models.Text, sentence(r, 4)+fmt.Sprintf(" x%d", n))})
	}
}

func BenchmarkNumberInThousandRanges(b *testing.B) {
	var changes []models.Change
	for n := range 1000 {
		changes = append(changes, danger(models.Range, models.Phone, fmt.Sprintf("+999%06d00-+999%06d99", n*7, n*7)))
	}
	x := index(changes...)
	q := models.Indicator{Kind: models.Phone, Value: "+99900350199"}
	b.ReportAllocs()
	for b.Loop() {
		x.Lookup(q, noon)
	}
}
