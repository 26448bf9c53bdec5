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
			t.Errorf("IsHub(%q) = %v, want %v", host, got, want)
		}
	}
	for host, want := range map[string]bool{"com": true, "co.uk": true, "github.io": true, "evil.co.uk": false, "evil.example": false} {
		if got := IsPublicSuffix(host); got != want {
			t.Errorf("IsPublicSuffix(%q) = %v, want %v", host, got, want)
		}
	}
}

func TestRegistrableDomain(t *testing.T) {
	for _, tt := range []struct{ name, host, want string }{
		{"the domain itself", "evil.example", "evil.example"},
		{"names below it", "a.b.evil.example", "evil.example"},
		{"a suffix of two labels", "shop.co.uk", "shop.co.uk"},
		{"a name below that", "www.shop.co.uk", "shop.co.uk"},
		{"a suffix that is a wildcard", "a.b.c.ck", "b.c.ck"},
		{"an exception to the wildcard", "a.www.ck", "www.ck"},
		{"a customer of a private suffix", "a.victim.github.io", "victim.github.io"},
		{"a suffix that is on no list", "a.evil.unknowntld", "evil.unknowntld"},
		{"A-labels", "www.xn--ypal-43d9g.example", "xn--ypal-43d9g.example"},
		{"a hub is a domain as others are", "www.bit.ly", "bit.ly"},
		{"a customer of a builder on no list", "shop.godaddysites.com", "godaddysites.com"},
		{"a public suffix", "co.uk", ""},
		{"a private suffix", "github.io", ""},
		{"one label", "com", ""},
		{"an IPv4 address", "203.0.113.7", ""},
		{"an IPv6 address", "[2606:4700::1111]", ""},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := RegistrableDomain(tt.host); got != tt.want {
				t.Errorf("RegistrableDomain(%q) = %q, want %q", tt.host, got, tt.want)
			}
		})
	}
}

func BenchmarkRegistrableDomain(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		RegistrableDomain("www.shop.co.uk")
	}
}
