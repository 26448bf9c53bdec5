package notify

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestARunThatMustStopIsContinuedByTheNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		const devices = 1600
		keyer := models.NewKeyer([]byte("a key for a test"))
		sig := models.Signature{
			ID: "sig_x", Rule: models.Exact, Kind: models.Phone, Value: "+12025550123", Level: models.Danger, Rev: 1, LevelRev: 1,
		}
		key := keyer.ExposureKey(models.Recogniser(sig.Rule, sig.Kind, sig.Value))
		start := time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
		var exposures []models.Exposure
		for i := range devices {
			id := fmt.Sprint("dev_", i)
			err := s.PutDevice(t.Context(), models.Device{
				ID: id, Rev: 1, Push: &models.PushTarget{Value: id}, Consents: models.Consents{Exposures: true, Warnings: true},
			})
			if err != nil {
				t.Fatal(err)
			}
			exposures = append(exposures, models.Exposure{
				ID: models.ExposureID(id, key), Device: id, Keys: []string{key}, Kind: models.Phone, Met: start,
				Recorded: start.Add(time.Duration(i/10) * time.Second), Expires: time.Now().Add(time.Hour),
			})
		}
		if err := s.PutExposures(t.Context(), exposures); err != nil {
			t.Fatal(err)
		}
		if _, err := s.InsertSignatures(t.Context(), []models.Signature{sig}); err != nil {
			t.Fatal(err)
		}
		if err := s.PutFanOutJobs(t.Context(), []models.FanOutJob{{ID: models.FanOutJobID(sig.ID, 1), Signature: sig.ID, Rev: 1}}); err != nil {
			t.Fatal(err)
		}
		fanOut := NewFanOut(FanOutOptions{
			Jobs: s, Exposures: s, Signatures: s, Devices: s, Inbox: s, Changes: s, Keyer: keyer, Log: slog.New(slog.DiscardHandler),
			Exemptions: &Exemptions{Source: s, Keyer: keyer, Log: slog.New(slog.DiscardHandler)},
		})
		fanOut.scanLimit = pageSize
		stopped := make(chan struct{})
		close(stopped)
		runs := 0
		for ; runs < 10; runs++ {
			claimed, err := s.ClaimFanOutJobs(t.Context(), 1, time.Minute, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if len(claimed) == 0 {
				break
			}
			r := jobRun{FanOut: fanOut, job: claimed[0].Work, start: time.Now(), stop: stopped}
			if err := r.execute(t.Context(), claimed[0].Lease); err != nil {
				t.Fatal(err)
			}
		}
		if n := fanOut.Stats()[Count{Event: "warnings"}]; n != devices {
			t.Errorf("%d warnings after %d runs, want %d", n, runs, devices)
		}
		if runs < 3 || runs > 5 {
			t.Errorf("%d runs of %d, want about %d", runs, pageSize, devices/pageSize+1)
		}
	})
}
