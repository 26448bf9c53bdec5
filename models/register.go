package models

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/google/uuid"
)

// NewDevice returns a new device made of the draft, at revision 1, and the credential that the app is given once: only its
// hash stays with the device. The draft's push target is copied.
func NewDevice(draft DeviceDraft, now time.Time) (Device, Credential) {
	credential := NewCredential("dev_" + uniqueID(now))
	device := Device{
		ID: credential.ID, Secret: credential.Hash(), Platform: draft.Platform,
		Locale: draft.Locale, Region: draft.Region, Zone: draft.Zone, Consents: draft.Consents,
		Rev: 1, Created: now, Changed: now,
	}
	device.Push = draft.Push.at(now)
	return device, credential
}

// DeviceAmendment is a change of a device: what is nil stays as it is. Its id, secret and platform cannot change.
type DeviceAmendment struct {
	Push     *PushTarget
	NoPush   bool // the device has no push target any more; Push is not read
	Locale   *string
	Region   *string
	Zone     *string
	Consents *Consents
}

// Amend returns the device as it is after the amendment, at the next revision, changed now. d itself is not changed.
func (d Device) Amend(a DeviceAmendment, now time.Time) Device {
	switch {
	case a.NoPush:
		d.Push = nil
	case a.Push != nil:
		renewed := a.Push.at(now)
		if d.Push != nil && renewed.Kind == d.Push.Kind && renewed.Value == d.Push.Value {
			renewed.Proven = d.Push.Proven
		}
		d.Push = renewed
	}
	assign(&d.Locale, a.Locale)
	assign(&d.Region, a.Region)
	assign(&d.Zone, a.Zone)
	assign(&d.Consents, a.Consents)
	d.Rev++
	d.Changed = now
	return d
}

// NewKey returns a new API key and its credential, which is shown once: only its hash stays with the key. The rate is in
// requests per second; 0 takes the server's default. scopes is kept, not copied. The key is an organisation of its own.
func NewKey(name string, scopes []Scope, rate int, now time.Time) (Key, Credential) {
	credential := NewCredential("key_" + uniqueID(now))
	return Key{
		ID: credential.ID, Name: name, Secret: credential.Hash(), Scopes: scopes, Rate: rate, Created: now, Organisation: credential.ID,
	}, credential
}

// at returns a copy of the push target, updated now; nil of nil.
func (p *PushTarget) at(now time.Time) *PushTarget {
	if p == nil {
		return nil
	}
	return &PushTarget{Kind: p.Kind, Value: p.Value, Updated: now}
}

// assign sets *to to *from, unless from is nil.
func assign[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// uniqueID returns a UUIDv7 (RFC 9562, section 5.7) for the given time, as 32 hexadecimal digits: 48 bits of milliseconds
// since 1970, then 74 random bits around the version and the variant. Ids of one day lie side by side in the database's
// index. An id is not a secret; it tells when it was made.
func uniqueID(now time.Time) string {
	var u uuid.UUID
	_, _ = rand.Read(u[:]) // crypto/rand.Read never fails (Go 1.24)
	ms := now.UnixMilli()
	for i := 5; i >= 0; i-- {
		u[i] = byte(ms)
		ms >>= 8
	}
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	return hex.EncodeToString(u[:])
}
