package intake_test

import (
	"testing"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

// evidenceAfter returns the evidence for one number after the given people have reported it:
// each is the caller and, where a citizen has called, the citizen.
func evidenceAfter(t *testing.T, reports ...reportBy) []models.Evidence {
	t.Helper()
	n := desktest.Fresh(t)
	for _, r := range reports {
		n.File(t, r.caller, "+12025550100", func(d *models.Draft) { d.IdempotencyKey, d.OnBehalf = r.caller.Agent+"/"+r.citizen, r.citizen })
	}
	n.WeighAll(t)
	evidence, err := n.DB.Evidence(t.Context(), models.SignatureID(models.Exact, models.Phone, "+12025550100"), 100)
	if err != nil {
		t.Fatal(err)
	}
	return evidence
}

type reportBy struct {
	caller  models.Caller
	citizen string
}

// ofOrganisation returns an agent whose key belongs to an organisation.
func ofOrganisation(organisation, key, agent string) models.Caller {
	caller := desktest.Agent(key, agent)
	caller.Organisation = organisation
	return caller
}

func TestAnAgentAndACitizenOfOneNameAreTwoWitnesses(t *testing.T) {
	got := evidenceAfter(t, reportBy{desktest.Agent("one", "Noor"), ""}, reportBy{desktest.Agent("one", ""), "Noor"})
	if len(got) != 2 {
		t.Errorf("%d witnesses, want the agent and the citizen", len(got))
	}
}

func TestTwoKeysOfOneOrganisationAreOneWitnessAndOneGroup(t *testing.T) {
	first, second := ofOrganisation("City line", "one", "mary"), ofOrganisation("City line", "two", "mary")
	got := evidenceAfter(t, reportBy{first, "c-1"}, reportBy{second, "c-1"}, reportBy{first, "c-2"}, reportBy{second, "c-3"})
	if len(got) != 3 {
		t.Errorf("%d witnesses, want three citizens", len(got))
	}
	for _, e := range got {
		if e.Group != got[0].Group {
			t.Errorf("the groups %s and %s, want one for the organisation", e.Group, got[0].Group)
		}
	}
	other := evidenceAfter(t, reportBy{first, "c-1"}, reportBy{ofOrganisation("County line", "three", "mary"), "c-1"})
	if len(other) != 2 || other[0].Group == other[1].Group {
		t.Errorf("%+v, want two witnesses in two groups: two organisations", other)
	}
	alone := evidenceAfter(t, reportBy{desktest.Agent("one", "mary"), ""}, reportBy{desktest.Agent("two", "mary"), ""})
	if len(alone) != 2 || alone[0].Group == alone[1].Group {
		t.Errorf("%+v, want two: a key without an organisation is one of its own", alone)
	}
}

// TestOneNameInSeveralSpellingsIsOneWitness: white space, case, width and composition differ.
func TestOneNameInSeveralSpellingsIsOneWitness(t *testing.T) {
	agent := desktest.Agent("one", "mary")
	var reports []reportBy
	for _, name := range []string{"José  Strauß", "  jose\u0301 STRAUSS", "ＪＯＳÉ strauß"} {
		reports = append(reports, reportBy{agent, name})
	}
	if got := evidenceAfter(t, reports...); len(got) != 1 {
		t.Errorf("%d witnesses, want one", len(got))
	}
	if got := evidenceAfter(t, reportBy{agent, "José"}, reportBy{agent, "Jose"}); len(got) != 2 {
		t.Errorf("%d witnesses, want two: other letters are another name", len(got))
	}
}

// TestNoNameReachesIntoAnotherOrganisation: the parts of a witness cannot be shifted.
func TestNoNameReachesIntoAnotherOrganisation(t *testing.T) {
	got := evidenceAfter(t,
		reportBy{ofOrganisation("a", "one", "x"), "b/citizen:c"}, reportBy{ofOrganisation("a/citizen:b", "two", "y"), "c"})
	if len(got) != 2 {
		t.Errorf("%d witnesses, want two", len(got))
	}
}
