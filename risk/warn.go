package risk

import (
	"time"

	"example.org/tocsin/models"
)

// The reasons why a person is not warned, or not by push. They are kept with
// held warnings and counted, so they are never renamed.
const (
	ReasonNotDangerous = "not_dangerous"  // the level does not warn
	ReasonNoDevice     = "no_device"      // the device is gone
	ReasonNoConsent    = "no_consent"     // the person has not agreed, or no longer
	ReasonExpired      = "expired"        // the exposure is past its end
	ReasonNoPushTarget = "no_push_target" // nowhere to push to
)

// JudgeExposure returns the verdict on something that a device has met, as Judge gives it on a check of it: from the
// signatures that recognise it and have not ended, and from the hits of those that exempt it, imitated or cleared. So what
// is pushed accuses nobody whom a check does not accuse (TestAPushIsMadeIfAndOnlyIfACheckWarns).
func JudgeExposure(signatures []models.Signature, exempting []models.Hit, now time.Time) models.Verdict {
	hits := make([]models.Hit, 0, len(signatures)+len(exempting))
	for _, s := range signatures {
		if !s.Ended(now) {
			hits = append(hits, models.Hit{Signature: s.ID, Rule: s.Rule, Kind: s.Kind, Level: s.Level, Category: s.Category})
		}
	}
	return Judge(append(hits, exempting...))
}

// Decision is whether one exposed device gets a warning. Where Warn is false there is none at all, and Reason says why.
// Where it is true the warning begins in State: due; or held, that is in the inbox without a push, and Reason says why.
type Decision struct {
	Warn   bool
	State  models.WarningState
	Reason string // one of the reasons above, or empty
}

// AtRisk decides, as of now, whether the device d is to be warned because of the exposure e to a signature of the given
// level. The first rule that applies decides; TestAtRiskTellsWhyOrWhyNot holds each:
//
//  1. Only danger and confirmed warn: people who are warned of everything soon ignore it.
//  2. An exposure of another device, or of one that was erased (the zero Device), warns nobody.
//  3. Without consent to keep exposures, none is used, even if one is still stored.
//  4. An exposure past its end is as good as deleted: the store may be late.
//  5. Without consent to push, or without a push target, the warning is held.
//
// A warning is urgent, since the payment may be under way: it is due at any hour of the day and night
// (TestWarningIsDueAtEveryHourOfTheNight).
func AtRisk(level models.Level, e models.Exposure, d models.Device, now time.Time) Decision {
	switch {
	case !level.Warns():
		return Decision{Reason: ReasonNotDangerous}
	case d.ID == "" || d.ID != e.Device:
		return Decision{Reason: ReasonNoDevice}
	case !d.Consents.Exposures:
		return Decision{Reason: ReasonNoConsent}
	case !now.Before(e.Expires):
		return Decision{Reason: ReasonExpired}
	case !d.Consents.Warnings:
		return Decision{Warn: true, State: models.WarningHeld, Reason: ReasonNoConsent}
	case d.Push == nil || d.Push.Value == "":
		return Decision{Warn: true, State: models.WarningHeld, Reason: ReasonNoPushTarget}
	}
	return Decision{Warn: true, State: models.WarningDue}
}
