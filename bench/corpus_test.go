package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"example.org/tocsin/corpus"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// noon is the time of every look-up.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// queryCount is how many values a benchmark looks up in turn: enough that neither the
// branch predictor nor the cache has learnt them.
const queryCount = 1 << 14

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// indexSize is how many signatures the index has.
func indexSize(tb testing.TB) int {
	tb.Helper()
	text := os.Getenv("TOCSIN_BENCH_SIGNATURES")
	if text == "" {
		return 1_000_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < queryCount {
		tb.Fatalf("TOCSIN_BENCH_SIGNATURES is not a number from %d on", queryCount)
	}
	return n
}

// phoneAt is the n-th of many scattered numbers that nobody has.
func phoneAt(n int) string { return fmt.Sprintf("+999%010d", uint64(n)*2654435761%10_000_000_000) }

// linkAt is the n-th of many made-up links, canonical.
func linkAt(n int) string {
	words := [...]string{"login", "secure", "account", "verify", "update", "bank", "post", "parcel", "track", "cdn", "www", "m", "app"}
	r := rand.New(rand.NewPCG(7, uint64(n)))
	word := func() string { return words[r.IntN(len(words))] }
	name := strconv.FormatUint(uint64(n)*2654435761%(1<<31), 26) // digits and letters: no two of one series
	link := word() + "." + word() + "-" + name + ".example"
	for range 1 + r.IntN(3) {
		link += "/" + word() + name
	}
	if r.IntN(2) == 0 {
		link += "/?id=" + strconv.FormatUint(r.Uint64(), 10)
	}
	return link
}

// change says that a value is dangerous.
func change(rule models.Rule, kind models.IndicatorKind, value string) models.Change {
	return models.Change{
		Signature: models.SignatureID(rule, kind, value), Rule: rule, Kind: kind, Value: value,
		To: models.Danger, Category: models.CategoryPhishing, Reason: "list", Rev: 1,
	}
}

// newIndex is an index in which the first n values of a kind are dangerous.
func newIndex(n int, kind models.IndicatorKind, value func(int) string) *match.Index {
	x := match.New()
	for at := 0; at < n; at += models.MaxEntryChanges {
		batch := make([]models.Change, min(models.MaxEntryChanges, n-at))
		for i := range batch {
			batch[i] = change(models.Exact, kind, value(at+i))
		}
		x.Apply(batch)
	}
	return x
}

// messages returns real short messages.
func messages(tb testing.TB) []string {
	tb.Helper()
	var out []string
	for _, m := range corpus.Messages(tb) {
		if len(out) < queryCount && len(m.Text) > 20 && len(m.Text) < 400 {
			out = append(out, m.Text)
		}
	}
	return out
}
