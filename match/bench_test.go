package match

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"example.org/tocsin/models"
)

const million = 1_000_000

// benchSizes are the numbers of signatures for the benchmarks of the table.
// TOCSIN_BENCH_SIGNATURES adds one: 10000000 needs half a gigabyte.
func benchSizes() []int {
	sizes := []int{million}
	if n, err := strconv.Atoi(os.Getenv("TOCSIN_BENCH_SIGNATURES")); err == nil && n != million {
		sizes = append(sizes, n)
	}
	return sizes
}

// phoneAt returns the n-th of many scattered made-up numbers.
func phoneAt(n int) string {
	return fmt.Sprintf("+999%010d", uint64(n)*2654435761%10_000_000_000)
}

// phoneChange returns a change such as the log has, with a derived signature id.
func phoneChange(n int) models.Change {
	v := phoneAt(n)
	return models.Change{
		Signature: models.SignatureID(models.Exact, models.Phone, v), Rule: models.Exact, Kind: models.Phone, Value: v,
		To: models.Danger, Category: models.CategoryPhishing, Reason: "list", Rev: 1,
	}
}

// linkAt returns the n-th of many made-up links.
func linkAt(n int) string {
	return fmt.Sprintf("pay%d.shop%d.example/in/%d", n%7, uint64(n)*2654435761%1_000_000_000, n%97)
}

// buildIndex returns an index of so many signatures.
func buildIndex(size int, change func(n int) models.Change) *Index {
	x := New()
	batch := make([]models.Change, models.MaxEntryChanges)
	for n := 0; n < size; n += len(batch) {
		for i := range batch {
			batch[i] = change(n + i)
		}
		x.Apply(batch)
	}
	return x
}

var indexCache = map[int]*Index{} // by size: each is built once for all benchmarks that read it
func phoneIndex(size int) *Index {
	if indexCache[size] == nil {
		indexCache[size] = buildIndex(size, phoneChange)
	}
	return indexCache[size]
}

// queries returns a million values in one piece of memory, in the order in which they are
// looked up.
func queries(size, from int, value func(n int) string) []string {
	r := rand.New(rand.NewPCG(1, 2))
	var all strings.Builder
	var ends []int
	for range 1 << 20 {
		all.WriteString(value(from + r.IntN(size)))
		ends = append(ends, all.Len())
	}
	out, at := make([]string, len(ends)), 0
	for n, end := range ends {
		out[n], at = all.String()[at:end], end
	}
	return out
}

// cacheProbe is memory as large as a table, to read random cache lines of: the floor that no
// table can go below.
type cacheProbe struct{ lines []tagLine }

func newCacheProbe(size int64) *cacheProbe {
	s := new(cacheProbe)
	region := alloc(new(memory), s, int(size)/wordSize)
	for n := range region {
		region[n] = 1 // so that the memory is there
	}
	s.lines = asLines(region)
	return s
}

func (s *cacheProbe) at(n uint64) uint64 {
	n ^= n >> 32
	n *= 0xD6E8FEB86659FD93
	n ^= n >> 29
	high, _ := bits.Mul64(n*0x9E3779B97F4A7C15, uint64(len(s.lines)))
	return s.lines[high][3]
}

const sliceSize = 1 << 14

// minTime keeps the least time of many slices of work: what the machine does when nobody
// disturbs it.
type minTime float64

func (l *minTime) measure(b *testing.B, work func()) {
	start := b.Elapsed()
	work()
	if t := minTime((b.Elapsed() - start).Nanoseconds()) / sliceSize; *l == 0 || t < *l {
		*l = t
	}
}

// benchAgainstFloor measures slices of look-ups beside slices of random reads. Where
// chained, each waits for the one before, as a single request does; otherwise the processor
// has several under way at once.
func benchAgainstFloor(b *testing.B, size int64, chained bool, look func(n, before int) int) {
	var floor, found minTime
	s, n, x := newCacheProbe(size), 0, 0
	for b.Loop() {
		floor.measure(b, func() {
			sum := uint64(n)
			for i := range uint64(sliceSize) {
				if chained {
					sum += s.at(sum + i)
				} else {
					sum += s.at(uint64(n) + i)
				}
			}
			x += int(sum)
		})
		found.measure(b, func() {
			for range sliceSize {
				if chained {
					n = look(n, n) + 1
				} else {
					look(n, 0)
					n++
				}
			}
		})
	}
	if x == 0 {
		b.Fatal("nothing read")
	}
	b.ReportMetric(float64(found), "ns/op")
	b.ReportMetric(float64(floor), "floor-ns")
	b.ReportMetric(float64(found/floor), "x-floor")
}

// BenchmarkTable finds the verified record of a number, or that there is none, beside what
// the machine needs for one read of a random cache line of as much memory.
func BenchmarkTable(b *testing.B) {
	for _, size := range benchSizes() {
		x := phoneIndex(size)
		s := &x.signatures
		for _, bb := range []struct {
			name string
			from int
		}{{"hit", 0}, {"miss", 2 * size}} {
			q := queries(size, bb.from, phoneAt)
			look := func(n, _ int) int {
				r := s.findPhone(q[n&(len(q)-1)])
				if (r != nil) != (bb.from == 0) {
					b.Fatal("wrong answer")
				}
				return n + len(r)>>40 // 0, but the processor does not know before it has the record
			}
			b.Run(fmt.Sprintf("%d/%s", size, bb.name), func(b *testing.B) { benchAgainstFloor(b, s.table.allocatedBytes, false, look) })
			b.Run(fmt.Sprintf("%d/%s chained", size, bb.name), func(b *testing.B) { benchAgainstFloor(b, s.table.allocatedBytes, true, look) })
		}
		b.Run(fmt.Sprintf("%d/bytes", size), func(b *testing.B) {
			for b.Loop() {
				x.Stats()
			}
			b.ReportMetric(float64(s.table.allocatedBytes)/float64(size), "B/entry")
			b.ReportMetric(float64(s.records.allocatedBytes)/float64(size), "record-B/entry")
			b.ReportMetric(float64(s.leads.bytes())/float64(size), "lead-B/entry")
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	for _, size := range benchSizes() {
		x := phoneIndex(size)
		for _, bb := range []struct {
			name  string
			kind  models.IndicatorKind
			from  int
			value func(int) string
			hits  int
		}{
			{"number hit", models.Phone, 0, phoneAt, 1},
			{"number miss", models.Phone, 2 * size, phoneAt, 0},
			{"link miss", models.URL, 0, linkAt, 0},
		} {
			q := queries(size, bb.from, bb.value)
			b.Run(fmt.Sprintf("%d/%s", size, bb.name), func(b *testing.B) {
				b.ReportAllocs()
				best, n := minTime(0), 0
				for b.Loop() {
					best.measure(b, func() {
						for range sliceSize {
							if len(x.Lookup(models.Indicator{Kind: bb.kind, Value: q[n&(len(q)-1)]}, noon)) != bb.hits {
								b.Fatal("wrong answer")
							}
							n++
						}
					})
				}
				b.ReportMetric(float64(best), "ns/op")
			})
		}
		b.Run(fmt.Sprintf("%d/link of 30 expressions", size), func(b *testing.B) {
			best := minTime(0)
			for b.Loop() {
				best.measure(b, func() {
					for range sliceSize {
						x.Lookup(models.Indicator{Kind: models.URL, Value: "a.b.c.d.parcel.example/track/de/1234/now?ref=sms"}, noon)
					}
				})
			}
			b.ReportMetric(float64(best), "ns/op")
		})
		b.Run(fmt.Sprintf("%d/number miss in parallel", size), func(b *testing.B) {
			q := queries(size, 2*size, phoneAt)
			b.RunParallel(func(pb *testing.PB) {
				for n := rand.Int(); pb.Next(); n++ {
					x.Lookup(models.Indicator{Kind: models.Phone, Value: q[n&(len(q)-1)]}, noon)
				}
			})
		})
	}
}

// BenchmarkGoMap is what the table is measured against: a map from the value alone, without a lock.
func BenchmarkGoMap(b *testing.B) {
	m := map[string]uint32{}
	for n := range million {
		m[phoneAt(n)] = uint32(n)
	}
	for _, bb := range []struct {
		name string
		from int
	}{{"hit", 0}, {"miss", 2 * million}} {
		q := queries(million, bb.from, phoneAt)
		b.Run(bb.name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				if _, ok := m[q[n&(len(q)-1)]]; ok != (bb.from == 0) {
					b.Fatal("wrong answer")
				}
			}
		})
	}
}

func BenchmarkApply(b *testing.B) {
	changes := make([]models.Change, 1<<20)
	for n := range changes {
		changes[n] = phoneChange(n)
	}
	for _, bb := range []struct {
		name string
		x    func() *Index
	}{
		{"new", New},
		{"again", func() *Index { return index(changes...) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			x := bb.x()
			for n := 0; b.Loop(); n++ {
				if n == len(changes)/models.MaxEntryChanges {
					x, n = bb.x(), 0
				}
				x.Apply(changes[n*models.MaxEntryChanges : (n+1)*models.MaxEntryChanges])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/models.MaxEntryChanges, "ns/change")
		})
	}
}

var vocabulary = strings.Fields(`your account has been frozen verify parcel customs fee bank refund prize winner loan offer
	transfer code urgent police security investment profit daily task wallet click login password update expired delivery
	courier tax family number money`)

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
			q := models.MatchQuery{
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
					x.words.AppendMatches(nil, q.Text)
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
