package notify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// episodeLength is the least time from the first push of one episode of an exposure
// to that of the next.
const episodeLength = 24 * time.Hour

// maxReviews is how often warnings are judged anew that others change meanwhile. The
// next run of the job goes on.
const maxReviews = 5

// reviewIDs reviews those of the warnings that are open.
func (r jobRun) reviewIDs(ctx context.Context, ids []string, accuser string) error {
	for chunk := range slices.Chunk(ids, chunkSize) {
		warnings, err := r.opt.Inbox.OpenWarnings(ctx, chunk)
		if err != nil {
			return fmt.Errorf("read warnings: %w", err)
		}
		if err := r.review(ctx, warnings, accuser); err != nil {
			return err
		}
	}
	return nil
}

// review brings open warnings in line with the present levels of the signatures that
// they list, and with what exempts their exposures. accuser, if any, is listed as
// well. A warning that others change meanwhile is read and judged again.
func (r jobRun) review(ctx context.Context, warnings []models.Warning, accuser string) error {
	for n := 1; len(warnings) > 0; n++ {
		all, err := r.reviewOnce(ctx, warnings, accuser)
		if err != nil || all {
			return err
		}
		if n == maxReviews {
			return fmt.Errorf("%d warnings changed while they were reviewed", len(warnings))
		}
		ids := make([]string, len(warnings))
		for i, w := range warnings {
			ids[i] = w.ID
		}
		if warnings, err = r.opt.Inbox.OpenWarnings(ctx, ids); err != nil {
			return fmt.Errorf("read warnings: %w", err)
		}
	}
	return nil
}

// reviewed is an open warning and what is known now of what it warns of.
type reviewed struct {
	models.Warning

	exposure models.Exposure // zero: it has expired or was deleted
	listed   []string        // the signatures that it is to list
	verdict  models.Verdict
}

// fallen reports whether what the warning says is not known any more.
func (w reviewed) fallen() bool { return !w.verdict.Level.Warns() }

// wrong reports whether an all-clear is due: it was decided that the warning was
// wrong, and the person has seen it or may see it yet, because its push is under
// way. Evidence that has only become weaker is no decision.
func (w reviewed) wrong() bool {
	return w.verdict.Level.Exempts() && (w.Seen() || w.State == models.WarningDue)
}

// change returns what becomes of the warning in the inbox, and whether that is anything.
func (w reviewed) change() (c models.WarningChange, any bool) {
	c = models.WarningChange{
		ID: w.ID, Rev: w.Rev, Signatures: w.listed, Level: w.verdict.Level, Category: w.Category, Closed: w.wrong(),
	}
	if w.verdict.Category != "" {
		c.Category = w.verdict.Category
	}
	return c, c.Closed || c.Level != w.Level || c.Category != w.Category || len(c.Signatures) != len(w.Signatures)
}

// reviewOnce judges the warnings and writes what follows; all is false if some have
// changed meanwhile. In this order a crash leaves only what the next run does to the
// same end (TestACrashAtAnyStepOfAnAllClearIsRepaired): first what is wrong is not
// pushed any more; then the episode ends, and the all-clear is written; then the
// warnings change; at last what is dangerous again becomes due.
func (r jobRun) reviewOnce(ctx context.Context, warnings []models.Warning, accuser string) (all bool, err error) {
	now := r.opt.Clock()
	judged, err := r.reviewAll(ctx, warnings, accuser, now)
	if err != nil {
		return false, err
	}
	if err := r.hold(ctx, judged); err != nil {
		return false, err
	}
	if err := r.allClear(ctx, judged, now); err != nil {
		return false, err
	}
	var changes []models.WarningChange
	for _, w := range judged {
		if c, any := w.change(); any {
			changes = append(changes, c)
		}
	}
	if all, err = r.opt.Changes.ChangeWarnings(ctx, changes); err != nil {
		return false, fmt.Errorf("change warnings: %w", err)
	}
	return all, r.reopen(ctx, judged, now)
}

// reviewAll reads the exposures of the warnings and the signatures that they list,
// and judges each as a check would. What would accuse if nothing exempted it is
// noted on the exposure, for the time when the exemption ends.
func (r jobRun) reviewAll(ctx context.Context, warnings []models.Warning, accuser string, now time.Time) ([]reviewed, error) {
	exposures, err := r.exposuresOf(ctx, warnings)
	if err != nil {
		return nil, err
	}
	judged, ids := make([]reviewed, len(warnings)), map[string]bool{}
	for i, w := range warnings {
		judged[i] = reviewed{Warning: w, exposure: exposures[w.Exposure], listed: w.Signatures}
		if accuser != "" && !slices.Contains(w.Signatures, accuser) {
			judged[i].listed = append(slices.Clone(w.Signatures), accuser)
		}
		for _, id := range judged[i].listed {
			ids[id] = true
		}
	}
	signatures, err := r.signatures(ctx, ids)
	if err != nil {
		return nil, err
	}
	exempted := map[string][]string{}
	for i := range judged {
		w := &judged[i]
		var listed []models.Signature
		for _, id := range w.listed {
			listed = append(listed, signatures[id])
		}
		w.verdict = risk.JudgeExposure(listed, r.opt.Exemptions.hits(w.exposure.Keys, now), now)
		for _, s := range w.exempted(listed, now) {
			exempted[s] = append(exempted[s], w.exposure.ID)
		}
	}
	return judged, r.markExempted(ctx, exempted)
}

// exempted returns those of the listed signatures that would accuse what is exempted
// now, and that are not noted on its exposure yet.
func (w reviewed) exempted(listed []models.Signature, now time.Time) (ids []string) {
	if !w.verdict.Level.Exempts() || w.exposure.ID == "" {
		return nil
	}
	for _, s := range listed {
		if s.Level.Warns() && !s.Ended(now) && !w.exposure.Exempted[s.ID] {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// markExempted notes signatures on the exposures that they would accuse.
func (r jobRun) markExempted(ctx context.Context, exempted map[string][]string) error {
	for s, ids := range exempted {
		if err := r.opt.Exposures.MarkExempted(ctx, s, ids); err != nil {
			return fmt.Errorf("mark exempted exposures: %w", err)
		}
	}
	return nil
}

// exposuresOf reads the exposures of warnings, by their ids.
func (r jobRun) exposuresOf(ctx context.Context, warnings []models.Warning) (map[string]models.Exposure, error) {
	ids := make([]string, len(warnings))
	for i, w := range warnings {
		ids[i] = w.Exposure
	}
	found, err := r.opt.Exposures.ExposuresByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read the exposures of warnings: %w", err)
	}
	byID := make(map[string]models.Exposure, len(found))
	for _, e := range found {
		byID[e.ID] = e
	}
	return byID, nil
}

// hold ends the warnings that are fallen and not pushed yet, and then reads how far
// each of them has come: one that is still due is being pushed. Such a one is not
// pushed again by a later try, because its level will have changed (Outbox.undeliverable).
func (r jobRun) hold(ctx context.Context, judged []reviewed) error {
	var due []models.Warning
	var ids []string
	for _, w := range judged {
		if w.fallen() && w.State == models.WarningDue {
			due, ids = append(due, w.Warning), append(ids, w.ID)
		}
	}
	if len(due) == 0 {
		return nil
	}
	if err := r.opt.Changes.HoldWarnings(ctx, due, risk.ReasonNotDangerous); err != nil {
		return fmt.Errorf("hold warnings: %w", err)
	}
	now, err := r.opt.Inbox.OpenWarnings(ctx, ids)
	if err != nil {
		return fmt.Errorf("read warnings: %w", err)
	}
	byID := make(map[string]models.Warning, len(now))
	for _, w := range now {
		byID[w.ID] = w
	}
	for i := range judged {
		if w, ok := byID[judged[i].ID]; ok {
			if w.State == models.WarningHeld && w.Rev == judged[i].Rev+1 {
				judged[i].Rev = w.Rev // by this hold
			}
			judged[i].State, judged[i].Reason, judged[i].Due = w.State, w.Reason, w.Due
		}
	}
	return nil
}

// allClear ends the episode of each warning that was wrong, and writes its
// all-clear. The episode ends first: if the process died in between, an accusation
// that comes back at once is pushed, where otherwise the all-clear would be the last word.
func (r jobRun) allClear(ctx context.Context, judged []reviewed, now time.Time) error {
	var exposures []models.Exposure
	var clears []models.Warning
	for _, w := range judged {
		if !w.wrong() {
			continue
		}
		if e := w.exposure; e.ID != "" && e.Episode == w.Episode {
			if !e.EpisodeFrom.IsZero() {
				e.EpisodeFrom = e.EpisodeFrom.Add(episodeLength)
			}
			e.Episode, e.EpisodeFrom = e.Episode+1, later(now, e.EpisodeFrom)
			exposures = append(exposures, e)
		}
		clears = append(clears, allClearOf(w, now))
	}
	if len(clears) == 0 {
		return nil
	}
	if err := r.opt.Exposures.GrowEpisodes(ctx, exposures); err != nil {
		return fmt.Errorf("end episodes: %w", err)
	}
	_, err := r.putWarnings(ctx, clears)
	return err
}

// allClearOf returns the warning that takes w back. Where the push of w is under
// way, it waits until that is over.
func allClearOf(w reviewed, now time.Time) models.Warning {
	c := w.Warning
	c.ID, c.Class = models.WarningID(w.Exposure, models.WarningAllClear, w.Episode), models.WarningAllClear
	c.Level, c.Warned, c.Created, c.Due = w.verdict.Level, w.Created, now, now
	if w.State == models.WarningDue {
		c.Due, c.Awaits = later(now, w.Due), true
	}
	if !w.Sent.IsZero() {
		c.Warned = w.Sent
	}
	c.PushUntil = c.Due.Add(pushWorth)
	c.Expires = later(w.Expires, c.PushUntil)
	c.State, c.Reason, c.Sent, c.Receipts, c.Rev = models.WarningDue, "", time.Time{}, models.Receipts{}, 0
	return c
}

// reopen makes due again what was held because it had fallen, and is dangerous
// again: at once, or when the episode of its exposure begins to be pushed.
func (r jobRun) reopen(ctx context.Context, judged []reviewed, now time.Time) error {
	byDue := map[time.Time][]string{}
	for _, w := range judged {
		if !w.fallen() && w.State == models.WarningHeld && w.Reason == risk.ReasonNotDangerous {
			due := later(now, w.exposure.EpisodeFrom)
			byDue[due] = append(byDue[due], w.ID)
		}
	}
	for due, ids := range byDue {
		if err := r.opt.Changes.ReopenWarnings(ctx, ids, risk.ReasonNotDangerous, due, due.Add(pushWorth)); err != nil {
			return fmt.Errorf("reopen warnings: %w", err)
		}
		r.opt.OnWarnings()
	}
	return nil
}
