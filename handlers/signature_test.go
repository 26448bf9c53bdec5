package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.org/tocsin/models"
)

func TestSignatureIsCreatedReadAndChangedByRevision(t *testing.T) {
	s := startServer(t)
	analyst := s.key(models.ScopeSignatures)
	body := object{"kind": "domain", "value": "EVIL.example", "level": "danger", "category": "phishing", "note": "seen in a flood"}
	made := s.want(s.call(http.MethodPost, "/v1/signatures", analyst, body), 201, "")
	path, tag := made.header.Get("Location"), made.header.Get("ETag")
	if path != "/v1/signatures/"+made.text(t, "id") || tag != `"1"` ||
		made.text(t, "value") != "evil.example" || made.text(t, "rule") != "exact" {
		t.Errorf("made %s at %q, ETag %s", made.body, path, tag)
	}
	if same := s.want(s.call(http.MethodPost, "/v1/signatures", analyst, body), 200, ""); string(same.body) != string(made.body) {
		t.Errorf("made again: %s, want %s", same.body, made.body)
	}
	body["level"] = "watch"
	refused := s.want(s.call(http.MethodPost, "/v1/signatures", analyst, body), 409, "signature_exists")
	if refused.text(t, "existing") != made.text(t, "id") {
		t.Errorf("the conflict is %s, want it to name %s", refused.body, made.text(t, "id"))
	}
	s.want(s.call(http.MethodPatch, path, analyst, object{"ends_at": "2001-01-01T00:00:00Z"}, "If-Match", tag), 422, "ends_past")
	s.want(s.call(http.MethodPost, "/v1/signatures", analyst, object{"kind": "domain", "value": "co.uk"}), 422, "signature_too_broad")
	unknown := object{"kind": "domain", "value": "a.example", "level": "unknown"}
	s.want(s.call(http.MethodPost, "/v1/signatures", analyst, unknown), 422, "value_unknown")

	change := object{"level": "confirmed", "reason": "court_order", "ends_at": "2099-01-01T00:00:00Z"}
	s.want(s.call(http.MethodPatch, path, analyst, change), 428, "if_match_missing")
	s.want(s.call(http.MethodPatch, path, analyst, change, "If-Match", `"7"`), 412, "revision_stale")
	s.want(s.call(http.MethodPatch, path, analyst, change, "If-Match", `W/"1"`), 412, "revision_stale")
	s.want(s.call(http.MethodPatch, path, analyst, change, "If-Match", "1"), 400, "if_match_malformed")
	s.want(s.call(http.MethodPatch, path, analyst, object{"ends_at": "9999-12-31T23:59:59-10:00"}, "If-Match", tag), 422, "time_out_of_range")
	s.want(s.call(http.MethodPatch, path, analyst, object{"value": "other.example"}, "If-Match", tag), 422, "key_unknown")
	changed := s.want(s.call(http.MethodPatch, path, analyst, change, "If-Match", tag), 200, "")
	if changed.text(t, "level") != "confirmed" || changed.text(t, "reason") != "court_order" ||
		changed.text(t, "ends_at") != "2099-01-01T00:00:00Z" || changed.text(t, "note") != "seen in a flood" {
		t.Errorf("changed to %s", changed.body)
	}
	forever := s.want(s.call(http.MethodPatch, path, analyst, object{"ends_at": nil}, "If-Match", changed.header.Get("ETag")), 200, "")
	if forever.text(t, "ends_at") != "" || forever.text(t, "level") != "confirmed" {
		t.Errorf("without an end it is %s", forever.body)
	}
	read := s.want(s.call(http.MethodGet, path, analyst, nil), 200, "")
	if string(read.body) != string(forever.body) || read.header.Get("ETag") != forever.header.Get("ETag") {
		t.Errorf("read %s, want %s", read.body, forever.body)
	}
	s.want(s.call(http.MethodGet, "/v1/signatures/sig_none", analyst, nil), 404, "not_found")
	s.want(s.call(http.MethodPatch, "/v1/signatures/sig_none", analyst, change, "If-Match", tag), 404, "signature_not_found")
}

func TestSignaturesAreListedPageByPage(t *testing.T) {
	s := startServer(t)
	analyst := s.key(models.ScopeSignatures)
	var body strings.Builder
	for i := range 25 {
		fmt.Fprintf(&body, "{\"kind\":\"domain\",\"value\":\"s%d.example\",\"source\":\"list %d\"}\n", i, i%2)
	}
	s.want(s.call(http.MethodPost, "/v1/signatures:import", analyst, body.String(), "Content-Type", "application/x-ndjson"), 200, "")
	listAll := func(query string) (pages int, ids []string) {
		t.Helper()
		for cursor := ""; ; pages++ {
			got := s.want(s.call(http.MethodGet, "/v1/signatures?"+query+cursor, analyst, nil), 200, "")
			list, _ := got.json(t)["signatures"].([]any)
			for _, one := range list {
				found, _ := one.(map[string]any)
				ids = append(ids, fmt.Sprint(found["id"]))
			}
			next := got.text(t, "next_cursor")
			if next == "" {
				return pages + 1, ids
			}
			cursor = "&cursor=" + next
		}
	}
	for _, tt := range []struct {
		query      string
		pages, ids int
	}{
		{"limit=10", 3, 25}, {"limit=25", 1, 25}, {"limit=5&source=list%200", 3, 13}, {"kind=phone", 1, 0}, {"level=danger&kind=domain", 1, 25},
	} {
		pages, ids := listAll(tt.query)
		if pages != tt.pages || len(ids) != tt.ids || !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("%s: %d signatures on %d pages, want %d on %d, each once and in order", tt.query, len(ids), pages, tt.ids, tt.pages)
		}
	}
	s.want(s.call(http.MethodGet, "/v1/signatures?cursor=c2lnX2FiYw", analyst, nil), 422, "cursor_unknown")
	s.want(s.call(http.MethodGet, "/v1/signatures?limit=0", analyst, nil), 422, "value_out_of_range")
}
