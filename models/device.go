package models

import "time"

// PushKind is the kind of address that a push target has. Firebase Cloud Messaging (FCM) moves from registration tokens to
// Firebase Installation IDs; a device has one of them.
type PushKind string

// The kinds of push target.
const (
	PushFID   PushKind = "fid"   // Firebase Installation ID
	PushToken PushKind = "token" // registration token
)

// PushTarget is where a device's warnings are pushed to. Its value lets its holder be reached: it is never logged.
type PushTarget struct {
	Kind    PushKind  `bson:"kind"       json:"kind"`
	Value   string    `bson:"value"      json:"value"`
	Updated time.Time `bson:"updated_at" json:"updated_at"`

	// Proven is when the service first took a push for it: it belongs to our app. Zero: never; a new value begins anew.
	Proven time.Time `bson:"proven_at,omitempty" json:"-"`
}

// Consents is what the person has agreed to. The zero Consents agrees to nothing.
type Consents struct {
	Exposures bool `bson:"exposures" json:"exposures"` // keep, as keyed hashes, what the device met
	Warnings  bool `bson:"warnings"  json:"warnings"`  // push warnings about it; without it they wait in the inbox
}

// Device is one installation of the app. NewDevice makes it, Amend changes it. Nothing of it tells who the person is.
type Device struct {
	ID       string      `bson:"_id"`              // "dev_" and a UUIDv7
	Secret   []byte      `bson:"secret"`           // SHA-256 of the device's own secret
	Platform string      `bson:"platform"`         // android, ios, web: the device's own word
	Push     *PushTarget `bson:"push,omitempty"`   // nil: warnings wait in the inbox
	Locale   string      `bson:"locale"`           // BCP 47
	Region   string      `bson:"region,omitempty"` // ISO 3166 ("CN", "CN-44"), for numbers in national form
	Zone     string      `bson:"zone,omitempty"`   // IANA time zone
	Consents Consents    `bson:"consents"`
	Rev      int64       `bson:"rev"` // grows by one with every write
	Created  time.Time   `bson:"created_at"`
	Changed  time.Time   `bson:"changed_at"`
}

// Exposure is that a device has met an indicator. The indicator itself is not kept: only keyed hashes by which a signature
// finds it again, and the hint that a warning shows, sealed.
type Exposure struct {
	ID       string        `bson:"_id"` // ExposureID
	Device   string        `bson:"device"`
	Keys     []string      `bson:"keys"` // Keyer.ExposureKey of each recogniser that could touch it
	Kind     IndicatorKind `bson:"kind"`
	Hint     []byte        `bson:"hint"`              // Keyer.SealHint
	Channel  string        `bson:"channel,omitempty"` // call, sms, chat, email, web, payment
	Met      time.Time     `bson:"met_at"`            // by the device's word
	Recorded time.Time     `bson:"recorded_at"`       // by our clock
	Expires  time.Time     `bson:"expires_at"`        // it warns nobody from then on, whether or not it is deleted yet

	// Episode counts the all-clears about it. An accusation of the present episode is pushed from EpisodeFrom on, at most
	// one in 24 h, so that a level that goes up and down makes no more pushes than that.
	Episode     int64     `bson:"episode,omitempty"`
	EpisodeFrom time.Time `bson:"episode_from,omitempty"`
	// Exempted holds the ids of signatures that would accuse it, if another one did not exempt it.
	Exempted map[string]bool `bson:"exempted,omitempty"`
}

// ExposureID returns the id of an exposure: the same for the same device and key, that is Keyer.ExposureKey of the value
// itself, so that meeting a number twice is one exposure.
func ExposureID(device, key string) string { return digest(device, key) }

// LastMet returns one exposure for each key that the function gives: the one that was met last, and of several that were
// met at the same time the first. They stand in the order in which each key comes first; exposures is not changed.
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
