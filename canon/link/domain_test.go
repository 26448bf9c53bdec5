package link

import (
	"testing"
)

func TestHubsAndSuffixes(t *testing.T) {
	for host, want := range map[string]bool{
		"bit.ly": true, "www.bit.ly": true, "docs.google.com": true, "t.me": true, "github.io": true, "godaddysites.com": true,
		"google.com": false, "shop.godaddysites.com": false, "evil.github.io": false, "evil.example": false, "com": false, "": false,
	} {
		if got := IsHub(host); got != want {
			t.Errorf("Hub(%q) = %v, want %v", host, got, want)
		}
	}
	for host, want := range map[string]bool{"com": true, "co.uk": true, "github.io": true, "evil.co.uk": false, "evil.example": false} {
		if got := IsPublicSuffix(host); got != want {
			t.Errorf("PublicSuffix(%q) = %v, want %v", host, got, want)
		}
	}
}

func TestRegisteredIsOneLabelMoreThanTheSuffix(t *testing.T) {
	for host, want := range map[string]string{
		"evil.example": "evil.example", "a.b.evil.example": "evil.example", "shop.co.uk": "shop.co.uk", "www.shop.co.uk": "shop.co.uk",
		"a.victim.github.io": "victim.github.io", "co.uk": "", "com": "", "": "", "github.io": "",
	} {
		if got := RegisteredDomain(host); got != want {
			t.Errorf("Registered(%q) = %q, want %q", host, got, want)
		}
	}
}

func BenchmarkRegistered(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		RegisteredDomain("www.shop.co.uk")
	}
}
