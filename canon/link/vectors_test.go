package link

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/corpus"
)

type linkVector struct {
	URL    string          `json:"url"`
	URLHex string          `json:"url_hex"`
	Output json.RawMessage `json:"output"`
	OutHex string          `json:"output_hex"`
	Fail   bool            `json:"fail"`
}

func (v linkVector) input(t *testing.T) string {
	if v.URLHex == "" {
		return v.URL
	}
	raw, err := hex.DecodeString(v.URLHex)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestSafeBrowsingVectors(t *testing.T) {
	raw := corpus.Bytes(t, "vectors", "url", "webrisk_vectors.json")
	var vectors map[string][]linkVector
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	one := func(s string, ok bool) []string {
		if !ok {
			return nil
		}
		return []string{s}
	}
	forms := map[string]func(string) []string{
		"CanonicalURL": func(s string) []string {
			p, ok := parse(s)
			return one(p.scheme+"://"+p.host+p.path, ok)
		},
		"CanonicalHost":  func(s string) []string { p, ok := parse(s); return one(p.host, ok) },
		"CanonicalPath":  func(s string) []string { p, ok := parse(s); return one(p.path, ok) },
		"ParseIPAddress": func(s string) []string { return []string{parseIPv4(s)} },
		"GeneratePatterns": func(s string) []string {
			p, ok := parse(s)
			if !ok {
				return nil
			}
			return Expressions(p.value())
		},
		"GenerateLookupHosts": func(s string) []string {
			p, ok := parse(s)
			if !ok {
				return nil
			}
			parts := Split(p.value())
			return parts.Hosts()
		},
		"GenerateLookupPaths": func(s string) []string {
			p, ok := parse(s)
			if !ok {
				return nil
			}
			p.host = "h"
			out := Expressions(p.value())
			for i := range out {
				out[i] = out[i][1:]
			}
			slices.Sort(out)
			return out
		},
	}
	passed := corpus.PassRate{Name: "Safe Browsing vectors"}
	for name, list := range vectors {
		for _, v := range list {
			in := v.input(t)
			got, want := forms[name](in), []string(nil)
			if !v.Fail {
				if err := json.Unmarshal(v.Output, &want); err != nil {
					var single string
					if err := json.Unmarshal(v.Output, &single); err != nil {
						t.Fatal(err)
					}
					want = []string{single}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s(%q): %s", name, in, diff)
			}
			passed.Count(slices.Equal(got, want), in)
		}
	}
	passed.Check(t, 1)
	if passed.All != 107 {
		t.Errorf("got %d vectors, want 107", passed.All)
	}
}

// TestHubListCoversTheKnownHubs logs which share of public lists the built-in
// one holds. It is our own, from general knowledge, not made to match them.
func TestHubListCoversTheKnownHubs(t *testing.T) {
	for name, floor := range map[string]float64{"url_shorteners.txt": 0.29, "link_in_bio.txt": 0.33} {
		raw := corpus.Bytes(t, "vectors", "hubs", name)
		known := corpus.PassRate{Name: name}
		for host := range strings.FieldsSeq(string(raw)) {
			known.Count(IsHub(host), host)
		}
		known.Check(t, floor)
	}
}
