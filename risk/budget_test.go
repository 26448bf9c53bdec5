package risk

import (
	"testing"

	"example.org/tocsin/models"
)

// pushed is what was pushed about numbers and links.
func pushed(phone, url int) Pushed {
	p := Pushed{}
	p[models.Phone], p[models.URL] = phone, url
	return p
}

func TestBudgetHoldsWhatComesAfterThePushesOfADay(t *testing.T) {
	due := Decision{Warn: true, State: models.WarningDue}
	over := Decision{Warn: true, State: models.WarningHeld, Reason: ReasonBudget}
	noTarget := Decision{Warn: true, State: models.WarningHeld, Reason: ReasonNoPushTarget}
	for name, tt := range map[string]struct {
		d      Decision
		pushed Pushed
		want   Decision
	}{
		"nothing yet":            {due, nil, due},
		"one less than a day's":  {due, pushed(BudgetPushes-1, 0), due},
		"a day's":                {due, pushed(BudgetPushes, 0), over},
		"a day's of all kinds":   {due, pushed(1, BudgetPushes-1), over},
		"the first of its kind":  {due, pushed(0, BudgetPushes), due},
		"held for another cause": {noTarget, pushed(BudgetPushes, 0), noTarget},
		"none at all":            {Decision{Reason: ReasonExpired}, pushed(BudgetPushes, 0), Decision{Reason: ReasonExpired}},
	} {
		if got := Budget(tt.d, models.Phone, tt.pushed); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}
