package intake_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

// register stores a device, with or without consent to exposures.
func register(t testing.TB, n desktest.Node, exposures bool) models.Device {
	t.Helper()
	d, _ := models.NewDevice(models.DeviceDraft{
		Platform: "android", Locale: "en", Region: "US", Consents: models.Consents{Exposures: exposures, Warnings: true},
	}, n.Now())
	if err := n.DB.PutDevice(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAnExposureIsKeptAsHashesAndAnswered(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, "+12025550100", models.Danger)
	d := register(t, n, true)
	met := n.Now().Add(-24 * time.Hour)
	results, err := n.Expose(t.Context(), d, []models.Encounter{
		{Kind: models.Phone, Value: "202-555-0100", Channel: "call", Met: met},
		{Kind: models.Phone, Value: "+12025550101", Channel: "sms"},
		{Kind: models.Phone, Value: "(202) 555-0100", Channel: "call"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var levels []models.Level
	for _, e := range results {
		levels = append(levels, e.Verdict.Level)
	}
	if diff := cmp.Diff([]models.Level{models.Danger, models.Unknown, models.Danger}, levels); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
	if want := met.Add(n.ExposureTTL); !results[0].Expires.Equal(want) {
		t.Errorf("kept until %s, want %s", results[0].Expires, want)
	}
	kept, err := n.DB.Exposures(t.Context(), d.ID)
	if err != nil || len(kept) != 2 {
		t.Fatalf("%d exposures are kept, %v, want 2: one number was met twice", len(kept), err)
	}
	for _, e := range kept {
		hint, err := n.Keyer.OpenHint(e.Hint)
		if err != nil {
			t.Fatal(err)
		}
		want := n.Keyer.ExposureKey(models.Recogniser(models.Exact, models.Phone, "+1202555"+hint))
		if !slices.Contains(e.Keys, want) {
			t.Errorf("the exposure to ...%s is not found by its exact signature", hint)
		}
	}
}

func TestAnExposureNeedsConsentAndARightTime(t *testing.T) {
	n := desktest.Fresh(t)
	d := register(t, n, true)
	good := models.Encounter{Kind: models.Phone, Value: "+12025550100", Channel: "call"}
	for name, tt := range map[string]struct {
		change      func(*models.Encounter)
		code, field string
	}{
		"the future":  {func(e *models.Encounter) { e.Met = n.Now().Add(time.Hour) }, "met_in_future", "/exposures/1/met_at"},
		"long ago":    {func(e *models.Encounter) { e.Met = n.Now().Add(-n.ExposureTTL) }, "met_too_old", "/exposures/1/met_at"},
		"a channel":   {func(e *models.Encounter) { e.Channel = "dream" }, "channel_unknown", "/exposures/1/channel"},
		"a bad value": {func(e *models.Encounter) { e.Value = "" }, "value_empty", "/exposures/1/value"},
		"a region":    {func(e *models.Encounter) { e.Region = "ZZ" }, "region_malformed", "/exposures/1/region"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			tt.change(&bad)
			_, err := n.Expose(t.Context(), d, []models.Encounter{good, bad})
			var fault *models.Error
			if !errors.As(err, &fault) || fault.Code != tt.code || fault.Field != tt.field {
				t.Errorf("Expose = %v, want %s at %s", err, tt.code, tt.field)
			}
		})
	}
	if _, err := n.Expose(t.Context(), d, slices.Repeat([]models.Encounter{good}, 501)); !errors.Is(err, models.Invalid) {
		t.Errorf("501 at a time: %v, want invalid", err)
	}
	if _, err := n.Expose(t.Context(), register(t, n, false), []models.Encounter{good}); !errors.Is(err, models.Forbidden) {
		t.Errorf("without consent: %v, want forbidden", err)
	}
	if kept, err := n.DB.Exposures(t.Context(), d.ID); err != nil || len(kept) != 0 {
		t.Errorf("%d exposures are kept of what was refused, %v", len(kept), err)
	}
}

// TestAnExposureBesideAChangeIsAlwaysTold stores an exposure and makes the change at
// the same time, on two nodes: whoever looks for exposures after the change finds
// the device, or the reply to the device says so.
func TestAnExposureBesideAChangeIsAlwaysTold(t *testing.T) {
	here := desktest.Fresh(t)
	there := desktest.New(t, here.DB)
	d := register(t, here, true)
	told, found := 0, 0
	for i := range 100 {
		phone := fmt.Sprintf("+120255501%02d", i)
		key := here.Keyer.ExposureKey(models.Recogniser(models.Exact, models.Phone, phone))
		var results []models.ExposureResult
		var exposures map[string]bool
		var meeting sync.WaitGroup
		meeting.Go(func() {
			var err error
			if results, err = here.Expose(t.Context(), d, []models.Encounter{{Kind: models.Phone, Value: phone}}); err != nil {
				t.Error(err)
			}
		})
		meeting.Go(func() {
			there.Create(t, models.Phone, phone, models.Danger)
			var err error
			if exposures, err = there.DB.AnyExposed(t.Context(), []string{key}); err != nil {
				t.Error(err)
			}
		})
		meeting.Wait()
		switch {
		case t.Failed():
			return
		case exposures[key]:
			found++
		case results[0].Verdict.Level == models.Danger:
			told++
		default:
			t.Fatalf("attempt %d: not told and not found", i)
		}
	}
	t.Logf("found by the change: %d, told at once: %d", found, told)
}
