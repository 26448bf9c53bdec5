package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.org/tocsin/models"
)

func TestImportSaysWhatBecameOfEveryLine(t *testing.T) {
	s := startServer(t)
	analyst := s.key(models.ScopeSignatures)
	s.signature("+1 202 555 0143")
	body := strings.Join([]string{
		`{"kind":"domain","value":"one.example","source":"list a"}`,
		`{"kind":"domain"}`,
		`{"kind":"domain","value":"co.uk"}`,
		`{"kind":"phone","value":"+1 202 555 0143","level":"watch"}`,
		`{"kind":"phone","rule":"range","value":"+12025550150-+12025550159"}`,
		`{"kind":"domain","value":"two.example","ends_at":"0000-01-01T00:00:00+10:00"}`,
		`{"kind":"domain","value":"one.example","source":"list a"}`,
	}, "\n") + "\n"
	runImport := func(query string) []string {
		t.Helper()
		reply := s.call(http.MethodPost, "/v1/signatures:import"+query, analyst, body, "Content-Type", "application/x-ndjson")
		got := s.want(reply, 200, "").lines(t)
		var out []string
		for _, line := range got[:len(got)-1] {
			out = append(out, strings.TrimSuffix(fmt.Sprintf("%v %v %v", line["line"], line["result"], line["code"]), " <nil>"))
		}
		last := got[len(got)-1]
		return append(out, fmt.Sprintf("done %v: %v = %v+%v+%v+%v",
			last["done"], last["lines"], last["created"], last["updated"], last["unchanged"], last["refused"]))
	}
	count := func() int {
		t.Helper()
		all, err := s.store.ListSignatures(t.Context(), models.SignatureFilter{}, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	want := []string{
		"1 created", "2 refused key_missing", "3 refused signature_too_broad", "4 refused decided", "5 created",
		"6 refused time_out_of_range", "7 unchanged", "done true: 7 = 2+0+1+4",
	}
	if got := runImport("?dry_run=true"); !slices.Equal(got, want) || count() != 1 {
		t.Errorf("the dry run said %q and left %d signatures, want %q and 1", got, count(), want)
	}
	if got := runImport(""); !slices.Equal(got, want) || count() != 3 {
		t.Errorf("the import said %q and left %d signatures, want %q and 3", got, count(), want)
	}
	want[0], want[4], want[7] = "1 unchanged", "5 unchanged", "done true: 7 = 0+0+3+4"
	if got := runImport(""); !slices.Equal(got, want) {
		t.Errorf("the import again said %q, want %q", got, want)
	}
}
