package catalogue_test

import (
	"errors"
	"testing"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

func TestCreateTwice(t *testing.T) {
	n := desktest.Fresh(t)
	draft := models.SignatureDraft{Kind: models.Phone, Value: "+12025550100", Level: models.Confirmed, Category: models.CategoryLoan}
	first, created, err := n.Catalogue.Create(t.Context(), desktest.Analyst(), draft)
	if err != nil || !created || first.Reason != "analyst" || first.Source != "analysts" || !first.Decided {
		t.Fatalf("Create = %+v, %v, %v", first, created, err)
	}
	again, created, err := n.Catalogue.Create(t.Context(), desktest.Analyst(), draft)
	if err != nil || created || again.ID != first.ID || again.Rev != first.Rev {
		t.Errorf("the same again = %+v, %v, %v, want the first", again, created, err)
	}
	draft.Level = models.Watch
	if _, _, err := n.Catalogue.Create(t.Context(), desktest.Analyst(), draft); !errors.Is(err, models.Conflict) {
		t.Errorf("another level: %v, want a conflict", err)
	}
	n.Create(t, models.Domain, "bank.example", models.Imitated)
	_, _, err = n.Catalogue.Create(t.Context(), desktest.Analyst(), models.SignatureDraft{Kind: models.Domain, Value: "www.bank.example"})
	var fault *models.Error
	if !errors.As(err, &fault) || fault.Code != "protected" {
		t.Errorf("one that the register covers: %v, want protected", err)
	}
}
