package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/models"
)

// TestNothingStoredShowsWhatWasMet reads every exposure and every warning as the database keeps it: a copy of it is no list
// of what people met, not even of the ends of numbers. A warning names its signature all the same.
func TestNothingStoredShowsWhatWasMet(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		met := []map[string]string{
			{"kind": "phone", "value": "+12025550189"},
			{"kind": "url", "value": "https://parcel-fee.example/pay"},
			{"kind": "email", "value": "mule-0918@evil-post.example"},
			{"kind": "handle", "value": "telegram:evil_9081"},
			{"kind": "account", "value": "iban:DE89370400440532013000"},
		}
		canaries := []string{
			"0189", "20255501", "parcel-fee", "0918", "evil-post", "evil_9081", "9081", "telegram", "3704004405", "3000",
		}
		key := createKey(t, environ, models.ScopeSignatures)
		p := startProgram(t, environ)
		device := p.device("token")
		var exposures, signatures []map[string]string
		for _, m := range met {
			exposures = append(exposures, mergeEnviron(m, map[string]string{"met_at": now()}))
			signatures = append(signatures, mergeEnviron(m, map[string]string{"level": "danger", "category": "other", "source": "test"}))
		}
		p.must(request{method: http.MethodPut, path: "/v1/devices/me/exposures", credential: device}, map[string]any{"exposures": exposures})
		p.importSignatures(key, signatures...)
		eventually(t, "the warnings", func() bool { return len(p.inbox(device)) == len(met) })
		for _, w := range p.inbox(device) {
			hint, _ := w["hint"].(string)
			shown := strings.ReplaceAll(hint, ".", "[.]") // in a text no phone makes a link of it
			if text, _ := w["text"].(string); hint == "" || !strings.Contains(text, shown) {
				t.Errorf("the person gets no hint: %v", w)
			}
		}
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		s := openDatabase(t, environ)
		for collection, want := range map[string]int{"exposures": len(met), "warnings": len(met)} {
			kept := rawDocuments(t, s, collection)
			if len(kept) != want {
				t.Errorf("%d %s are kept, want %d", len(kept), collection, want)
			}
			for _, raw := range kept {
				shown := bytes.ReplaceAll(raw, []byte(raw.Lookup("device").StringValue()), nil) // digits at random
				for _, canary := range canaries {
					if bytes.Contains(shown, []byte(canary)) {
						t.Errorf("%s show %q: %s", collection, canary, raw)
					}
				}
			}
		}
	})
}

// rawDocuments returns all of a collection as the database keeps it.
func rawDocuments(t *testing.T, s *storage, collection string) []bson.Raw {
	t.Helper()
	cursor, err := s.Database().Collection(collection).Find(t.Context(), bson.D{})
	var all []bson.Raw
	if err == nil {
		err = cursor.All(t.Context(), &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}
