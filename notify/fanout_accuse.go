package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
	"example.org/tocsin/work"
)

// pushWorth is how long a warning is worth pushing, much less than the four
// weeks that FCM would keep it for a device that is offline
// (https://firebase.google.com/docs/cloud-messaging/customize-messages/setting-message-lifespan).
// In the inbox it stays as long as its exposure is kept: that there is a warning
// about an exposure is what keeps a second push from being made.
const pushWorth = 7 * 24 * time.Hour

// judge goes over exposures that the signature recognises. Each is judged in memory,
// as a check of it would be, with the signature and whatever exempts it.
//
//	the signature accuses it ................ a warning, or one more signature in the one that there is
//	it would, but something exempts it ...... that is noted on the exposure, and its warning reviewed
//	the signature exempts it ................ its warning is reviewed
//	what was noted is not exempted any more . as if that signature had been changed
func (r jobRun) judge(ctx context.Context, sig models.Signature, exposed []models.Exposure) error {
	noted, err := r.noted(ctx, exposed)
	if err != nil {
		return err
	}
	now := r.opt.Clock()
	accusing := map[string][]models.Exposure{}
	exempted := map[string][]string{}
	var review []string
	for _, e := range exposed {
		exempting := r.opt.Exemptions.hits(e.Keys, now)
		if sig.Level.Exempts() {
			review = append(review, accuseID(e))
		}
		for _, candidate := range candidates(sig, e, noted) {
			s := candidate.ID
			switch {
			case !candidate.Level.Warns() || candidate.Ended(now):
			case risk.JudgeExposure([]models.Signature{candidate}, exempting, now).Level.Warns():
				accusing[s] = append(accusing[s], e)
			case !e.Exempted[s]:
				r.counts.add("unwarned", "exempted", 1)
				exempted[s] = append(exempted[s], e.ID)
				review = append(review, accuseID(e))
			}
		}
	}
	if err := r.markExempted(ctx, exempted); err != nil {
		return err
	}
	noted[sig.ID] = sig
	for s, exposures := range accusing {
		if err := r.accuse(ctx, noted[s], exposures); err != nil {
			return err
		}
	}
	return r.reviewIDs(ctx, review, "")
}

// candidates returns the signature, and those others that are noted on the exposure.
func candidates(sig models.Signature, e models.Exposure, noted map[string]models.Signature) []models.Signature {
	out := []models.Signature{sig}
	for s := range e.Exempted {
		if n, ok := noted[s]; ok && s != sig.ID {
			out = append(out, n)
		}
	}
	return out
}

// noted reads the signatures that are noted on the exposures; mostly there are none.
func (r jobRun) noted(ctx context.Context, exposed []models.Exposure) (map[string]models.Signature, error) {
	ids := map[string]bool{}
	for _, e := range exposed {
		for s := range e.Exempted {
			ids[s] = true
		}
	}
	return r.signatures(ctx, ids)
}

// signatures reads signatures by their ids.
func (r jobRun) signatures(ctx context.Context, ids map[string]bool) (map[string]models.Signature, error) {
	byID := make(map[string]models.Signature, len(ids))
	list := make([]string, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	for chunk := range slices.Chunk(list, chunkSize) {
		found, err := r.opt.Signatures.Signatures(ctx, chunk)
		if err != nil {
			return nil, fmt.Errorf("read signatures: %w", err)
		}
		for _, s := range found {
			byID[s.ID] = s
		}
	}
	return byID, nil
}

// accuse writes the warnings of exposures that the signature accuses, and lists the
// signature in those that there are already. A device that met several numbers of a
// range, or several links of a domain, is warned of the latest alone.
func (r jobRun) accuse(ctx context.Context, sig models.Signature, exposed []models.Exposure) error {
	latest := models.LastMet(exposed, func(e models.Exposure) string { return e.Device })
	var present []string // warnings that there are, or may be
	if len(latest) < len(exposed) {
		chosen := make(map[string]bool, len(latest))
		for _, e := range latest {
			chosen[e.ID] = true
		}
		for _, e := range exposed {
			if !chosen[e.ID] {
				present = append(present, accuseID(e))
			}
		}
	}
	chunks := slices.Collect(slices.Chunk(latest, chunkSize))
	were, failed := make([][]string, len(chunks)), make([]error, len(chunks))
	var writing sync.WaitGroup
	for n := range parallelChunks {
		writing.Go(func() {
			for i := n; i < len(chunks); i += parallelChunks {
				failed[i] = work.Safely(func() (err error) {
					were[i], err = r.accuseChunk(ctx, sig, chunks[i])
					return err
				})
			}
		})
	}
	writing.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return r.reviewIDs(ctx, slices.Concat(append(were, present)...), sig.ID)
}

// parallelChunks is how many chunks a run reads and writes at the same time: while
// the database writes one, the next is decoded and judged (BenchmarkFanOut).
const parallelChunks = 4

// accuseChunk writes the warnings of a chunk of exposures, each of another device,
// and returns the ids of those that there were already.
func (r jobRun) accuseChunk(ctx context.Context, sig models.Signature, exposed []models.Exposure) (present []string, err error) {
	devices, err := r.devices(ctx, exposed)
	if err != nil {
		return nil, err
	}
	warned, err := r.warned(ctx, sig, exposed)
	if err != nil {
		return nil, err
	}
	pushed, err := r.opt.Devices.PushedSince(ctx, deviceIDs(exposed), r.opt.Clock().Add(-risk.BudgetTime))
	if err != nil {
		return nil, fmt.Errorf("read what was pushed lately: %w", err)
	}
	return r.putWarnings(ctx, r.warnings(sig, exposed, devices, warned, pushed))
}

// warned returns the devices of the exposures that have an open warning which lists
// the signature, with the exposure that it is about. Only a signature that
// recognises several values can have warned a device of another one.
func (r jobRun) warned(ctx context.Context, sig models.Signature, exposed []models.Exposure) (map[string]string, error) {
	if sig.Rule == models.Exact && sig.Kind != models.Domain {
		return nil, nil
	}
	found, err := r.opt.Inbox.WarningsListing(ctx, sig.ID, deviceIDs(exposed), "", 0)
	if err != nil {
		return nil, fmt.Errorf("read who was warned of %s: %w", sig.ID, err)
	}
	warned := make(map[string]string, len(found))
	for _, w := range found {
		warned[w.Device] = w.Exposure
	}
	return warned, nil
}

func deviceIDs(exposed []models.Exposure) []string {
	ids := make([]string, len(exposed))
	for i, e := range exposed {
		ids[i] = e.Device
	}
	return ids
}

// devices reads the devices of exposures.
func (r jobRun) devices(ctx context.Context, exposed []models.Exposure) (map[string]models.Device, error) {
	found, err := r.opt.Devices.Devices(ctx, deviceIDs(exposed))
	if err != nil {
		return nil, fmt.Errorf("read exposed devices: %w", err)
	}
	byID := make(map[string]models.Device, len(found))
	for _, d := range found {
		byID[d.ID] = d
	}
	return byID, nil
}

// warnings returns the warnings of the exposures for which risk.AtRisk decides so,
// within the budget of each device, and counts the reasons of the others. A device that is not in devices has been
// erased; one that is in warned with another exposure has its warning. The id is
// that of exposure and episode, so a second run writes the same warnings.
func (r jobRun) warnings(
	sig models.Signature, exposed []models.Exposure, devices map[string]models.Device, warned map[string]string,
	pushed map[string]map[models.IndicatorKind]int,
) []models.Warning {
	now := r.opt.Clock()
	out := make([]models.Warning, 0, len(exposed))
	for _, e := range exposed {
		if other, ok := warned[e.Device]; ok && other != e.ID {
			r.counts.add("unwarned", "already_warned", 1)
			continue
		}
		d := risk.AtRisk(sig.Level, e, devices[e.Device], now)
		if !d.Warn {
			r.counts.add("unwarned", d.Reason, 1)
			continue
		}
		d = risk.Budget(d, e.Kind, pushed[e.Device])
		due := later(now, e.EpisodeFrom)
		out = append(out, models.Warning{
			ID: accuseID(e), Device: e.Device, Exposure: e.ID, Class: models.WarningAccuse, Episode: e.Episode,
			Signatures: []string{sig.ID}, Level: sig.Level, Category: sig.Category,
			Kind: e.Kind, Hint: e.Hint, Channel: e.Channel, Met: e.Met,
			Created: now, PushUntil: due.Add(pushWorth), Expires: later(e.Expires, due.Add(pushWorth)),
			Lane: models.LaneUrgent, State: d.State, Due: due, Reason: d.Reason,
		})
	}
	return out
}

// accuseID returns the id of the warning that accuses what an exposure is to, in its present episode.
func accuseID(e models.Exposure) string {
	return models.WarningID(e.ID, models.WarningAccuse, e.Episode)
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// putWarnings writes warnings and wakes who delivers them. It returns the ids of
// those that were there already.
func (r jobRun) putWarnings(ctx context.Context, warnings []models.Warning) (present []string, err error) {
	if len(warnings) == 0 {
		return nil, nil
	}
	created, present, err := r.opt.Inbox.PutWarnings(ctx, warnings)
	if created > 0 { // some may have been written even where others failed
		event := "warnings"
		if warnings[0].Class == models.WarningAllClear {
			event = "all_clears"
		}
		r.counts.add(event, "", created)
		r.opt.OnWarnings()
	}
	if err != nil {
		return nil, fmt.Errorf("put warnings: %w", err)
	}
	return present, nil
}
