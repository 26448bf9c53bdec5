package intake_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
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
			t.Errorf("fan-out jobs for %v before there is danger", jobs)
		}
		n.File(t, desktest.Agent("centre", "mary"), phone, desktest.Paid)
		n.WeighAll(t)
		if got := level(); got != models.Danger {
			t.Errorf("after an agent as well: %s, want danger", got)
		}
		signature := n.StoredSignature(t, models.Phone, phone)
		if diff := cmp.Diff(map[string]int64{signature.ID: signature.LevelRev}, n.ClaimedJobs(t)); diff != "" {
			t.Errorf("fan-out jobs (-want +got):\n%s", diff)
		}
		if n.Wakes.Load() == 0 {
			t.Error("the fan-out was not woken")
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
		t.Errorf("fan-out jobs for %v, want none", jobs)
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

func TestHelplinesAreNeverListed(t *testing.T) {
	n := desktest.Fresh(t)
	lines := []string{"US:911", "GB:999", "GB:159", "DE:110", "FR:112", "CN:110", "CN:96110", "US:988", "IN:100", "DE:116117", "AU:000"}
	for i := range 5 {
		for _, caller := range []models.Caller{desktest.Device(fmt.Sprint(i)), desktest.Agent(fmt.Sprint("centre", i), "mary")} {
			for _, line := range lines {
				n.File(t, caller, line, desktest.Paid)
			}
		}
	}
	n.WeighAll(t)
	for _, line := range lines {
		if got := n.StoredSignature(t, models.Phone, line); got.ID != "" {
			t.Errorf("%s is a signature at %s", line, got.Level)
		}
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

// TestALaterReportOfAnOlderContactLowersNothing: three devices bring a number to caution, and
// one of them says again that it was called, 399 days ago.
func TestALaterReportOfAnOlderContactLowersNothing(t *testing.T) {
	n := desktest.Fresh(t)
	for _, name := range []string{"a", "b", "c"} {
		n.File(t, desktest.Device(name), "+12025550100")
	}
	n.WeighAll(t)
	before := n.StoredSignature(t, models.Phone, "+12025550100")
	n.File(t, desktest.Device("a"), "+12025550100", func(d *models.Draft) {
		d.IdempotencyKey, d.At = "again", n.Now().Add(-399*24*time.Hour)
	})
	n.WeighAll(t)
	evidence, err := n.DB.Evidence(t.Context(), before.ID, 10)
	if err != nil || len(evidence) != 3 {
		t.Fatalf("evidence = %+v, %v, want three pieces", evidence, err)
	}
	for _, e := range evidence {
		if !e.At.Equal(n.Now()) {
			t.Errorf("a piece of evidence is of %v, want now", e.At)
		}
	}
	after := n.StoredSignature(t, models.Phone, "+12025550100")
	if before.Level != models.Caution || after.Level != models.Caution {
		t.Errorf("the level was %s and is %s, want caution both times", before.Level, after.Level)
	}
}

// TestAReportThatIsWeighedTwiceIsEvidenceOnce weighs the same claimed reports again, as after a crash.
func TestAReportThatIsWeighedTwiceIsEvidenceOnce(t *testing.T) {
	n := desktest.Fresh(t)
	for i := range 20 {
		n.File(t, desktest.Device("a"), "+12025550100", func(d *models.Draft) { d.IdempotencyKey = fmt.Sprint(i) })
	}
	claimed, err := n.DB.ClaimReports(t.Context(), 100, time.Minute, n.Now())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, part := range [][]models.Claimed[models.Report]{claimed[:5], claimed[5:], claimed} {
			if err := n.Weigh(t.Context(), part); err != nil {
				t.Fatal(err)
			}
		}
	}
	evidence, err := n.DB.Evidence(t.Context(), models.SignatureID(models.Exact, models.Phone, "+12025550100"), 10)
	if err != nil || len(evidence) != 1 || len(evidence[0].Reports) != 16 || evidence[0].Folded.Count() != 4 {
		t.Errorf("evidence = %+v, %v, want one piece of 16 reports and 4 folded", evidence, err)
	}
}
