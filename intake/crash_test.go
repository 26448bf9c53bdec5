package intake_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/intake"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// scenario returns reports by which one number comes to danger, a second one to
// watch, and a link to caution.
func scenario(t testing.TB, n desktest.Node) []models.Report {
	t.Helper()
	var reports []models.Report
	addReport := func(caller models.Caller, key, value string, kind models.IndicatorKind, harm models.Stage) {
		report, err := n.Compose(caller, models.Draft{
			IdempotencyKey: key, Body: key, Harm: &models.Harm{Stage: harm},
			At:         n.Now().Add(-time.Duration(len(reports)) * time.Hour),
			Indicators: []models.DraftIndicator{{Kind: kind, Value: value}},
		}, n.Now())
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, report)
	}
	for i := range 4 {
		addReport(desktest.Device(fmt.Sprint("d", i)), "k1", "+12025550100", models.Phone, models.StageContact)
		addReport(desktest.Device(fmt.Sprint("d", i)), "k2", "https://www.evil.example/pay", models.URL, models.StageContact)
	}
	addReport(desktest.Device("d0"), "k3", "+12025550100", models.Phone, models.StagePaid)
	addReport(desktest.Device("d0"), "k4", "+12025550101", models.Phone, models.StageContact)
	addReport(desktest.Agent("one", "mary"), "k5", "+12025550100", models.Phone, models.StagePaid)
	addReport(desktest.Agent("two", "joan"), "k6", "+12025550100", models.Phone, models.StageContact)
	return reports
}

// state is what the reports of a scenario come to. It holds nothing that depends on
// the order of the reports, or on how often a step was tried.
type state struct {
	Signatures map[string]string
	Index      map[string]models.Level
	Evidence   map[string]string // by id: how long before the last of its signature, and whether money was lost
	FanOutJobs map[string]bool
	Open       int
}

func stateOf(t testing.TB, n desktest.Node) state {
	t.Helper()
	end := state{
		Signatures: map[string]string{}, Index: map[string]models.Level{}, Evidence: map[string]string{}, FanOutJobs: map[string]bool{},
	}
	signatures, err := n.DB.ListSignatures(t.Context(), models.SignatureFilter{}, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range signatures {
		end.Signatures[s.Value] = fmt.Sprint(s.Level, s.Category, s.Reporters, s.Unlogged)
		evidence, err := n.DB.Evidence(t.Context(), s.ID, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range evidence {
			last := slices.MaxFunc(evidence, func(a, b models.Evidence) int { return a.At.Compare(b.At) })
			end.Evidence[e.ID] = fmt.Sprint(last.At.Sub(e.At), e.Paid)
		}
		for _, hit := range n.Index.Lookup(models.Indicator{Kind: s.Kind, Value: s.Value}, n.Now()) {
			if hit.Signature == s.ID {
				end.Index[s.Value] = hit.Level
			}
		}
	}
	replayed := match.New()
	for _, e := range n.Entries(t) {
		replayed.Apply(e.Changes)
	}
	if diff := cmp.Diff(n.Index.Stats().ByLevel, replayed.Stats().ByLevel); diff != "" {
		t.Errorf("the index is not what the verdict log says (-index +log):\n%s", diff)
	}
	for id := range n.ClaimedJobs(t) {
		end.FanOutJobs[id] = true
	}
	open, err := n.DB.ClaimReports(t.Context(), 100, time.Second, n.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	end.Open = len(open)
	return end
}

func TestAnyOrderOfReportsComesToTheSame(t *testing.T) {
	var want state
	for seed := range uint64(6) {
		n := desktest.Fresh(t)
		reports := scenario(t, n)
		random := rand.New(rand.NewPCG(seed, 1))
		if seed > 0 {
			random.Shuffle(len(reports), func(i, j int) { reports[i], reports[j] = reports[j], reports[i] })
		}
		for len(reports) > 0 {
			part := 1 + random.IntN(len(reports))
			if _, err := n.DB.PutReports(t.Context(), reports[:part]); err != nil {
				t.Fatal(err)
			}
			n.WeighAll(t)
			reports = reports[part:]
		}
		got := stateOf(t, n)
		if seed == 0 {
			want = got
			if want.Index["+12025550100"] != models.Danger || want.Open != 0 {
				t.Fatalf("state = %+v, want danger and nothing open", want)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order %d (-first +this):\n%s", seed, diff)
		}
	}
}

func TestACrashAfterAnyStepIsRepaired(t *testing.T) {
	var want state
	for step := 0; ; step++ {
		n := desktest.Fresh(t)
		reports := scenario(t, n)
		half := len(reports) - 2 // the first batch makes signatures, the second changes them
		if _, err := n.DB.PutReports(t.Context(), reports[:half]); err != nil {
			t.Fatal(err)
		}
		n.WeighAll(t)
		if _, err := n.DB.PutReports(t.Context(), reports[half:]); err != nil {
			t.Fatal(err)
		}
		claimed, err := n.DB.ClaimReports(t.Context(), 100, intake.DefaultLease, n.Now())
		if err != nil {
			t.Fatal(err)
		}
		crashed, f := n.Crashing((step+1)/2, step%2 == 0)
		weighErr := crashed.Weigh(t.Context(), claimed)

		next := desktest.New(t, n.DB) // the process that comes after, with an index of its own
		next.Advance(time.Minute)
		next.WeighAll(t)
		if err := next.Publisher.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := next.Follower.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := stateOf(t, next)
		if step == 0 {
			want = got
			if want.Index["+12025550100"] != models.Danger || len(want.FanOutJobs) != 1 || want.Open != 0 {
				t.Fatalf("state = %+v, want danger, one fan-out job and nothing open", want)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("crash at write %d, after it took effect: %v (-want +got):\n%s", f.At, f.After, diff)
		}
		if step > 0 && weighErr == nil {
			if step < 10 {
				t.Errorf("only %d writes were tried", step/2)
			}
			return
		}
	}
}
