package models

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLastMetKeepsTheLatestExposureOfEachKey(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	met := func(id, device string, minutes int) Exposure {
		return Exposure{ID: id, Device: device, Met: noon.Add(time.Duration(minutes) * time.Minute)}
	}
	for _, tt := range []struct {
		name string
		in   []Exposure
		want []string
	}{
		{"none", nil, nil},
		{"one", []Exposure{met("1", "a", 0)}, []string{"1"}},
		{"the later comes last", []Exposure{met("1", "a", 0), met("2", "a", 1)}, []string{"2"}},
		{"the later comes first", []Exposure{met("1", "a", 1), met("2", "a", 0)}, []string{"1"}},
		{"the latest is in the middle", []Exposure{met("1", "a", 1), met("2", "a", 5), met("3", "a", 4)}, []string{"2"}},
		{"at the same time the first", []Exposure{met("1", "a", 0), met("2", "a", 0)}, []string{"1"}},
		{"in the order of the first of each", []Exposure{met("1", "b", 0), met("2", "a", 9), met("3", "b", 5)}, []string{"3", "2"}},
		{"each key for itself", []Exposure{met("1", "a", 5), met("2", "b", 0), met("3", "a", 9), met("4", "b", 1)}, []string{"3", "4"}},
	} {
		before := slices.Clone(tt.in)
		var got []string
		for _, e := range LastMet(tt.in, func(e Exposure) string { return e.Device }) {
			got = append(got, e.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
		if diff := cmp.Diff(before, tt.in); diff != "" {
			t.Errorf("%s: the exposures given are changed: %s", tt.name, diff)
		}
	}
}

func TestANewDeviceHoldsWhatItsDraftSays(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	draft := DeviceDraft{
		Platform: "ios", Push: &PushTarget{Kind: PushFID, Value: "fid-1"}, Locale: "de", Region: "DE", Zone: "Europe/Berlin",
		Consents: Consents{Exposures: true, Warnings: true},
	}
	got, c := NewDevice(draft, now)
	want := Device{
		ID: c.ID, Secret: c.Hash(), Platform: "ios", Push: &PushTarget{Kind: PushFID, Value: "fid-1", Updated: now},
		Locale: "de", Region: "DE", Zone: "Europe/Berlin", Consents: Consents{Exposures: true, Warnings: true},
		Rev: 1, Created: now, Changed: now,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConsentsAgreeToNothingByThemselves(t *testing.T) {
	d, _ := NewDevice(DeviceDraft{Platform: "web"}, time.UnixMilli(1))
	if d.Consents.Exposures || d.Consents.Warnings {
		t.Errorf("a device whose app says nothing agrees to %+v", d.Consents)
	}
}

func TestAnAmendmentLeavesTheDeviceThatItWasGiven(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	push := &PushTarget{Kind: PushToken, Value: "old"}
	before, _ := NewDevice(DeviceDraft{Platform: "ios", Push: push, Locale: "en", Region: "DE", Zone: "Europe/Berlin"}, now)
	was := before
	pushWas := *before.Push

	next := &PushTarget{Kind: PushFID, Value: "new"}
	region, zone, later := "CN-44", "Asia/Shanghai", now.Add(time.Hour)
	got := before.Amend(DeviceAmendment{Push: next, Region: &region, Zone: &zone}, later)

	want := was
	want.Push = &PushTarget{Kind: PushFID, Value: "new", Updated: later}
	want.Region, want.Zone, want.Rev, want.Changed = "CN-44", "Asia/Shanghai", 2, later
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(was, before); diff != "" || *before.Push != pushWas {
		t.Errorf("the device before is changed: %s %+v", diff, *before.Push)
	}
	if got.Push == next || !next.Updated.IsZero() {
		t.Error("the push target is shared with the amendment")
	}
}
