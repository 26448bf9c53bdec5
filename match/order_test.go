package match

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.org/tocsin/models"
)

func TestLateChangeDoesNotBringBackARemovedSignature(t *testing.T) {
	for _, rule := range []struct {
		rule  models.Rule
		kind  models.IndicatorKind
		value string
	}{
		{models.Exact, models.Phone, "+12025550123"},
		{models.Range, models.Phone, "+12025550100-+12025550199"},
		{models.Phrase, models.Text, "safe account"},
	} {
		q := models.MatchQuery{
			Findings: []models.Finding{{Indicator: models.Indicator{Kind: models.Phone, Value: "+12025550123"}}},
			Text:     "move it to a safe account",
		}
		x := index(change(rule.rule, rule.kind, rule.value, models.Unknown, 2))
		x.Apply([]models.Change{danger(rule.rule, rule.kind, rule.value)})
		if got := x.Match(q, noon); len(got) != 0 {
			t.Errorf("%s: revision 1 after 2 hits: %v", rule.rule, ids(got))
		}
		x.Apply([]models.Change{change(rule.rule, rule.kind, rule.value, models.Watch, 3)})
		if got := x.Match(q, noon); len(got) != 1 || got[0].Level != models.Watch {
			t.Errorf("%s: revision 3 does not hit: %v", rule.rule, ids(got))
		}
	}
}

// The log may be read twice, by two followers at once, and after a load that
// was ahead of it: the index must come out the same.
func TestAnyOrderOfChangesLeavesTheSameIndex(t *testing.T) {
	probes := models.MatchQuery{Text: "pay to the safe account 安全账户 now"}
	for _, i := range []models.Indicator{
		{Kind: models.Phone, Value: "+12025550123"},
		{Kind: models.Phone, Value: "+12025550199"},
		{Kind: models.URL, Value: "pay.evil.example/in/?x=1"},
		{Kind: models.Domain, Value: "evil.example"},
	} {
		probes.Findings = append(probes.Findings, models.Finding{Indicator: i, Where: i.Value})
	}
	signatures := []models.Change{
		danger(models.Exact, models.Phone, "+12025550123"),
		danger(models.Range, models.Phone, "+12025550100-+12025550199"),
		danger(models.Range, models.Phone, "+12025550120-+12025550129"),
		danger(models.Expression, models.URL, "evil.example/in/"),
		danger(models.Exact, models.Domain, "evil.example"),
		danger(models.Phrase, models.Text, "safe account"),
		danger(models.Phrase, models.Text, "安全账户"),
	}
	rapid.Check(t, func(t *rapid.T) {
		var log []models.Change
		for _, s := range signatures {
			for rev := range int64(rapid.IntRange(0, 5).Draw(t, "revisions")) {
				c := s
				c.Rev = rev + 1
				c.To = rapid.SampledFrom(models.Levels()).Draw(t, "level")
				c.Category = rapid.SampledFrom(models.Categories()).Draw(t, "category")
				if rapid.Bool().Draw(t, "ends") {
					c.Ends = noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "hours")) * time.Hour)
				}
				log = append(log, c)
			}
		}
		inOrder := index(log...)
		shuffled := rapid.Permutation(append(log, log...)).Draw(t, "shuffled")
		other := New()
		for len(shuffled) > 0 {
			n := rapid.IntRange(1, len(shuffled)).Draw(t, "batch")
			other.Apply(shuffled[:n])
			shuffled = shuffled[n:]
		}
		if diff := cmp.Diff(inOrder.Match(probes, noon), other.Match(probes, noon)); diff != "" {
			t.Fatalf("hits differ: %s", diff)
		}
		want, got := inOrder.Stats(), other.Stats()
		want.Bytes, got.Bytes = 0, 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("stats differ: %s", diff)
		}
	})
}

// A reader must never see a state that was not: each signature goes up in
// level with its revision, and every reader checks that it never comes down.
func TestReadersSeeEachSignatureOnlyMoveForward(t *testing.T) {
	const numbers, revisions, readers = 300, 20, 3
	value := func(n int) string { return fmt.Sprintf("+1202555%04d", n) }
	phraseOf := func(n int) string { return fmt.Sprintf("word%04d", n) }
	x, done := New(), make(chan struct{})
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			seen := map[string]int64{}
			for {
				select {
				case <-done:
					return
				default:
				}
				for n := range numbers {
					hits := x.Match(models.MatchQuery{
						Findings: []models.Finding{{Indicator: models.Indicator{Kind: models.Phone, Value: value(n)}}},
						Text:     "a " + phraseOf(n) + " b",
					}, noon)
					for _, h := range hits {
						if h.Rev < seen[h.Signature] || !strings.HasSuffix(string(h.Category), fmt.Sprint(h.Rev)) {
							t.Errorf("%s: revision %d, category %q after revision %d", h.Signature, h.Rev, h.Category, seen[h.Signature])
							return
						}
						seen[h.Signature] = h.Rev
					}
				}
			}
		})
	}
	for rev := range int64(revisions) {
		for n := range numbers {
			changes := []models.Change{
				danger(models.Exact, models.Phone, value(n)),
				danger(models.Range, models.Phone, value(n)+"-"+value(n+5)),
				danger(models.Phrase, models.Text, phraseOf(n)),
			}
			for i := range changes {
				changes[i].Rev = rev + 1
				changes[i].Category = models.Category(fmt.Sprint("c", rev+1))
			}
			x.Apply(changes)
		}
	}
	close(done)
	wg.Wait()
	if got := x.Stats().Signatures; got != 3*numbers {
		t.Errorf("%d signatures, want %d", got, 3*numbers)
	}
}
