package risk

import (
	"time"

	"example.org/tocsin/models"
)

// The budget of one device: how many accusations are pushed to it within how long. Whoever makes exposures and reports of
// his own, or shares the numbers of a gang, could otherwise have hundreds pushed within seconds
// (TestADeviceIsPushedToWithinItsBudget), and who is pushed to all day no longer looks.
const (
	BudgetPushes = 10
	BudgetTime   = 24 * time.Hour
)

// ReasonBudget is why a warning is held whose device has had its pushes. Like the other reasons it is never renamed.
const ReasonBudget = "budget_used"

// Pushed is how many accusations of each kind were pushed to a device within BudgetTime, or are due.
type Pushed map[models.IndicatorKind]int

// Budget holds a warning that would be pushed beyond the budget of its device: it is in the inbox all the same. The first
// of a kind breaks through, since somebody who was warned of calls has not been warned of a payment account.
func Budget(d Decision, kind models.IndicatorKind, pushed Pushed) Decision {
	total := 0
	for _, n := range pushed {
		total += n
	}
	if d.State == models.WarningDue && total >= BudgetPushes && pushed[kind] > 0 {
		d.State, d.Reason = models.WarningHeld, ReasonBudget
	}
	return d
}
