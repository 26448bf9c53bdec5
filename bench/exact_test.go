package bench

import (
	"runtime"
	"sync"
	"testing"

	"github.com/dolthub/swiss"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// payload is the least that another table would have to keep of a signature.
type payload struct {
	level, category, reason uint8
	rev                     uint32
}

// fixtures is one set of numbers in the index and in the tables beside it.
type fixtures struct {
	index *match.Index
	table map[string]payload
	swiss *swiss.Map[string, payload]
	bytes [3]float64 // for each entry, in the same order; the numbers themselves included
}

func newFixtures(n int) fixtures {
	var f fixtures
	f.bytes[0] = heapGrowth(n, func() {
		f.index = newIndex(n, models.Phone, phoneAt)
	})
	f.bytes[0] = float64(f.index.Stats().Bytes) / float64(n) // most of it is no memory of Go's heap
	f.bytes[1] = heapGrowth(n, func() {
		f.table = map[string]payload{}
		for i := range n {
			f.table[phoneAt(i)] = payload{level: 3, category: 1, reason: 1, rev: 1}
		}
	})
	f.bytes[2] = heapGrowth(n, func() {
		f.swiss = swiss.NewMap[string, payload](uint32(n))
		for i := range n {
			f.swiss.Put(phoneAt(i), payload{level: 3, category: 1, reason: 1, rev: 1})
		}
	})
	return f
}

// heapGrowth returns by how many bytes for each of n the heap has grown.
func heapGrowth(n int, work func()) float64 {
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

// fixturesOnce builds the fixtures for all benchmarks that read them. fixtureSize is set
// before the first call: a size that is no number fails the benchmark, not the program.
var fixturesOnce = sync.OnceValue(func() fixtures { return newFixtures(fixtureSize) })

var fixtureSize int

func loadFixtures(tb testing.TB) (fixtures, int) {
	tb.Helper()
	fixtureSize = indexSize(tb)
	return fixturesOnce(), fixtureSize
}

// BenchmarkExact looks up one number among many. Peers: Go's map and a Swiss table with a
// string key, which answer no more than "there or not".
func BenchmarkExact(b *testing.B) {
	f, n := loadFixtures(b)
	for _, part := range []struct {
		name string
		from int
		hit  bool
	}{{"hit", 0, true}, {"miss", 2 * n, false}} {
		r := random()
		queries := make([]models.Indicator, queryCount*16)
		for i := range queries {
			queries[i] = models.Indicator{Kind: models.Phone, Value: phoneAt(part.from + r.IntN(n))}
		}
		run := func(of string, bytes float64, find func(models.Indicator) bool) {
			b.Run(part.name+"/of="+of, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if find(queries[i&(len(queries)-1)]) != part.hit {
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
