package scripts

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"example.org/tocsin/canon/words"
)

// textGenerator makes sentences of made-up words, frequent and rare ones as a
// language has them.
type textGenerator struct {
	*rand.Rand
	zipf  *rand.Zipf
	words []string
}

func newTextGenerator(seed uint64) textGenerator {
	r := rand.New(rand.NewPCG(seed, 1))
	t := textGenerator{Rand: r, zipf: rand.NewZipf(r, 1.07, 3, 19_999)}
	t.words = append(t.words, strings.Fields(`your account has been frozen verify parcel customs fee bank refund prize winner loan
		offer transfer code urgent police security investment profit daily task wallet click login password update expired
		delivery courier tax family number money`)...)
	for len(t.words) < 20_000 {
		w := ""
		for range 1 + r.IntN(3) {
			w += string("bcdfghjklmnprstvwz"[r.IntN(18)]) + string("aeiouy"[r.IntN(6)]) + []string{"", "", "n", "r", "s", "t"}[r.IntN(6)]
		}
		t.words = append(t.words, w)
	}
	return t
}

// sentence returns about 150 bytes.
func (t textGenerator) sentence() string {
	var b strings.Builder
	for b.Len() < 145 {
		b.WriteString(t.words[t.zipf.Uint64()])
		b.WriteByte(" "[0])
		if t.IntN(12) == 0 {
			fmt.Fprint(&b, t.IntN(1000), " ")
		}
	}
	return b.String()
}

type scriptCorpus struct {
	scripts   *Index
	values    []string
	perScript float64
	estimate  float64
}

func newScriptCorpus(n int) scriptCorpus {
	t := newTextGenerator(1)
	l := scriptCorpus{scripts: newScriptIndex()}
	for range n {
		l.values = append(l.values, words.Script(t.sentence()))
	}
	before := heap()
	for _, v := range l.values {
		l.scripts.Add(v)
	}
	l.perScript = float64(heap()-before) / float64(n)
	l.estimate = float64(l.scripts.Bytes()) / float64(n)
	return l
}

var (
	tenThousandScripts     = sync.OnceValue(func() scriptCorpus { return newScriptCorpus(10_000) })
	hundredThousandScripts = sync.OnceValue(func() scriptCorpus { return newScriptCorpus(100_000) })
)

// BenchmarkLikeScripts searches messages of about 150 bytes, already in the form of a
// script: ordinary ones, the same as a script, and ones with other words.
func BenchmarkLikeScripts(b *testing.B) {
	for _, bb := range []struct {
		name string
		load func() scriptCorpus
	}{{"10000", tenThousandScripts}, {"100000", hundredThousandScripts}} {
		b.Run(bb.name, func(b *testing.B) {
			l := bb.load()
			t := newTextGenerator(2)
			m := mutator{Rand: t.Rand, words: t.words}
			var other, same, edited []string
			for range 1024 {
				other = append(other, words.Script(t.sentence()))
				same = append(same, l.values[t.IntN(len(l.values))])
				edited = append(edited, words.Script(m.message(l.values[t.IntN(len(l.values))], 1)))
			}
			for _, q := range []struct {
				name     string
				messages []string
				found    bool
			}{{"other", other, false}, {"same", same, true}, {"edited", edited, true}} {
				b.Run(q.name, func(b *testing.B) {
					var found []Match
					b.ReportAllocs()
					for n := 0; b.Loop(); n++ {
						found = l.scripts.appendSimilar(found[:0], q.messages[n&1023], nil)
						if q.found && len(found) == 0 && n < 3 {
							b.Fatal("not found")
						}
					}
					b.ReportMetric(l.perScript, "B/script")
					b.ReportMetric(l.estimate, "estimatedB/script")
				})
			}
		})
	}
}

func BenchmarkAddScript(b *testing.B) {
	t := newTextGenerator(1)
	values := make([]string, 1<<16)
	for i := range values {
		values[i] = words.Script(t.sentence())
	}
	s := newScriptIndex()
	for n := 0; b.Loop(); n++ {
		if n&(1<<16-1) == 0 {
			s = newScriptIndex()
		}
		s.Add(values[n&(1<<16-1)])
	}
}

// heap returns the bytes on the Go heap.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
