package intake

import (
	"slices"
	"time"

	"example.org/tocsin/models"
)

// evidenceBatch is what a batch of reports says, by signature id: the signature
// that each reported indicator would begin as, and the evidence for it.
type evidenceBatch struct {
	signatures map[string]models.Signature // at revision 0: what is written where none is stored
	evidence   map[string][]models.Evidence
}

// collectEvidence returns the evidence in a batch of reports. Reports of one
// witness about one signature are one piece of evidence.
func (d *Desk) collectEvidence(batch []models.Claimed[models.Report], now time.Time) evidenceBatch {
	b := evidenceBatch{signatures: make(map[string]models.Signature), evidence: make(map[string][]models.Evidence)}
	seen := make(map[string]int) // id of a piece of evidence -> its place in its signature's list
	for _, claimed := range batch {
		for _, i := range d.reportedIndicators(claimed.Work, now) {
			id := models.SignatureID(models.Exact, i.Kind, i.Value)
			e := evidenceEntry(id, claimed.Work)
			if n, again := seen[e.ID]; again {
				b.evidence[id][n] = b.evidence[id][n].Merge(e)
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

// all returns every piece of evidence, in the order of ids.
func (b evidenceBatch) all() []models.Evidence {
	var all []models.Evidence
	for _, id := range b.ids() {
		all = append(all, b.evidence[id]...)
	}
	return all
}

// ids returns the ids of the signatures in ascending order. Two desks that write
// the same signatures then conflict at the first of them, rather than each at
// another one.
func (b evidenceBatch) ids() []string {
	ids := make([]string, 0, len(b.signatures))
	for id := range b.signatures {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// evidenceEntry returns what a report says about one signature. Its id is that of
// the signature and the witness, so that reporting again adds no weight.
func evidenceEntry(signature string, r models.Report) models.Evidence {
	said := models.EvidenceReport{ID: r.ID, At: r.At}
	if r.Harm != nil {
		said.Stage = r.Harm.Stage
	}
	e := models.Evidence{
		ID: models.EvidenceID(signature, r.Witness), Signature: signature, Reporter: r.Witness,
		Witness: models.WitnessUnproven, Group: r.Group, Category: r.Verdict.Category,
		Reports: []models.EvidenceReport{said},
	}
	if r.Channel == models.ChannelCallCentre {
		e.Witness = models.WitnessAgent
	}
	return e.Merge(models.Evidence{})
}
