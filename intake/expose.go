package intake

import (
	"context"
	"fmt"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// maxEncounters is how many encounters one call may hold.
const maxEncounters = 500

// Expose stores that a device has met something, as keyed hashes and a hint
// (TestAnExposureIsKeptAsHashesAndAnswered), and returns for each encounter, in
// order, what is known of it now.
//
// Nobody is missed between this answer and a later warning: the exposure is stored
// before the index is brought up to the head of the verdict log. A change that was
// appended before that is in the answer; one that is appended later finds the
// exposure (TestAnExposureBesideAChangeIsAlwaysTold).
//
// Errors: Forbidden (consent_missing) without the person's consent, Invalid
// with a JSON pointer, and what the store answers; it may then be sent again.
func (d *Desk) Expose(ctx context.Context, device models.Device, encounters []models.Encounter) ([]models.ExposureResult, error) {
	if !device.Consents.Exposures {
		return nil, &models.Error{
			Kind: models.Forbidden, Code: "consent_missing", Detail: "The person has not agreed to the storage of exposures.",
		}
	}
	if len(encounters) > maxEncounters {
		return nil, models.NewInvalid("/exposures", "exposures_too_many", "At most 500 exposures are allowed.")
	}
	now := d.now()
	met, exposures, err := d.exposures(device, encounters, now)
	if err != nil || len(exposures) == 0 {
		return nil, err
	}
	// One encounter twice in a call is one exposure, the latest of them.
	if err := d.Store.Exposures.PutExposures(ctx, models.LastMet(exposures, func(e models.Exposure) string { return e.ID })); err != nil {
		return nil, fmt.Errorf("put %d exposures: %w", len(exposures), err)
	}
	if err := d.Follower.Sync(ctx); err != nil {
		return nil, fmt.Errorf("follow the verdict log: %w", err)
	}
	results := make([]models.ExposureResult, len(met))
	for n, i := range met {
		results[n] = models.ExposureResult{Kind: i.Kind, Verdict: risk.Judge(d.Index.Lookup(i, now)), Expires: exposures[n].Expires}
	}
	return results, nil
}

// exposures returns the canonical indicator and the exposure of each encounter.
func (d *Desk) exposures(
	device models.Device, encounters []models.Encounter, now time.Time,
) ([]models.Indicator, []models.Exposure, error) {
	met, exposures := make([]models.Indicator, len(encounters)), make([]models.Exposure, len(encounters))
	for n, e := range encounters {
		pointer := fmt.Sprintf("/exposures/%d", n)
		at, err := d.encounterTime(e.Met, now)
		if err != nil {
			return nil, nil, models.At(err, pointer+"/met_at")
		}
		if !validChannel(e.Channel) {
			return nil, nil, models.NewInvalid(pointer+"/channel", "channel_unknown", "The channel must be call, sms, chat, email, web or payment.")
		}
		given := e.Region
		if given == "" {
			given = device.Region
		}
		region, fault := canon.Region(given)
		if fault != nil {
			return nil, nil, models.At(fault, pointer+"/region")
		}
		i, fault := canon.Indicator(e.Kind, e.Value, region)
		if fault != nil {
			return nil, nil, models.At(fault, pointer+"/value")
		}
		met[n] = i
		exposures[n] = d.newExposure(device.ID, i, e.Channel, at, now)
	}
	return met, exposures, nil
}

// newExposure returns what is stored of an encounter: in place of the value the
// keyed hash (HMAC-SHA-256, RFC 2104) of every recogniser by which a signature
// could ever match it, and its sealed hint for the text of the warning
// (TestNothingStoredShowsWhatWasMet).
func (d *Desk) newExposure(device string, i models.Indicator, channel string, met, now time.Time) models.Exposure {
	recognisers := canon.Recognisers(i)
	keys := make([]string, len(recognisers))
	for n, r := range recognisers {
		keys[n] = d.Keyer.ExposureKey(r)
	}
	own := d.Keyer.ExposureKey(models.Recogniser(models.Exact, i.Kind, i.Value))
	return models.Exposure{
		ID: models.ExposureID(device, own), Device: device, Keys: keys, Kind: i.Kind, Hint: d.Keyer.SealHint(i),
		Channel: channel, Met: met, Recorded: now, Expires: met.Add(d.ExposureTTL),
	}
}

// encounterTime returns when the device met it: at, or now where the device did not
// say. What is older than exposures are kept would be deleted at once.
func (d *Desk) encounterTime(at, now time.Time) (time.Time, error) {
	switch {
	case at.IsZero():
		return now, nil
	case at.After(now.Add(maxClockSkew)):
		return at, models.NewInvalid("", "met_in_future", "The time is in the future.")
	case !at.Add(d.ExposureTTL).After(now):
		return at, models.NewInvalid("", "met_too_old", "The time is longer ago than exposures are kept.")
	}
	return models.StoredTime(at), nil
}

// validChannel reports whether a channel is one by which a scammer is met, or is not given.
func validChannel(channel string) bool {
	switch channel {
	case "", "call", "sms", "chat", "email", "web", "payment":
		return true
	}
	return false
}
