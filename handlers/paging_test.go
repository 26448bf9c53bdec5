package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.org/tocsin/models"
)

// pagesOf reads a list page by page, and calls change after the first page. It returns what the field id
// holds of each item, in the order of the pages.
func (s *testServer) pagesOf(path, list, credential string, change func()) (ids []string) {
	s.t.Helper()
	for cursor := ""; ; {
		got := s.want(s.call(http.MethodGet, path+cursor, credential, nil), 200, "")
		items, _ := got.json(s.t)[list].([]any)
		for _, item := range items {
			one, _ := item.(map[string]any)
			ids = append(ids, fmt.Sprint(one["id"]))
		}
		next := got.text(s.t, "next_cursor")
		if next == "" {
			return ids
		}
		if cursor == "" {
			change()
		}
		cursor = "&cursor=" + next
	}
}

// TestASignatureThatChangesBetweenPagesIsStillSeen holds that a list filtered by source, or by kind, shows every signature
// that it has all the time, whatever is decided meanwhile: pages go by the id, and neither of the two ever changes.
func TestASignatureThatChangesBetweenPagesIsStillSeen(t *testing.T) {
	const count = 257
	for name, change := range map[string]func(s *testServer, analyst, id, value string){
		"an analyst's decision": func(s *testServer, analyst, id, _ string) {
			s.want(s.call(http.MethodPatch, "/v1/signatures/"+id, analyst, object{"level": "confirmed"}, "If-Match", `"1"`), 200, "")
		},
		"another list": func(s *testServer, analyst, _, value string) {
			line := fmt.Sprintf("{\"kind\":\"domain\",\"value\":%q,\"source\":\"other list\",\"level\":\"caution\"}\n", value)
			got := s.want(s.call(http.MethodPost, "/v1/signatures:import", analyst, line, "Content-Type", "application/x-ndjson"), 200, "")
			if !strings.Contains(string(got.body), `"updated"`) {
				t.Errorf("the other list changed nothing: %s", got.body)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t)
			analyst := s.key(models.ScopeSignatures)
			var body strings.Builder
			for i := range count {
				fmt.Fprintf(&body, "{\"kind\":\"domain\",\"value\":\"s%d.example\",\"source\":\"list\"}\n", i)
			}
			s.want(s.call(http.MethodPost, "/v1/signatures:import", analyst, body.String(), "Content-Type", "application/x-ndjson"), 200, "")
			all, err := s.store.ListSignatures(t.Context(), models.SignatureFilter{}, "", count+1)
			if err != nil || len(all) != count {
				t.Fatalf("%d signatures, error %v", len(all), err)
			}
			onPage := 1 // page 2, then 3 and so on: each is changed before it is read
			for _, query := range []string{"source=list", "kind=domain", "source=list&kind=domain", ""} {
				last := all[onPage*50+25]
				onPage++
				ids := s.pagesOf("/v1/signatures?limit=50&"+query, "signatures", analyst, func() { change(s, analyst, last.ID, last.Value) })
				if len(ids) != count || !slices.Contains(ids, last.ID) || !slices.IsSorted(ids) {
					t.Errorf("%q: %d of %d signatures, the changed one among them: %v", query, len(ids), count, slices.Contains(ids, last.ID))
				}
			}
			got := s.want(s.call(http.MethodGet, "/v1/signatures/"+all[75].ID, analyst, nil), 200, "").json(t)
			decider := map[string]string{"an analyst's decision": "test line", "another list": "other list"}[name]
			if got["source"] != "list" || got["decided_by"] != decider {
				t.Errorf("source %v, decided by %v, want list and %s", got["source"], got["decided_by"], decider)
			}
		})
	}
}

// TestAFilterByLevelShowsWhatKeepsItsLevel holds what can be said of a list filtered by what may change: what leaves the list
// hides nothing else.
func TestAFilterByLevelShowsWhatKeepsItsLevel(t *testing.T) {
	s := startServer(t)
	analyst := s.key(models.ScopeSignatures)
	var body strings.Builder
	for i := range 20 {
		fmt.Fprintf(&body, "{\"kind\":\"domain\",\"value\":\"s%d.example\"}\n", i)
	}
	s.want(s.call(http.MethodPost, "/v1/signatures:import", analyst, body.String(), "Content-Type", "application/x-ndjson"), 200, "")
	all, err := s.store.ListSignatures(t.Context(), models.SignatureFilter{}, "", 20)
	if err != nil {
		t.Fatal(err)
	}
	ids := s.pagesOf("/v1/signatures?limit=5&level=danger", "signatures", analyst, func() {
		for _, n := range []int{2, 4, 5, 12} { // read, the one that the cursor names, the next, and one far behind
			s.want(s.call(http.MethodPatch, "/v1/signatures/"+all[n].ID, analyst, object{"level": "caution"}, "If-Match", `"1"`), 200, "")
		}
	})
	for n, one := range all {
		if n != 5 && n != 12 && !slices.Contains(ids, one.ID) {
			t.Errorf("signature %d is not seen", n)
		}
	}
}

// TestAWarningThatChangesBetweenPagesIsStillSeen holds that the inbox has not the fault of the list of signatures: its pages go by
// the time at which a warning was made and by its id, which never change, and it has no filter.
func TestAWarningThatChangesBetweenPagesIsStillSeen(t *testing.T) {
	s := startServer(t)
	id, device := s.device(nil)
	s.addWarnings(id, 23)
	all, err := s.store.Warnings(t.Context(), id, "", 23)
	if err != nil || len(all) != 23 {
		t.Fatalf("%d warnings, error %v", len(all), err)
	}
	ids := s.pagesOf("/v1/devices/me/warnings?limit=5", "warnings", device, func() {
		for _, n := range []int{4, 5, 11, 22} { // the one that the cursor names, the next, one far behind, the last
			receipts := "/v1/devices/me/warnings/" + all[n].ID + "/receipts"
			s.want(s.call(http.MethodPost, receipts, device, object{"receipt": "opened", "at": now()}), 204, "")
		}
	})
	if len(ids) != 23 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 23 {
		t.Errorf("%d warnings, want each of 23 once", len(ids))
	}
}
