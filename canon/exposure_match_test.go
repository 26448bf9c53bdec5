package canon_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.org/tocsin/canon"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// drawIndicator and drawSignature draw what often touches each other.
func drawIndicator(t *rapid.T) models.Indicator {
	given := rapid.SampledFrom([]models.Indicator{
		{Kind: models.Phone, Value: "+4930123456"},
		{Kind: models.Phone, Value: "+493012345678"},
		{Kind: models.Phone, Value: "+4930123457"},
		{Kind: models.Phone, Value: "CN:95588"},
		{Kind: models.URL, Value: "www.bank.example/login"},
		{Kind: models.URL, Value: "evil.example:8080/pay/now?x=1"},
		{Kind: models.URL, Value: "10.0.0.1/pay"},
		{Kind: models.URL, Value: "page.sites.google.com/pay"},
		{Kind: models.URL, Value: "google.com/pay"},
		{Kind: models.URL, Value: "a.evil.github.io/pay"},
		{Kind: models.Domain, Value: "www.bank.example"},
		{Kind: models.Domain, Value: "google.com"},
		{Kind: models.Domain, Value: "sites.google.com"},
		{Kind: models.Email, Value: "a@mail.bank.example"},
		{Kind: models.Email, Value: "a@sites.google.com"},
		{Kind: models.Handle, Value: "telegram:evil_name"},
		{Kind: models.Account, Value: "local:CN:36488573"},
	}).Draw(t, "indicator")
	return given
}

func drawSignature(t *rapid.T) models.Signature {
	s := rapid.SampledFrom([]models.Signature{
		{Rule: models.Exact, Kind: models.Phone, Value: "+4930123456"},
		{Rule: models.Exact, Kind: models.Phone, Value: "CN:95588"},
		{Rule: models.Range, Kind: models.Phone, Value: "+4930123450-+4930123459"},
		{Rule: models.Range, Kind: models.Phone, Value: "+493012345000-+493012346999"},
		{Rule: models.Exact, Kind: models.URL, Value: "www.bank.example/login"},
		{Rule: models.Expression, Kind: models.URL, Value: "evil.example:8080/pay/"},
		{Rule: models.Expression, Kind: models.URL, Value: "bank.example/"},
		{Rule: models.Exact, Kind: models.Domain, Value: "bank.example"},
		{Rule: models.Exact, Kind: models.Domain, Value: "evil.example"},
		{Rule: models.Exact, Kind: models.Domain, Value: "google.com"},
		{Rule: models.Exact, Kind: models.Domain, Value: "sites.google.com"},
		{Rule: models.Exact, Kind: models.Domain, Value: "evil.github.io"},
		{Rule: models.Exact, Kind: models.Domain, Value: "page.sites.google.com"},
		{Rule: models.Exact, Kind: models.Email, Value: "a@mail.bank.example"},
		{Rule: models.Exact, Kind: models.Handle, Value: "telegram:evil_name"},
	}).Draw(t, "signature")
	s.ID, s.Level, s.LogRev = models.SignatureID(s.Rule, s.Kind, s.Value), models.Danger, 1
	return s
}

func TestAnExposureIsFoundByWhatACheckFindsAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, s := drawIndicator(t), drawSignature(t)
		index := match.New()
		index.Apply([]models.Change{s.Change(models.Unknown)})
		hit := slices.ContainsFunc(index.Lookup(i, time.Unix(0, 0)), func(h models.Hit) bool { return !h.MatchType.Lead() })
		own := models.Recognisers(s.Rule, s.Kind, s.Value)
		found := slices.ContainsFunc(canon.Recognisers(i), func(r string) bool { return slices.Contains(own, r) })
		if hit != found {
			t.Errorf("%s %s and %s %s %s: a check hits: %v, an exposure is found: %v", i.Kind, i.Value, s.Rule, s.Kind, s.Value, hit, found)
		}
	})
}

func TestARangeHoldsNumbersOfItsOwnLengthAlone(t *testing.T) {
	within := models.Recognisers(models.Range, models.Phone, "+4930123450-+4930123459")
	for value, want := range map[string]bool{
		"+4930123456": true, "+493012345678": false, "+493012345": false, "+4930123460": false, "DE:4930123456": false, "DE:493012345": false,
	} {
		got := slices.ContainsFunc(canon.Recognisers(models.Indicator{Kind: models.Phone, Value: value}), func(r string) bool {
			return slices.Contains(within, r)
		})
		if got != want {
			t.Errorf("%s: found %v, want %v", value, got, want)
		}
	}
}
