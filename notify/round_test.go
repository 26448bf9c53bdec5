package notify

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

func TestARoundThatMustStopIsContinuedByTheNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const devices = 1600
		keyer := models.NewKeyer([]byte("a key for a test"))
		sig := models.Signature{ID: "sig_x", Rule: models.Exact, Kind: models.Phone, Value: "+12025550123", Level: models.Danger, Rev: 1, LevelRev: 1}
		key := keyer.Exposure(models.Recogniser(sig.Rule, sig.Kind, sig.Value))
		begin := time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
		var exposures []models.Exposure
		for i := range devices {
			id := fmt.Sprint("dev_", i)
			err := s.PutDevice(t.Context(), models.Device{ID: id, Rev: 1, Push: &models.Push{Value: id}, Consents: models.Consents{Exposures: true, Warnings: true}})
			if err != nil {
				t.Fatal(err)
			}
			exposures = append(exposures, models.Exposure{
				ID: models.ExposureID(id, key), Device: id, Keys: []string{key}, Kind: models.Phone, Met: begin,
				Recorded: begin.Add(time.Duration(i/10) * time.Second), Expires: time.Now().Add(time.Hour),
			})
		}
		if err := s.PutExposures(t.Context(), exposures); err != nil {
			t.Fatal(err)
		}
		if _, err := s.InsertSignatures(t.Context(), []models.Signature{sig}); err != nil {
			t.Fatal(err)
		}
		if err := s.PutAsks(t.Context(), []models.Ask{{ID: models.AskID(sig.ID, 1), Signature: sig.ID, Rev: 1}}); err != nil {
			t.Fatal(err)
		}
		spread := NewSpread(SpreadOptions{
			VerdictLog: s, Asks: s, Exposures: s, Signatures: s, Inbox: s, Keyer: keyer, Log: slog.New(slog.DiscardHandler),
		})
		spread.harvest = page
		stopped := make(chan struct{})
		close(stopped)
		rounds := 0
		for ; rounds < 10; rounds++ {
			claimed, err := s.ClaimAsks(t.Context(), 1, time.Minute, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if len(claimed) == 0 {
				break
			}
			r := round{Spread: spread, ask: claimed[0].Work, began: time.Now(), stop: stopped}
			if err := r.work(t.Context(), claimed[0].Lease); err != nil {
				t.Fatal(err)
			}
		}
		if n := spread.Stats()[Count{What: "warnings"}]; n != devices {
			t.Errorf("%d warnings after %d rounds, want %d", n, rounds, devices)
		}
		if rounds < 3 || rounds > 5 {
			t.Errorf("%d rounds of %d, want about %d", rounds, page, devices/page+1)
		}
	})
}
