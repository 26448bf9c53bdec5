package intake

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/link"
	"example.org/tocsin/models"
)

// docket is what a batch of reports says: for each signature that they touch,
// its beginning and the evidence for it.
type evidenceBatch struct {
	signatures map[string]models.Signature // as they would be if nothing were stored of them
	evidence   map[string][]models.Evidence
}

// weigh turns a batch of reports into evidence, evidence into levels, levels
// into entries of the verdict log, and hits on what is dangerous into asks; then
// it finishes the reports.
//
// A crash between any two steps leaves the reports open, and they are weighed
// again. That repairs everything, because no step depends on being done once:
// evidence has the id of its signature and witness, a level is computed from
// all evidence and written only over the revision it was computed from, an unlogged
// signature is logged by whoever reads it next, and an ask has the id of its
// signature and revision (TestACrashAfterAnyStepIsRepaired).
//
// The number of round trips does not grow with the batch, but for the evidence
// of signatures that are there already, which is read side by side.
func (d *Desk) weigh(ctx context.Context, batch []models.Claimed[models.Report]) error {
	now := d.now()
	eb := d.collectEvidence(batch, now)
	if evidence := eb.all(); len(evidence) > 0 {
		if err := d.Store.Evidence.PutEvidence(ctx, evidence); err != nil {
			return fmt.Errorf("put %d pieces of evidence: %w", len(evidence), err)
		}
	}
	if err := d.updateSignatures(ctx, eb, now); err != nil {
		return err
	}
	jobs, err := d.fanOutJobs(ctx, batch, now)
	if err != nil {
		return err
	}
	if len(jobs) > 0 {
		if err := d.Store.FanOutJobs.PutFanOutJobs(ctx, jobs); err != nil {
			return fmt.Errorf("put %d asks: %w", len(jobs), err)
		}
		d.WakeFanOut()
	}
	leases := make([]models.Lease, len(batch))
	for i, claimed := range batch {
		leases[i] = claimed.Lease
	}
	// Stale: another desk has taken some of them over, and finds all of this done.
	if err := d.Store.Queue.FinishReports(ctx, leases); err != nil && !errors.Is(err, models.Stale) {
		return fmt.Errorf("finish %d reports: %w", len(leases), err)
	}
	return nil
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

// subjects returns what a report speaks about: each of its indicators that
// is no guess and that nothing protects, and for a link also the registered domain it stands under,
// since scammers change the path for every victim. Not that of a hub, where
// honest people live too.
func (d *Desk) reportedIndicators(r models.Report, now time.Time) []models.Indicator {
	var reported []models.Indicator
	for _, f := range r.Findings {
		if f.Guess || maybeVictimOwned(f) {
			continue
		}
		candidates := []models.Indicator{f.Indicator}
		if f.Kind == models.URL {
			candidates = append(candidates, models.Indicator{Kind: models.Domain, Value: registrableDomain(f.Value)})
		}
		for _, i := range candidates {
			if _, protected := d.Index.Covered(i, now); !protected && specific(i) && !slices.Contains(reported, i) {
				reported = append(reported, i)
			}
		}
	}
	return reported
}

// victims reports whether a finding may well be the victim's own: a message
// such as "your card 4000... is blocked" names no scammer's card. It is matched,
// and does not testify.
func maybeVictimOwned(f models.Finding) bool {
	return f.Where == inMessage && f.Kind == models.Account && strings.HasPrefix(f.Value, "card:")
}

// specific reports whether an indicator names one party: not a whole public
// suffix, and not a hub.
func specific(i models.Indicator) bool {
	if i.Kind != models.Domain {
		return true
	}
	_, fault := canon.Signature(models.Exact, models.Domain, i.Value, "")
	return fault == nil
}

// registered returns the domain right below the public suffix that a canonical
// link stands under, or "" where there is none: for an address, a public
// suffix, or a hub anywhere on the way.
func registrableDomain(url string) string {
	host, _, _ := strings.Cut(url, "/")
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:at]
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || link.IsPublicSuffix(host) {
		return ""
	}
	for {
		_, parent, ok := strings.Cut(host, ".")
		switch {
		case link.IsHub(host), !ok:
			return ""
		case link.IsPublicSuffix(parent):
			return host
		}
		host = parent
	}
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

// asks returns one ask for each dangerous signature that the reports hit, by
// the index as it is after settling. Words are not asked for: no exposure holds
// them. The revision is the one at which the stored signature took its level: an
// index knows only that of its last change.
func (d *Desk) fanOutJobs(ctx context.Context, batch []models.Claimed[models.Report], now time.Time) ([]models.FanOutJob, error) {
	var ids []string
	for _, claimed := range batch {
		for _, hit := range d.hits(claimed.Work, now) {
			if hit.Level.Warns() && !hit.Rule.MatchesText() && !hit.MatchType.Lead() {
				ids = append(ids, hit.Signature)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	signatures, err := d.Store.Signatures.Signatures(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read %d signatures: %w", len(ids), err)
	}
	jobs := make([]models.FanOutJob, 0, len(signatures))
	for _, s := range signatures {
		if s.Level.Warns() {
			jobs = append(jobs, models.FanOutJob{ID: models.FanOutJobID(s.ID, s.LevelRev), Signature: s.ID, Rev: s.LevelRev})
		}
	}
	return jobs, nil
}

// hits matches a stored report again, as of now.
func (d *Desk) hits(r models.Report, now time.Time) []models.Hit {
	query := models.MatchQuery{Findings: r.Findings}
	if r.Message != nil {
		query.Text = r.Message.Text
	}
	return d.Index.Match(query, now)
}
