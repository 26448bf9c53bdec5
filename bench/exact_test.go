package bench

import (
	"runtime"
	"sync"
	"testing"

	"github.com/dolthub/swiss"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// what is the least that another table would have to keep of a signature.
type what struct {
	level, category, reason uint8
	rev                     uint32
}

// filled is one set of numbers in the index and in the tables beside it.
type filled struct {
	index *match.Index
	table map[string]what
	swiss *swiss.Map[string, what]
	bytes [3]float64 // an entry, in the same order; the numbers themselves included
}

func fill(n int) filled {
	var f filled
	f.bytes[0] = grown(n, func() {
		f.index = listed(n, models.Phone, number)
	})
	f.bytes[0] = float64(f.index.Stats().Bytes) / float64(n) // most of it is no memory of Go's heap
	f.bytes[1] = grown(n, func() {
		f.table = map[string]what{}
		for i := range n {
			f.table[number(i)] = what{level: 3, category: 1, reason: 1, rev: 1}
		}
	})
	f.bytes[2] = grown(n, func() {
		f.swiss = swiss.NewMap[string, what](uint32(n))
		for i := range n {
			f.swiss.Put(number(i), what{level: 3, category: 1, reason: 1, rev: 1})
		}
	})
	return f
}

// grown returns by how many bytes for each of n the heap has grown.
func grown(n int, work func()) float64 {
	heap := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	before := heap()
	work()
	return (heap() - before) / float64(n)
}

var filledOnce = sync.OnceValue(func() filled { return fill(filledSize) })

var filledSize int

func filledWith(tb testing.TB) (filled, int) {
	tb.Helper()
	filledSize = entries(tb)
	return filledOnce(), filledSize
}

// BenchmarkExact asks for one number among many. Peers: Go's map and a Swiss
// table with a string key, which answer no more than "there or not".
func BenchmarkExact(b *testing.B) {
	f, n := filledWith(b)
	for _, part := range []struct {
		name string
		from int
		hit  bool
	}{{"hit", 0, true}, {"miss", 2 * n, false}} {
		r := random()
		ask := make([]models.Indicator, asked*16)
		for i := range ask {
			ask[i] = models.Indicator{Kind: models.Phone, Value: number(part.from + r.IntN(n))}
		}
		run := func(of string, bytes float64, find func(models.Indicator) bool) {
			b.Run(part.name+"/of="+of, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if find(ask[i&(len(ask)-1)]) != part.hit {
						b.Fatal("wrong answer")
					}
				}
				b.ReportMetric(bytes, "B/entry")
			})
		}
		run("tocsin", f.bytes[0], func(i models.Indicator) bool { return len(f.index.Lookup(i, noon)) > 0 })
		run("map", f.bytes[1], func(i models.Indicator) bool { _, ok := f.table[i.Value]; return ok })
		run("swiss", f.bytes[2], func(i models.Indicator) bool { return f.swiss.Has(i.Value) })
	}
}
