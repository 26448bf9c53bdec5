package intake

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

func TestReportsRaiseTheLevelAndQueueAFanOutJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		n := newNode(t, s)
		const phone = "+12025550100"
		level := func() models.Level {
			v, err := n.CheckOne(models.Phone, phone, "")
			if err != nil {
				t.Fatal(err)
			}
			return v.Level
		}
		n.file(t, device("a"), phone)
		n.weighAll(t)
		if got := level(); got != models.Watch {
			t.Errorf("after one device: %s, want watch", got)
		}
		for _, name := range []string{"b", "c", "d"} {
			n.file(t, device(name), phone)
		}
		n.weighAll(t)
		if got := level(); got != models.Caution {
			t.Errorf("after four devices: %s, want caution", got)
		}
		if jobs := n.claimedJobs(t); len(jobs) != 0 {
			t.Errorf("asked to warn of %v before there is danger", jobs)
		}
		n.file(t, agent("centre", "mary"), phone, paid)
		n.weighAll(t)
		if got := level(); got != models.Danger {
			t.Errorf("after an agent as well: %s, want danger", got)
		}
		signature := n.signature(t, models.Phone, phone)
		if diff := cmp.Diff(map[string]int64{signature.ID: signature.LevelRev}, n.claimedJobs(t)); diff != "" {
			t.Errorf("asks (-want +got):\n%s", diff)
		}
		if n.wakes.Load() == 0 {
			t.Error("the warning side was not told")
		}
		var transitions []models.Level
		for _, e := range n.entries(t) {
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
	n := freshNode(t)
	const phone = "+12025550100"
	var reports []models.Report
	for i := range 1000 {
		report, err := n.compose(device(fmt.Sprint(i)), models.Draft{
			IdempotencyKey: "k", Body: "b", Harm: &models.Harm{Stage: models.StagePaid},
			Indicators: []models.DraftIndicator{{Kind: models.Phone, Value: phone}},
		}, n.now())
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, report)
	}
	if _, err := n.store.PutReports(t.Context(), reports); err != nil {
		t.Fatal(err)
	}
	n.weighAll(t)
	got := n.signature(t, models.Phone, phone)
	if got.Level != models.Caution || got.Reporters != 1000 {
		t.Errorf("level = %s with %d reporters, want caution with 1000", got.Level, got.Reporters)
	}
	if jobs := n.claimedJobs(t); len(jobs) != 0 {
		t.Errorf("asked to warn of %v", jobs)
	}
}

func TestTheProtectedAreNeverListed(t *testing.T) {
	n := freshNode(t)
	n.create(t, models.Phone, "+12025550190", models.Imitated)
	n.create(t, models.Domain, "bank.example", models.Imitated)
	for i := range 5 {
		for _, caller := range []models.Caller{device(fmt.Sprint(i)), agent(fmt.Sprint("centre", i), "mary")} {
			n.file(t, caller, "+12025550190", paid, func(d *models.Draft) {
				d.Message = &models.Message{Text: "pay at https://www.bank.example/pay", Sender: "+12025550190"}
			})
		}
	}
	n.weighAll(t)
	if got := n.signature(t, models.Phone, "+12025550190"); got.Level != models.Imitated || got.Reporters != 0 {
		t.Errorf("the hotline is at %s with %d reporters, want imitated with none", got.Level, got.Reporters)
	}
	for _, i := range []models.Indicator{{Kind: models.URL, Value: "www.bank.example/pay"}, {Kind: models.Domain, Value: "www.bank.example"}} {
		if got := n.signature(t, i.Kind, i.Value); got.ID != "" {
			t.Errorf("%s of the bank is a signature at %s", i.Kind, got.Level)
		}
	}
	if got := n.signature(t, models.Domain, "bank.example"); got.Level != models.Imitated {
		t.Errorf("the bank is at %s, want imitated", got.Level)
	}
}

func TestADecisionIsNotOverruledByReports(t *testing.T) {
	n := freshNode(t)
	for phone, level := range map[string]models.Level{
		"+12025550101": models.Cleared, "+12025550102": models.Confirmed, "+12025550103": models.Danger, "+12025550104": models.Watch,
	} {
		n.create(t, models.Phone, phone, level)
		n.file(t, device("a"), phone)
	}
	n.weighAll(t)
	for phone, want := range map[string]models.Level{
		"+12025550101": models.Cleared, "+12025550102": models.Confirmed, "+12025550103": models.Danger, "+12025550104": models.Watch,
	} {
		if got := n.signature(t, models.Phone, phone); got.Level != want || got.Reporters != 1 {
			t.Errorf("%s: %s with %d reporters, want %s with 1", phone, got.Level, got.Reporters, want)
		}
	}
	for _, caller := range []models.Caller{agent("one", "mary"), agent("two", "joan")} {
		n.file(t, caller, "+12025550104", paid)
		n.file(t, caller, "+12025550101", paid)
	}
	n.weighAll(t)
	if got := n.signature(t, models.Phone, "+12025550104"); got.Level != models.Danger || got.Reason != "reports" {
		t.Errorf("a decided watch, reported by two call centres: %s by %s, want danger by reports", got.Level, got.Reason)
	}
	if got := n.signature(t, models.Phone, "+12025550101"); got.Level != models.Cleared {
		t.Errorf("cleared, reported by two call centres: %s, want cleared", got.Level)
	}
}

func TestADecisionWhoseTimeIsOverLeavesItToReports(t *testing.T) {
	n := freshNode(t)
	const phone = "+12025550100"
	s, _, err := n.catalogue.Create(t.Context(), analyst(), models.SignatureDraft{
		Kind: models.Phone, Value: phone, Level: models.Danger, Ends: n.now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	n.clock.move(2 * time.Hour)
	n.file(t, device("a"), phone)
	n.weighAll(t)
	got := n.signature(t, models.Phone, phone)
	if got.Level != models.Watch || got.Decided || !got.Ends.IsZero() || got.LevelRev <= s.LevelRev {
		t.Errorf("signature = %+v, want an undecided watch without an end", got)
	}
	if v, err := n.CheckOne(models.Phone, phone, ""); err != nil || v.Level != models.Watch {
		t.Errorf("the index says %s, %v, want watch", v.Level, err)
	}
}

func TestWhichIndicatorsOfAReportAreEvidence(t *testing.T) {
	n := freshNode(t)
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
			got := n.reportedIndicators(models.Report{Findings: []models.Finding{tt.finding}}, n.now())
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("subjects (-want +got):\n%s", diff)
			}
		})
	}
}

// story is reports by which one number becomes dangerous, a second one is
// watched, and a link comes to caution.
func (n node) scenario(t testing.TB) []models.Report {
	t.Helper()
	var reports []models.Report
	addReport := func(caller models.Caller, key, value string, kind models.IndicatorKind, harm models.Stage) {
		report, err := n.compose(caller, models.Draft{
			IdempotencyKey: key, Body: key, Harm: &models.Harm{Stage: harm},
			At:         n.now().Add(-time.Duration(len(reports)) * time.Hour),
			Indicators: []models.DraftIndicator{{Kind: kind, Value: value}},
		}, n.now())
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, report)
	}
	for i := range 4 {
		addReport(device(fmt.Sprint("d", i)), "k1", "+12025550100", models.Phone, models.StageContact)
		addReport(device(fmt.Sprint("d", i)), "k2", "https://www.evil.example/pay", models.URL, models.StageContact)
	}
	addReport(device("d0"), "k3", "+12025550100", models.Phone, models.StagePaid)
	addReport(device("d0"), "k4", "+12025550101", models.Phone, models.StageContact)
	addReport(agent("one", "mary"), "k5", "+12025550100", models.Phone, models.StagePaid)
	addReport(agent("two", "joan"), "k6", "+12025550100", models.Phone, models.StageContact)
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

func (n node) state(t testing.TB) state {
	t.Helper()
	end := state{Signatures: map[string]string{}, Index: map[string]models.Level{}, Evidence: map[string]string{}, FanOutJobs: map[string]bool{}}
	signatures, err := n.store.ListSignatures(t.Context(), models.SignatureFilter{}, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range signatures {
		end.Signatures[s.Value] = fmt.Sprint(s.Level, s.Category, s.Reporters, s.Unlogged)
		evidence, err := n.store.Evidence(t.Context(), s.ID, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range evidence {
			end.Evidence[e.ID] = fmt.Sprint(slices.MaxFunc(evidence, func(a, b models.Evidence) int { return a.At.Compare(b.At) }).At.Sub(e.At), e.Paid)
		}
		for _, hit := range n.Index.Lookup(models.Indicator{Kind: s.Kind, Value: s.Value}, n.now()) {
			if hit.Signature == s.ID {
				end.Index[s.Value] = hit.Level
			}
		}
	}
	replayed := match.New()
	for _, e := range n.entries(t) {
		replayed.Apply(e.Changes)
	}
	if diff := cmp.Diff(n.Index.Stats().ByLevel, replayed.Stats().ByLevel); diff != "" {
		t.Errorf("the index is not what the verdict log says (-index +log):\n%s", diff)
	}
	for id := range n.claimedJobs(t) {
		end.FanOutJobs[id] = true
	}
	open, err := n.store.ClaimReports(t.Context(), 100, time.Second, n.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	end.Open = len(open)
	return end
}

func TestAnyOrderOfReportsComesToTheSame(t *testing.T) {
	var want state
	for seed := range uint64(6) {
		n := freshNode(t)
		reports := n.scenario(t)
		random := rand.New(rand.NewPCG(seed, 1))
		if seed > 0 {
			random.Shuffle(len(reports), func(i, j int) { reports[i], reports[j] = reports[j], reports[i] })
		}
		for len(reports) > 0 {
			part := 1 + random.IntN(len(reports))
			if _, err := n.store.PutReports(t.Context(), reports[:part]); err != nil {
				t.Fatal(err)
			}
			n.weighAll(t)
			reports = reports[part:]
		}
		got := n.state(t)
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

// faulty is a store that fails at its n-th call, before or after the call took
// effect, and at every call after that: a process that dies there.
type faultyStore struct {
	*store.Store

	at    int
	after bool
	calls int
	mu    sync.Mutex
}

var errCrash = errors.New("crash")

func (f *faultyStore) crash(effect func() error) error {
	f.mu.Lock()
	f.calls++
	now, past := f.calls == f.at, f.calls > f.at
	f.mu.Unlock()
	switch {
	case past, now && !f.after:
		return errCrash
	case now:
		_ = effect() // it took place; nobody heard of it
		return errCrash
	}
	return effect()
}

func (f *faultyStore) PutEvidence(ctx context.Context, e []models.Evidence) error {
	return f.crash(func() error { return f.Store.PutEvidence(ctx, e) })
}

func (f *faultyStore) InsertSignatures(ctx context.Context, s []models.Signature) (faults []error, err error) {
	err = f.crash(func() (err error) { faults, err = f.Store.InsertSignatures(ctx, s); return err })
	return faults, err
}

func (f *faultyStore) ReplaceSignatures(ctx context.Context, s []models.Signature) (faults []error, err error) {
	err = f.crash(func() (err error) { faults, err = f.Store.ReplaceSignatures(ctx, s); return err })
	return faults, err
}

func (f *faultyStore) Append(ctx context.Context, c []models.Change, now time.Time) (e models.Entry, err error) {
	err = f.crash(func() (err error) { e, err = f.Store.Append(ctx, c, now); return err })
	return e, err
}

func (f *faultyStore) MarkLogged(ctx context.Context, s []models.Signature) error {
	return f.crash(func() error { return f.Store.MarkLogged(ctx, s) })
}

func (f *faultyStore) PutFanOutJobs(ctx context.Context, a []models.FanOutJob) error {
	return f.crash(func() error { return f.Store.PutFanOutJobs(ctx, a) })
}

func (f *faultyStore) FinishReports(ctx context.Context, l []models.Lease) error {
	return f.crash(func() error { return f.Store.FinishReports(ctx, l) })
}

// dying returns the node with a store that fails from its n-th write on.
func (n node) crashing(at int, after bool) (node, *faultyStore) {
	f := &faultyStore{Store: n.store, at: at, after: after}
	desk := Desk{
		Store: Stores{Reports: f, Queue: f, Evidence: f, Signatures: f, Log: f, Exposures: f, FanOutJobs: f},
		Index: n.Index, Follower: n.Follower, Keyer: n.Keyer, Logger: n.Logger, Clock: n.Clock, ExposureTTL: n.ExposureTTL, WakeFanOut: n.WakeFanOut,
	}
	n.Desk = &desk
	return n, f
}

func TestACrashAfterAnyStepIsRepaired(t *testing.T) {
	var want state
	for step := 0; ; step++ {
		n := freshNode(t)
		reports := n.scenario(t)
		half := len(reports) - 2 // the first batch makes signatures, the second changes them
		if _, err := n.store.PutReports(t.Context(), reports[:half]); err != nil {
			t.Fatal(err)
		}
		n.weighAll(t)
		if _, err := n.store.PutReports(t.Context(), reports[half:]); err != nil {
			t.Fatal(err)
		}
		claimed, err := n.store.ClaimReports(t.Context(), 100, defaultLease, n.now())
		if err != nil {
			t.Fatal(err)
		}
		crashed, f := n.crashing((step+1)/2, step%2 == 0)
		weighErr := crashed.weigh(t.Context(), claimed)

		next := newNode(t, n.store) // the process that comes after, with an index of its own
		next.clock.move(time.Minute)
		next.weighAll(t)
		if err := next.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := next.Follower.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := next.state(t)
		if step == 0 {
			want = got
			if want.Index["+12025550100"] != models.Danger || len(want.FanOutJobs) != 1 || want.Open != 0 {
				t.Fatalf("state = %+v, want danger, one ask and nothing open", want)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("crash at write %d, after it took effect: %v (-want +got):\n%s", f.at, f.after, diff)
		}
		if step > 0 && weighErr == nil {
			if step < 10 {
				t.Errorf("only %d writes were tried", step/2)
			}
			return
		}
	}
}

func TestAChangeLeftUnloggedIsLoggedBeforeTheNext(t *testing.T) {
	n := freshNode(t)
	crashing := *n.catalogue
	f := &faultyStore{Store: n.store, at: 2} // the insert takes place, the appending does not
	crashing.Signatures, crashing.Log = f, f
	draft := models.SignatureDraft{Kind: models.Phone, Value: "+12025550100", Level: models.Danger}
	if _, _, err := crashing.Create(t.Context(), analyst(), draft); !errors.Is(err, errCrash) {
		t.Fatalf("Create = %v, want a crash", err)
	}
	if log := n.entries(t); len(log) != 0 {
		t.Fatalf("%d entries are logged, want none", len(log))
	}
	left := n.signature(t, models.Phone, draft.Value)
	cleared := models.Cleared
	if _, err := n.catalogue.Amend(t.Context(), analyst(), left.ID, left.Rev, models.Amendment{Level: &cleared}); err != nil {
		t.Fatal(err)
	}
	var transitions []string
	for _, e := range n.entries(t) {
		for _, c := range e.Changes {
			transitions = append(transitions, fmt.Sprint(c.From, " to ", c.To))
		}
	}
	if diff := cmp.Diff([]string{"unknown to danger", "danger to cleared"}, transitions); diff != "" {
		t.Errorf("the verdict log (-want +got):\n%s", diff)
	}
}

func TestAnUrgentReportOvertakesAFlood(t *testing.T) {
	n := freshNode(t)
	n.create(t, models.Phone, "+12025550199", models.Danger)
	for i := range 3 {
		n.file(t, device(fmt.Sprint(i)), "+12025550100")
	}
	n.clock.move(time.Second)
	hit, called := n.file(t, device("a"), "+12025550199"), n.file(t, agent("centre", "mary"), "+12025550101")
	first, err := n.store.ClaimReports(t.Context(), 2, defaultLease, n.now())
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

func TestASweepLogsWhatACrashLeftUnlogged(t *testing.T) {
	n := freshNode(t)
	crashing := *n.catalogue
	f := &faultyStore{Store: n.store, at: 2} // the insert takes place, the appending does not
	crashing.Signatures, crashing.Log = f, f
	draft := models.SignatureDraft{Kind: models.Phone, Value: "+12025550100", Level: models.Danger}
	if _, _, err := crashing.Create(t.Context(), analyst(), draft); !errors.Is(err, errCrash) {
		t.Fatalf("Create = %v, want a crash", err)
	}
	for _, tt := range []struct {
		later time.Duration
		want  int
	}{
		{0, 0}, // the writer may still be about to log it
		{sweepMinAge + time.Second, 1},
		{time.Minute, 1}, // logged once is enough
	} {
		n.clock.move(tt.later)
		if err := n.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(n.entries(t)); got != tt.want {
			t.Errorf("%s later: %d entries, want %d", tt.later, got, tt.want)
		}
	}
	if v, err := n.CheckOne(draft.Kind, draft.Value, ""); err != nil || v.Level != models.Danger {
		t.Errorf("the index says %s, %v, want danger", v.Level, err)
	}
}

func TestOneReportThatCannotBeWeighedHoldsUpNoOther(t *testing.T) {
	n := freshNode(t)
	poison := n.file(t, device("a"), "+12025550199")
	for i := range 9 {
		n.file(t, device(fmt.Sprint(i)), "+12025550100")
	}
	f := &poisonedStore{Store: n.store, signature: models.SignatureID(models.Exact, models.Phone, "+12025550199")}
	n.Store.Evidence = f
	for range maxTries {
		n.weighAll(t)
		if got := n.signature(t, models.Phone, "+12025550100"); got.Reporters != 9 {
			t.Fatalf("%d of the 9 others are weighed", got.Reporters)
		}
		n.clock.move(10 * time.Minute)
	}
	got, err := n.store.Report(t.Context(), poison.ID)
	if err != nil || got.State != models.ReportDead || got.Fault != "panic" {
		t.Errorf("the report is %s with fault %q, %v, want dead by panic", got.State, got.Fault, err)
	}
}

// poisoned panics over the evidence for one signature.
type poisonedStore struct {
	*store.Store

	signature string
}

func (p *poisonedStore) PutEvidence(ctx context.Context, evidence []models.Evidence) error {
	for _, e := range evidence {
		if e.Signature == p.signature {
			panic("poison")
		}
	}
	return p.Store.PutEvidence(ctx, evidence)
}

func TestTwoDesksOnOneDatabase(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		nodes := []node{newNode(t, storetest.Node(t, o)), newNode(t, storetest.Node(t, o))}
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
						n.file(t, device(fmt.Sprint(i)), fmt.Sprintf("+120255501%02d", p))
					}
				}
			})
		}
		filing.Wait()
		until(t.Context(), t, "every report is counted", func() bool {
			total := 0
			for p := range phones {
				total += nodes[0].signature(t, models.Phone, fmt.Sprintf("+120255501%02d", p)).Reporters
			}
			return total == phones*reporters
		})
		stop()
		running.Wait()
		nodes[0].entries(t)
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
