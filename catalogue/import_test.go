package catalogue_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

// listDraft returns a line of a list: a phone number at a level.
func listDraft(phone string, level models.Level) models.SignatureDraft {
	return models.SignatureDraft{Kind: models.Phone, Value: phone, Level: level, Source: "list"}
}

// importLines imports the lines and returns "result code" for each.
func importLines(t testing.TB, n desktest.Node, dryRun bool, lines ...models.SignatureDraft) []string {
	t.Helper()
	outcomes, err := n.Catalogue.Import(t.Context(), desktest.Analyst(), lines, dryRun)
	if err != nil {
		t.Fatal(err)
	}
	var result []string
	for _, o := range outcomes {
		s := o.Result
		if o.Err != nil {
			s += " " + o.Err.Code
		}
		if (o.Err == nil) != (o.ID != "") {
			t.Errorf("outcome %+v has an error and an id, or neither", o)
		}
		result = append(result, s)
	}
	return result
}

// listCase is an import of some lines, and the outcomes it should have.
type listCase struct {
	name  string
	lines []models.SignatureDraft
	want  []string
}

// newCases are lines about signatures of lists alone; later is one with an end.
func newCases(later models.SignatureDraft) []listCase {
	return []listCase{
		{
			"a new one, again, and with an end",
			[]models.SignatureDraft{listDraft("+12025550100", ""), listDraft("(202) 555-0100", ""), later},
			[]string{"created", "refused phone_malformed", "updated"},
		},
		{"the same again", []models.SignatureDraft{later}, []string{"unchanged"}},
		{
			"another level",
			[]models.SignatureDraft{listDraft("+12025550101", models.Watch), listDraft("+12025550101", models.Danger)},
			[]string{"created", "updated"},
		},
		{"confirmed", []models.SignatureDraft{listDraft("+12025550102", models.Confirmed)}, []string{"refused level_needs_analyst"}},
		{
			"a level that does not exist, and unknown",
			[]models.SignatureDraft{listDraft("+12025550102", "bad"), listDraft("+12025550102", models.Unknown)},
			[]string{"refused level_unknown", "refused level_unknown"},
		},
		{
			"a category that does not exist",
			[]models.SignatureDraft{{Kind: models.Phone, Value: "+12025550102", Category: "bad"}},
			[]string{"refused category_unknown"},
		},
	}
}

// registerCases are lines about the protected register.
func registerCases() []listCase {
	return []listCase{
		{
			"a protected one",
			[]models.SignatureDraft{listDraft("+12025550190", ""), listDraft("+12025550190", models.Imitated)},
			[]string{"refused protected", "unchanged"},
		},
		{
			"under a protected domain",
			[]models.SignatureDraft{{Kind: models.URL, Value: "https://bank.example/pay"}, {Kind: models.Domain, Value: "www.bank.example"}},
			[]string{"refused protected", "refused protected"},
		},
		{
			"a helpline, which only the register takes",
			[]models.SignatureDraft{listDraft("US:911", ""), listDraft("US:911", models.Confirmed), listDraft("US:911", models.Imitated)},
			[]string{"refused helpline", "refused helpline", "created"},
		},
		{"too broad", []models.SignatureDraft{{Kind: models.Domain, Value: "co.uk"}}, []string{"refused signature_too_broad"}},
		{
			"the register itself",
			[]models.SignatureDraft{listDraft("+12025550195", models.Imitated), listDraft("+12025550195", "")},
			[]string{"created", "refused protected"},
		},
		{"a hub, which only the register takes", []models.SignatureDraft{
			{Kind: models.Domain, Value: "facebook.com"},
			{Kind: models.Domain, Value: "facebook.com", Level: models.Imitated},
			{Kind: models.Domain, Value: "co.uk", Level: models.Imitated},
		}, []string{"refused signature_too_broad", "created", "refused signature_too_broad"}},
	}
}

// decidedCases are lines about what analysts have decided and reports have raised.
func decidedCases() []listCase {
	return []listCase{
		{
			"a cleared one",
			[]models.SignatureDraft{listDraft("+12025550191", ""), listDraft("+12025550191", models.Cleared)},
			[]string{"refused cleared", "unchanged"},
		},
		{"an analyst's", []models.SignatureDraft{listDraft("+12025550192", "")}, []string{"refused decided"}},
		{"a reported one", []models.SignatureDraft{listDraft("+12025550193", "")}, []string{"updated"}},
		{"what reports have raised", []models.SignatureDraft{listDraft("+12025550194", models.Watch)}, []string{"unchanged"}},
	}
}

func TestWhatAListMaySay(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, "+12025550190", models.Imitated)
	n.Create(t, models.Domain, "bank.example", models.Imitated)
	n.Create(t, models.Phone, "+12025550191", models.Cleared)
	n.Create(t, models.Phone, "+12025550192", models.Confirmed)
	n.File(t, desktest.Device("a"), "+12025550193")
	for _, caller := range []models.Caller{desktest.Agent("one", "mary"), desktest.Agent("two", "joan")} {
		n.File(t, caller, "+12025550194", desktest.Paid)
	}
	n.WeighAll(t)
	later := listDraft("+12025550100", "")
	later.Ends = n.Now().Add(time.Hour)

	for _, tt := range slices.Concat(newCases(later), registerCases(), decidedCases()) {
		t.Run(tt.name, func(t *testing.T) {
			before := len(n.Entries(t))
			dry := importLines(t, n, true, tt.lines...)
			if after := len(n.Entries(t)); after != before {
				t.Error("the dry run changed something")
			}
			if diff := cmp.Diff(tt.want, importLines(t, n, false, tt.lines...)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, dry); diff != "" {
				t.Errorf("outcomes of the dry run (-want +got):\n%s", diff)
			}
		})
	}
	for phone, want := range map[string]models.Level{
		"+12025550100": models.Danger, "+12025550190": models.Imitated, "+12025550191": models.Cleared,
		"+12025550192": models.Confirmed, "+12025550193": models.Danger, "+12025550194": models.Danger, "+12025550195": models.Imitated,
	} {
		if v, err := n.CheckOne(models.Phone, phone, ""); err != nil || v.Level != want {
			t.Errorf("%s is at %s, %v, want %s", phone, v.Level, err, want)
		}
	}
}

func TestAnImportIsLoggedInWholeEntries(t *testing.T) {
	n := desktest.Fresh(t)
	lines := make([]models.SignatureDraft, 2_500)
	for i := range lines {
		lines[i] = listDraft(fmt.Sprintf("+120255%05d", i), "")
	}
	for i, result := range importLines(t, n, false, lines...) {
		if result != "created" {
			t.Fatalf("line %d: %s, want created", i, result)
		}
	}
	var sizes []int
	for _, e := range n.Entries(t) {
		sizes = append(sizes, len(e.Changes))
	}
	if diff := cmp.Diff([]int{1000, 1000, 500}, sizes); diff != "" {
		t.Errorf("changes in each entry (-want +got):\n%s", diff)
	}
	if got := n.Index.Stats().ByLevel[models.Danger]; got != len(lines) {
		t.Errorf("%d are in the index, want %d", got, len(lines))
	}
	unlogged, err := n.DB.Unlogged(t.Context(), n.Now().Add(time.Hour), 10)
	if err != nil || len(unlogged) != 0 {
		t.Errorf("%d are still unlogged, %v", len(unlogged), err)
	}
}
