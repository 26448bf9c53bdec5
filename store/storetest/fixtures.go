package storetest

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// Lease is how long the tests of the store claim work for.
const Lease = time.Minute

// Epoch is the time at which the fixtures happen.
func Epoch() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.UTC) }

// Report returns the nth report of one device, with every field set. It is due n seconds after Epoch.
func Report(n int) models.Report {
	return models.Report{
		ID: models.ReportID("dev_1", fmt.Sprint(n)), Body: "digest", Reporter: "pseudonym", Witness: "pseudonym", Group: "pseudonym",
		Channel: models.ChannelApp, Agent: "Ada", At: Epoch().Add(123 * time.Microsecond), Received: Epoch(), Region: "GB", Language: "en",
		Findings: []models.Finding{
			{Indicator: models.Indicator{Kind: models.Phone, Value: "+12025550100"}, Where: "indicators/0"},
			{Indicator: models.Indicator{Kind: models.URL, Value: "evil.example/pay"}, Where: "message", Span: &models.Span{Start: 3, End: 20}},
		},
		Message: &models.Message{Text: "Pay at evil.example/pay", Sender: "BANK", Via: "sms"},
		Story:   "They called me.",
		Harm:    &models.Harm{Stage: models.StagePaid, Amount: &models.Money{Minor: 1234, Currency: "GBP"}},
		Verdict: models.Verdict{
			Level: models.Danger, Category: models.CategoryPhishing, Advice: models.Advice{Code: "stop", Text: "Stop."},
			Reasons: []models.Hit{{Signature: "sig_1", Rule: models.Exact, Kind: models.Phone, Level: models.Danger, Rev: 2, Where: "indicators/0"}},
		},
		Due: Epoch().Add(time.Duration(n) * time.Second),
	}
}

// Device returns a device that agreed to exposures and warnings and has a push target.
func Device(id string) models.Device {
	return models.Device{
		ID: id, Secret: []byte{1, 2}, Platform: "android", Push: &models.PushTarget{Kind: models.PushFID, Value: "fid-" + id, Updated: Epoch()},
		Locale: "en-GB", Region: "GB", Zone: "Europe/London", Consents: models.Consents{Exposures: true, Warnings: true},
		Rev: 1, Created: Epoch(), Changed: Epoch(),
	}
}

// Exposure returns the nth exposure of a device to what has the key, among other keys.
func Exposure(device, key string, n int) models.Exposure {
	return models.Exposure{
		ID: models.ExposureID(device, fmt.Sprint(key, n)), Device: device, Keys: []string{"other", key, "shared"}, Kind: models.Phone,
		Hint: []byte("0100"), Channel: "call", Met: Epoch(), Recorded: Epoch(), Expires: models.StoredTime(time.Now().Add(time.Hour)),
	}
}

// Warning returns an urgent warning that is due, about one episode of a device's exposure.
func Warning(device string, episode int64) models.Warning {
	exposure := models.ExposureID(device, "key")
	return models.Warning{
		ID:     models.WarningID(exposure, models.WarningAccuse, episode),
		Device: device, Exposure: exposure, Class: models.WarningAccuse, Episode: episode, Signatures: []string{"sig_1"},
		Level: models.Danger, Category: models.CategoryPhishing, Kind: models.Phone, Hint: []byte("0100"), Channel: "call",
		Met: Epoch(), Created: Epoch(), PushUntil: models.StoredTime(time.Now().Add(time.Hour)),
		Expires: models.StoredTime(time.Now().Add(time.Hour)), Lane: models.LaneUrgent, State: models.WarningDue, Due: Epoch(),
	}
}

// FanOutJob returns the job to warn of one revision of the signature sig_1.
func FanOutJob(rev int64) models.FanOutJob {
	return models.FanOutJob{ID: models.FanOutJobID("sig_1", rev), Signature: "sig_1", Rev: rev}
}

// PutReports stores the first n reports.
func PutReports(t *testing.T, s *Database, n int) {
	t.Helper()
	reports := make([]models.Report, n)
	for i := range reports {
		reports[i] = Report(i)
	}
	out, err := s.PutReports(t.Context(), reports)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
}

// PutDevices stores a device for each id.
func PutDevices(t *testing.T, s *Database, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := s.PutDevice(t.Context(), Device(id)); err != nil {
			t.Fatal(err)
		}
	}
}

// Count returns how many documents the collection holds.
func Count(t *testing.T, s *Database, collection string) int64 {
	t.Helper()
	n, err := store.Count(t.Context(), s.Database().Collection(collection), bson.D{}, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
