package risk

import (
	"testing"
	"time"

	"example.org/tocsin/models"
)

func TestAtRiskTellsWhyOrWhyNot(t *testing.T) {
	exposure := models.Exposure{Device: "dev_a", Met: noon.Add(-day), Expires: noon.Add(day)}
	device := models.Device{
		ID: "dev_a", Push: &models.PushTarget{Kind: models.PushFID, Value: "target"},
		Consents: models.Consents{Exposures: true, Warnings: true},
	}
	due, held := models.WarningDue, models.WarningHeld
	for _, tt := range []struct {
		name   string
		level  models.Level
		change func(e *models.Exposure, d *models.Device)
		want   Decision
	}{
		{"danger", models.Danger, nil, Decision{true, due, ""}},
		{"confirmed", models.Confirmed, nil, Decision{true, due, ""}},
		{"caution", models.Caution, nil, Decision{Reason: ReasonNotDangerous}},
		{"imitated", models.Imitated, nil, Decision{Reason: ReasonNotDangerous}},
		{"cleared", models.Cleared, nil, Decision{Reason: ReasonNotDangerous}},
		{"the device was erased", models.Danger, func(_ *models.Exposure, d *models.Device) {
			*d = models.Device{}
		}, Decision{Reason: ReasonNoDevice}},
		{"another device", models.Danger, func(e *models.Exposure, _ *models.Device) {
			e.Device = "dev_b"
		}, Decision{Reason: ReasonNoDevice}},
		{"neither has an id", models.Danger, func(e *models.Exposure, d *models.Device) {
			e.Device, d.ID = "", ""
		}, Decision{Reason: ReasonNoDevice}},
		{"consent to exposures withdrawn", models.Danger, func(_ *models.Exposure, d *models.Device) {
			d.Consents.Exposures = false
		}, Decision{Reason: ReasonNoConsent}},
		{"the exposure has just expired", models.Danger, func(e *models.Exposure, _ *models.Device) {
			e.Expires = noon
		}, Decision{Reason: ReasonExpired}},
		{"the exposure expires in a moment", models.Danger, func(e *models.Exposure, _ *models.Device) {
			e.Expires = noon.Add(1)
		}, Decision{true, due, ""}},
		{"no consent to pushes", models.Danger, func(_ *models.Exposure, d *models.Device) {
			d.Consents.Warnings = false
		}, Decision{true, held, ReasonNoConsent}},
		{"no push target", models.Danger, func(_ *models.Exposure, d *models.Device) {
			d.Push = nil
		}, Decision{true, held, ReasonNoPushTarget}},
		{"an empty push target", models.Danger, func(_ *models.Exposure, d *models.Device) {
			d.Push = &models.PushTarget{}
		}, Decision{true, held, ReasonNoPushTarget}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, d := exposure, device
			if tt.change != nil {
				tt.change(&e, &d)
			}
			if got := AtRisk(tt.level, e, d, noon); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestWarningIsDueAtEveryHourOfTheNight(t *testing.T) {
	e := models.Exposure{Device: "dev_a", Expires: noon.Add(2 * day)}
	d := models.Device{
		ID: "dev_a", Zone: "Asia/Shanghai", Push: &models.PushTarget{Value: "target"},
		Consents: models.Consents{Exposures: true, Warnings: true},
	}
	for h := range 24 {
		if got := AtRisk(models.Danger, e, d, noon.Add(time.Duration(h)*time.Hour)); got.State != models.WarningDue {
			t.Errorf("%d hours on: %+v", h, got)
		}
	}
}
