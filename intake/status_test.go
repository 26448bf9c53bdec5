package intake_test

import (
	"errors"
	"testing"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

func TestTheOwnerSeesHowAReportGetsOn(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, "+12025550190", models.Imitated)
	n.Create(t, models.Phone, "+12025550191", models.Cleared)
	n.Create(t, models.Phone, "+12025550192", models.Confirmed)
	n.Create(t, models.Phone, "+12025550193", models.Caution)
	progress := func(caller models.Caller, id string) (models.Progress, string) {
		t.Helper()
		status, err := n.Status(t.Context(), caller, id)
		if err != nil {
			t.Fatal(err)
		}
		return status.Progress, status.Reason
	}
	open := n.File(t, desktest.Device("a"), "+12025550192")
	if got, _ := progress(desktest.Device("a"), open.ID); got != models.ProgressReceived {
		t.Errorf("before weighing: %s, want received", got)
	}
	empty := n.File(t, desktest.Device("a"), "x", func(d *models.Draft) {
		d.Indicators, d.Message = nil, &models.Message{Text: "hello, it is me, your grandson"}
	})
	lone := n.File(t, desktest.Device("a"), "+12025550194")
	shared := n.File(t, desktest.Device("a"), "+12025550195")
	n.File(t, desktest.Device("b"), "+12025550195")
	protected, cleared := n.File(t, desktest.Device("a"), "+12025550190"), n.File(t, desktest.Device("a"), "+12025550191")
	matched := n.File(t, desktest.Device("a"), "+12025550193")
	n.WeighAll(t)
	for _, tt := range []struct {
		report   models.Report
		progress models.Progress
		reason   string
	}{
		{open, models.ProgressConfirmed, ""},
		{empty, models.ProgressClosed, "no_indicator"},
		{lone, models.ProgressReceived, ""},
		{shared, models.ProgressCorroborated, ""},
		{protected, models.ProgressClosed, "protected"},
		{cleared, models.ProgressClosed, "cleared"},
		{matched, models.ProgressMatched, ""},
	} {
		if got, reason := progress(desktest.Device("a"), tt.report.ID); got != tt.progress || reason != tt.reason {
			t.Errorf("status = %s %q, want %s %q", got, reason, tt.progress, tt.reason)
		}
	}
	for _, stranger := range []models.Caller{desktest.Device("b"), desktest.Agent("centre", "mary"), {}} {
		if _, err := n.Status(t.Context(), stranger, open.ID); !errors.Is(err, models.NotFound) {
			t.Errorf("a stranger reads %v, want not found", err)
		}
	}
}
