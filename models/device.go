package models

import "time"

// PushKind says what kind of address a push target is. FCM moves from
// registration tokens to Firebase Installation IDs; a device has one of them.
type PushKind string

// The kinds of push target.
const (
	PushFID   PushKind = "fid"
	PushToken PushKind = "token"
)

// Push is where a device's warnings are pushed to.
type PushTarget struct {
	Kind    PushKind  `bson:"kind"       json:"kind"`
	Value   string    `bson:"value"      json:"value"`
	Updated time.Time `bson:"updated_at" json:"updated_at"`
}

// Consents is what the person has agreed to.
type Consents struct {
	Exposures bool `bson:"exposures" json:"exposures"` // keep, as keyed hashes, what the device met
	Warnings  bool `bson:"warnings"  json:"warnings"`  // push warnings about it
}

// Device is one installation of the app.
type Device struct {
	ID       string      `bson:"_id"`
	Secret   []byte      `bson:"secret"` // SHA-256 of the device's own secret
	Platform string      `bson:"platform"`
	Push     *PushTarget `bson:"push,omitempty"` // nil: warnings wait in the inbox
	Locale   string      `bson:"locale"`         // BCP 47
	Region   string      `bson:"region,omitempty"`
	Zone     string      `bson:"zone,omitempty"` // IANA time zone
	Consents Consents    `bson:"consents"`
	Rev      int64       `bson:"rev"`
	Created  time.Time   `bson:"created_at"`
	Changed  time.Time   `bson:"changed_at"`
}

// Exposure is that a device has met an indicator. The indicator itself is not
// kept: only keyed hashes by which a signature finds it again, and the tail
// that a warning shows.
type Exposure struct {
	ID       string        `bson:"_id"` // ExposureID
	Device   string        `bson:"device"`
	Keys     []string      `bson:"keys"` // Keyer.Exposure of everything that could recognise it
	Kind     IndicatorKind `bson:"kind"`
	Hint     string        `bson:"tail"`
	Channel  string        `bson:"channel,omitempty"` // call, sms, chat, email, web, payment
	Met      time.Time     `bson:"met_at"`
	Recorded time.Time     `bson:"recorded_at"` // by our clock
	Expires  time.Time     `bson:"expires_at"`
}

// ExposureID is the same for the same device and indicator key, so that meeting a number twice is one exposure.
func ExposureID(device, key string) string { return digest(device, key) }

// LastMet leaves one exposure of each key: the one that was met last. The order
// is that of the first of each.
func LastMet(exposures []Exposure, key func(Exposure) string) []Exposure {
	place := make(map[string]int, len(exposures))
	kept := make([]Exposure, 0, len(exposures))
	for _, e := range exposures {
		n, seen := place[key(e)]
		switch {
		case !seen:
			place[key(e)] = len(kept)
			kept = append(kept, e)
		case e.Met.After(kept[n].Met):
			kept[n] = e
		}
	}
	return kept
}
