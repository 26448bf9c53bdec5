package intake_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/intake"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

func TestReportsRaiseTheLevelAndQueueAFanOutJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		n := desktest.New(t, s)
		const phone = "+12025550100"
		level := func() models.Level {
			v, err := n.CheckOne(models.Phone, phone, "")
			if err != nil {
				t.Fatal(err)
			}
			return v.Level
		}
		n.File(t, desktest.Device("a"), phone)
		n.WeighAll(t)
		if got := level(); got != models.Watch {
			t.Errorf("after one device: %s, want watch", got)
		}
		for _, name := range []string{"b", "c", "d"} {
			n.File(t, desktest.Device(name), phone)
		}
		n.WeighAll(t)
		if got := level(); got != models.Caution {
			t.Errorf("after four devices: %s, want caution", got)
		}
		if jobs := n.ClaimedJobs(t); len(jobs) != 0 {
			t.Errorf("asked to warn of %v before there is danger", jobs)
		}
		n.File(t, desktest.Agent("centre", "mary"), phone, desktest.Paid)
		n.WeighAll(t)
		if got := level(); got != models.Danger {
			t.Errorf("after an agent as well: %s, want danger", got)
		}
		signature := n.StoredSignature(t, models.Phone, phone)
		if diff := cmp.Diff(map[string]int64{signature.ID: signature.LevelRev}, n.ClaimedJobs(t)); diff != "" {
			t.Errorf("asks (-want +got):\n%s", diff)
		}
		if n.Wakes.Load() == 0 {
			t.Error("the warning side was not told")
		}
		var transitions []models.Level
		for _, e := range n.Entries(t) {
			for _, c := range e.Changes {
				transitions = append(transitions, c.To)
			}
		}
		if diff := cmp.Diff([]models.Level{models.Watch, models.Caution, models.Danger}, transitions); diff != "" {
			t.Errorf("the verdict log (-want +got):\n%s", diff)
		}
	})
}

func TestThousandUnprovenDevicesNeverPassCaution(t *testing.T) {
	n := desktest.Fresh(t)
	const phone = "+12025550100"
	var reports []models.Report
	for i := range 1000 {
		report, err := n.Compose(desktest.Device(fmt.Sprint(i)), models.Draft{
			IdempotencyKey: "k", Body: "b", Harm: &models.Harm{Stage: models.StagePaid},
			Indicators: []models.DraftIndicator{{Kind: models.Phone, Value: phone}},
		}, n.Now())
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, report)
	}
	if _, err := n.DB.PutReports(t.Context(), reports); err != nil {
		t.Fatal(err)
	}
	n.WeighAll(t)
	got := n.StoredSignature(t, models.Phone, phone)
	if got.Level != models.Caution || got.Reporters != 1000 {
		t.Errorf("level = %s with %d reporters, want caution with 1000", got.Level, got.Reporters)
	}
	if jobs := n.ClaimedJobs(t); len(jobs) != 0 {
		t.Errorf("asked to warn of %v", jobs)
	}
}

func TestTheProtectedAreNeverListed(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, "+12025550190", models.Imitated)
	n.Create(t, models.Domain, "bank.example", models.Imitated)
	for i := range 5 {
		for _, caller := range []models.Caller{desktest.Device(fmt.Sprint(i)), desktest.Agent(fmt.Sprint("centre", i), "mary")} {
			n.File(t, caller, "+12025550190", desktest.Paid, func(d *models.Draft) {
				d.Message = &models.Message{Text: "pay at https://www.bank.example/pay", Sender: "+12025550190"}
			})
		}
	}
	n.WeighAll(t)
	if got := n.StoredSignature(t, models.Phone, "+12025550190"); got.Level != models.Imitated || got.Reporters != 0 {
		t.Errorf("the hotline is at %s with %d reporters, want imitated with none", got.Level, got.Reporters)
	}
	for _, i := range []models.Indicator{{Kind: models.URL, Value: "www.bank.example/pay"}, {Kind: models.Domain, Value: "www.bank.example"}} {
		if got := n.StoredSignature(t, i.Kind, i.Value); got.ID != "" {
			t.Errorf("%s of the bank is a signature at %s", i.Kind, got.Level)
		}
	}
	if got := n.StoredSignature(t, models.Domain, "bank.example"); got.Level != models.Imitated {
		t.Errorf("the bank is at %s, want imitated", got.Level)
	}
}

func TestADecisionIsNotOverruledByReports(t *testing.T) {
	n := desktest.Fresh(t)
	for phone, level := range map[string]models.Level{
		"+12025550101": models.Cleared, "+12025550102": models.Confirmed, "+12025550103": models.Danger, "+12025550104": models.Watch,
	} {
		n.Create(t, models.Phone, phone, level)
		n.File(t, desktest.Device("a"), phone)
	}
	n.WeighAll(t)
	for phone, want := range map[string]models.Level{
		"+12025550101": models.Cleared, "+12025550102": models.Confirmed, "+12025550103": models.Danger, "+12025550104": models.Watch,
	} {
		if got := n.StoredSignature(t, models.Phone, phone); got.Level != want || got.Reporters != 1 {
			t.Errorf("%s: %s with %d reporters, want %s with 1", phone, got.Level, got.Reporters, want)
		}
	}
	for _, caller := range []models.Caller{desktest.Agent("one", "mary"), desktest.Agent("two", "joan")} {
		n.File(t, caller, "+12025550104", desktest.Paid)
		n.File(t, caller, "+12025550101", desktest.Paid)
	}
	n.WeighAll(t)
	if got := n.StoredSignature(t, models.Phone, "+12025550104"); got.Level != models.Danger || got.Reason != "reports" {
		t.Errorf("a decided watch, reported by two call centres: %s by %s, want danger by reports", got.Level, got.Reason)
	}
	if got := n.StoredSignature(t, models.Phone, "+12025550101"); got.Level != models.Cleared {
		t.Errorf("cleared, reported by two call centres: %s, want cleared", got.Level)
	}
}

func TestADecisionWhoseTimeIsOverLeavesItToReports(t *testing.T) {
	n := desktest.Fresh(t)
	const phone = "+12025550100"
	s, _, err := n.Catalogue.Create(t.Context(), desktest.Analyst(), models.SignatureDraft{
		Kind: models.Phone, Value: phone, Level: models.Danger, Ends: n.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Advance(2 * time.Hour)
	n.File(t, desktest.Device("a"), phone)
	n.WeighAll(t)
	got := n.StoredSignature(t, models.Phone, phone)
	if got.Level != models.Watch || got.Decided || !got.Ends.IsZero() || got.LevelRev <= s.LevelRev {
		t.Errorf("signature = %+v, want an undecided watch without an end", got)
	}
	if v, err := n.CheckOne(models.Phone, phone, ""); err != nil || v.Level != models.Watch {
		t.Errorf("the index says %s, %v, want watch", v.Level, err)
	}
}

func TestWhichIndicatorsOfAReportAreEvidence(t *testing.T) {
	n := desktest.Fresh(t)
	for name, tt := range map[string]struct {
		finding models.Finding
		want    []models.Indicator
	}{
		"a link and its registered domain": {
			models.Finding{Indicator: models.Indicator{Kind: models.URL, Value: "a.b.evil.example/x"}, Where: "message"},
			[]models.Indicator{{Kind: models.URL, Value: "a.b.evil.example/x"}, {Kind: models.Domain, Value: "evil.example"}},
		},
		"a link on a hub alone": {
			models.Finding{Indicator: models.Indicator{Kind: models.URL, Value: "bit.ly/abc"}, Where: "message"},
			[]models.Indicator{{Kind: models.URL, Value: "bit.ly/abc"}},
		},
		"a link at an address alone": {
			models.Finding{Indicator: models.Indicator{Kind: models.URL, Value: "203.0.113.7/x"}, Where: "message"},
			[]models.Indicator{{Kind: models.URL, Value: "203.0.113.7/x"}},
		},
		"a hub itself never": {
			models.Finding{Indicator: models.Indicator{Kind: models.Domain, Value: "bit.ly"}, Where: "indicators/0"}, nil,
		},
		"a card in a message never: it may be the victim's": {
			models.Finding{Indicator: models.Indicator{Kind: models.Account, Value: "card:4111111111111111"}, Where: "message"}, nil,
		},
		"a card that was named": {
			models.Finding{Indicator: models.Indicator{Kind: models.Account, Value: "card:4111111111111111"}, Where: "indicators/0"},
			[]models.Indicator{{Kind: models.Account, Value: "card:4111111111111111"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := n.ReportedIndicators(models.Report{Findings: []models.Finding{tt.finding}}, n.Now())
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("subjects (-want +got):\n%s", diff)
			}
		})
	}
}

// story is reports by which one number becomes dangerous, a second one is
// watched, and a link comes to caution.
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

// state is what all of it comes to, whatever the way.
type state struct {
	Signatures map[string]string
	Index      map[string]models.Level
	Evidence   map[string]string // by id: how long before the last of its signature, and whether money was lost
	FanOutJobs map[string]bool
	Open       int
}

func stateOf(t testing.TB, n desktest.Node) state {
	t.Helper()
	end := state{Signatures: map[string]string{}, Index: map[string]models.Level{}, Evidence: map[string]string{}, FanOutJobs: map[string]bool{}}
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
			end.Evidence[e.ID] = fmt.Sprint(slices.MaxFunc(evidence, func(a, b models.Evidence) int { return a.At.Compare(b.At) }).At.Sub(e.At), e.Paid)
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
				t.Fatalf("state = %+v, want danger, one ask and nothing open", want)
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

func TestAnUrgentReportOvertakesAFlood(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, "+12025550199", models.Danger)
	for i := range 3 {
		n.File(t, desktest.Device(fmt.Sprint(i)), "+12025550100")
	}
	n.Advance(time.Second)
	hit, called := n.File(t, desktest.Device("a"), "+12025550199"), n.File(t, desktest.Agent("centre", "mary"), "+12025550101")
	first, err := n.DB.ClaimReports(t.Context(), 2, intake.DefaultLease, n.Now())
	if err != nil || len(first) != 2 {
		t.Fatalf("%d reports are claimed, %v, want 2", len(first), err)
	}
	got, want := []string{first[0].Lease.ID, first[1].Lease.ID}, []string{hit.ID, called.ID}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("weighed first (-want +got):\n%s", diff)
	}
}

func TestOneReportThatCannotBeWeighedHoldsUpNoOther(t *testing.T) {
	n := desktest.Fresh(t)
	poison := n.File(t, desktest.Device("a"), "+12025550199")
	for i := range 9 {
		n.File(t, desktest.Device(fmt.Sprint(i)), "+12025550100")
	}
	f := &poisonedStore{Database: n.DB, signature: models.SignatureID(models.Exact, models.Phone, "+12025550199")}
	n.Store.Evidence = f
	for range intake.MaxTries {
		n.WeighAll(t)
		if got := n.StoredSignature(t, models.Phone, "+12025550100"); got.Reporters != 9 {
			t.Fatalf("%d of the 9 others are weighed", got.Reporters)
		}
		n.Advance(10 * time.Minute)
	}
	got, err := n.DB.Report(t.Context(), poison.ID)
	if err != nil || got.State != models.ReportDead || got.Fault != "panic" {
		t.Errorf("the report is %s with fault %q, %v, want dead by panic", got.State, got.Fault, err)
	}
}

// poisoned panics over the evidence for one signature.
type poisonedStore struct {
	*storetest.Database

	signature string
}

func (p *poisonedStore) PutEvidence(ctx context.Context, evidence []models.Evidence) error {
	for _, e := range evidence {
		if e.Signature == p.signature {
			panic("poison")
		}
	}
	return p.Database.PutEvidence(ctx, evidence)
}

func TestTwoDesksOnOneDatabase(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		nodes := []desktest.Node{desktest.New(t, storetest.Node(t, o)), desktest.New(t, storetest.Node(t, o))}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for _, n := range nodes {
			n.Clock = time.Now
			running.Go(func() {
				if err := n.Run(ctx); err != nil {
					t.Error(err)
				}
			})
			running.Go(func() {
				if err := n.Follower.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		const phones, reporters = 10, 30
		var filing sync.WaitGroup
		for which, n := range nodes {
			filing.Go(func() {
				for i := which; i < reporters; i += len(nodes) {
					for p := range phones {
						n.File(t, desktest.Device(fmt.Sprint(i)), fmt.Sprintf("+120255501%02d", p))
					}
				}
			})
		}
		filing.Wait()
		desktest.Until(t.Context(), t, "every report is counted", func() bool {
			total := 0
			for p := range phones {
				total += nodes[0].StoredSignature(t, models.Phone, fmt.Sprintf("+120255501%02d", p)).Reporters
			}
			return total == phones*reporters
		})
		stop()
		running.Wait()
		nodes[0].Entries(t)
		for i, n := range nodes {
			if err := n.Follower.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := n.Index.Stats().ByLevel[models.Caution]; got != phones {
				t.Errorf("node %d has %d numbers at caution, want %d", i, got, phones)
			}
			if n.Follower.ChainBreaks() != 0 {
				t.Errorf("node %d saw a broken log", i)
			}
		}
	})
}
