package intake

import (
	"slices"
	"time"

	"example.org/tocsin/models"
)

// docket is what a batch of reports says: for each signature that they touch,
// its beginning and the evidence for it.
type evidenceBatch struct {
	signatures map[string]models.Signature // as they would be if nothing were stored of them
	evidence   map[string][]models.Evidence
}

func (d *Desk) collectEvidence(batch []models.Claimed[models.Report], now time.Time) evidenceBatch {
	b := evidenceBatch{signatures: make(map[string]models.Signature), evidence: make(map[string][]models.Evidence)}
	seen := make(map[string]int) // place of a piece of evidence in its signature's list
	for _, claimed := range batch {
		for _, i := range d.reportedIndicators(claimed.Work, now) {
			id := models.SignatureID(models.Exact, i.Kind, i.Value)
			e := evidenceEntry(id, claimed.Work)
			if n, again := seen[e.ID]; again {
				b.evidence[id][n] = mergeEvidence(b.evidence[id][n], e)
				continue
			}
			seen[e.ID] = len(b.evidence[id])
			b.evidence[id] = append(b.evidence[id], e)
			b.signatures[id] = models.Signature{
				ID: id, Rule: models.Exact, Kind: i.Kind, Value: i.Value, Level: models.Unknown, Created: now,
			}
		}
	}
	return b
}

func (b evidenceBatch) all() []models.Evidence {
	var all []models.Evidence
	for _, id := range b.ids() {
		all = append(all, b.evidence[id]...)
	}
	return all
}

// ids returns the signatures in a fixed order, so that two desks that touch
// the same ones meet at the first rather than crosswise.
func (b evidenceBatch) ids() []string {
	ids := make([]string, 0, len(b.signatures))
	for id := range b.signatures {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// testimony is what a report weighs for one signature.
func evidenceEntry(signature string, r models.Report) models.Evidence {
	e := models.Evidence{
		ID: models.EvidenceID(signature, r.Witness), Signature: signature, Reporter: r.Witness,
		Witness: models.WitnessUnproven, Group: r.Witness, Category: r.Verdict.Category, At: r.At,
		Paid: r.Harm != nil && r.Harm.Stage == models.StagePaid,
	}
	if r.Channel == models.ChannelCallCentre {
		e.Witness, e.Group = models.WitnessAgent, r.Reporter // all callers of one call centre
	}
	return e
}

// merge is what two reports of one witness weigh: as the store merges them.
func mergeEvidence(a, b models.Evidence) models.Evidence {
	a.Paid = a.Paid || b.Paid
	if b.At.Before(a.At) {
		a.At = b.At
	}
	return a
}
