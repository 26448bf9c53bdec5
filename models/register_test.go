package models

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestNewDeviceReturnsACredentialThatMatchesIt(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	push := &PushTarget{Kind: PushFID, Value: "fid-1"}
	d, c := NewDevice(DeviceDraft{Platform: "android", Push: push, Locale: "en"}, now)
	if !strings.HasPrefix(d.ID, "dev_") || d.ID != c.ID || !c.Matches(d.Secret) {
		t.Errorf("device %q, credential %q, matches %v", d.ID, c.ID, c.Matches(d.Secret))
	}
	if d.Push == push || !d.Push.Updated.Equal(now) || !push.Updated.IsZero() {
		t.Errorf("push %+v is shared with the draft %+v, or not updated now", d.Push, push)
	}
	other, _ := NewDevice(DeviceDraft{}, now)
	if other.ID == d.ID || c.Matches(other.Secret) {
		t.Errorf("two devices share an id or a secret")
	}
	parsed, err := uuid.Parse(strings.TrimPrefix(d.ID, "dev_"))
	if err != nil || parsed.Version() != 7 || parsed.Variant() != uuid.RFC4122 {
		t.Fatalf("id %q is version %d of variant %v, %v", d.ID, parsed.Version(), parsed.Variant(), err)
	}
	if sec, nsec := parsed.Time().UnixTime(); !time.Unix(sec, nsec).Equal(now) {
		t.Errorf("the id's time is %v, want %v", time.Unix(sec, nsec).UTC(), now)
	}
}

func TestDeviceAmendChangesOnlyWhatIsNamed(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	before, _ := NewDevice(DeviceDraft{
		Platform: "ios", Push: &PushTarget{Kind: PushToken, Value: "t"}, Locale: "en", Region: "DE", Zone: "Europe/Berlin",
		Consents: Consents{Exposures: true},
	}, now)
	fr := "fr"
	later := now.Add(time.Hour)
	for _, tt := range []struct {
		name   string
		change DeviceAmendment
		want   func(*Device)
	}{
		{"nothing named", DeviceAmendment{}, func(*Device) {}},
		{"a locale", DeviceAmendment{Locale: &fr}, func(d *Device) { d.Locale = "fr" }},
		{"consent withdrawn", DeviceAmendment{Consents: &Consents{}}, func(d *Device) { d.Consents = Consents{} }},
		{"push dropped", DeviceAmendment{NoPush: true, Push: &PushTarget{Value: "x"}}, func(d *Device) { d.Push = nil }},
	} {
		got, want := before.Amend(tt.change, later), before
		tt.want(&want)
		want.Rev, want.Changed = before.Rev+1, later
		if got.Locale != want.Locale || got.Region != want.Region || got.Zone != want.Zone || got.Push != want.Push ||
			got.Consents != want.Consents || got.Rev != want.Rev || !got.Changed.Equal(want.Changed) || got.ID != want.ID {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, want)
		}
	}
}

func TestNewKeyReturnsACredentialThatMatchesIt(t *testing.T) {
	k, c := NewKey("city line", []Scope{ScopeReports}, 5, time.UnixMilli(1))
	if !strings.HasPrefix(k.ID, "key_") || k.ID != c.ID || !c.Matches(k.Secret) || k.Name != "city line" || k.Rate != 5 {
		t.Errorf("key %+v does not fit its credential %v", k, c)
	}
	if read, err := ParseCredential(c.Bearer()); err != nil || !read.Matches(k.Secret) {
		t.Errorf("the bearer token does not match the key: %v", err)
	}
}
