package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// book is the signatures together with the verdict log: whoever changes one of
// them changes it here, so that no change goes missing between the two.
//
// A signature is written first, marked as unlogged, and its change is appended
// then. Whoever finds the mark (the next writer, or Desk.Sweep) appends the
// change again; followers ignore what they have passed.
type book struct {
	signatures Signatures
	log        VerdictLog
	index      *match.Index
	follower   *Follower
	warn       func()
}

// read returns those of the signatures that exist, by id. A change that
// somebody left unlogged is logged first: the next change of the same
// signature must not begin from a level that the log has never seen.
func (b book) read(ctx context.Context, ids []string, now time.Time) (map[string]models.Signature, error) {
	found, err := b.signatures.Signatures(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read %d signatures: %w", len(ids), err)
	}
	if err := b.publish(ctx, found, now); err != nil {
		return nil, err
	}
	byID := make(map[string]models.Signature, len(found))
	for _, s := range found {
		s.Unlogged, s.From = false, ""
		byID[s.ID] = s
	}
	return byID, nil
}

// write stores signatures that revise has prepared, logs their changes, and
// returns the ids of those that somebody else wrote in between: read them again.
func (b book) write(ctx context.Context, revised []models.Signature, now time.Time) ([]string, error) {
	var fresh, present []models.Signature
	for _, s := range revised {
		if s.Rev == 1 {
			fresh = append(fresh, s)
		} else {
			present = append(present, s)
		}
	}
	written, moved, err := put(ctx, b.signatures.InsertSignatures, fresh)
	if err != nil {
		return nil, fmt.Errorf("insert %d signatures: %w", len(fresh), err)
	}
	replaced, stale, err := put(ctx, b.signatures.ReplaceSignatures, present)
	if err != nil {
		return nil, fmt.Errorf("replace %d signatures: %w", len(present), err)
	}
	return append(moved, stale...), b.publish(ctx, append(written, replaced...), now)
}

// put writes signatures, and tells those that were written from those that somebody else wrote first.
func put(
	ctx context.Context, write func(context.Context, []models.Signature) ([]error, error), signatures []models.Signature,
) (written []models.Signature, moved []string, err error) {
	if len(signatures) == 0 {
		return nil, nil, nil
	}
	faults, err := write(ctx, signatures)
	if err != nil {
		return nil, nil, err
	}
	for i, s := range signatures {
		switch fault := faults[i]; {
		case fault == nil:
			written = append(written, s)
		case errors.Is(fault, models.Conflict), errors.Is(fault, models.Stale):
			moved = append(moved, s.ID)
		default:
			return nil, nil, fault
		}
	}
	return written, moved, nil
}

// publish appends the change of every unlogged signature to the verdict log
// and clears the mark. This node's index has it when publish returns.
func (b book) publish(ctx context.Context, signatures []models.Signature, now time.Time) error {
	var owed []models.Signature
	for _, s := range signatures {
		if s.Unlogged {
			owed = append(owed, s)
		}
	}
	for part := range slices.Chunk(owed, models.EntryChanges) {
		changes := make([]models.Change, len(part))
		for i, s := range part {
			changes[i] = s.Change(s.From)
		}
		if _, err := b.log.Append(ctx, changes, now); err != nil {
			return fmt.Errorf("append %d changes to the verdict log: %w", len(changes), err)
		}
		b.index.Apply(changes)
		b.follower.Wake()
		b.warn()
		if err := b.log.Logged(ctx, part); err != nil {
			return fmt.Errorf("mark %d signatures as logged: %w", len(part), err)
		}
	}
	return nil
}

// revise returns next as the revision after old. What the index must know is
// logged. A new level, and the return of a signature that had ended, are also a new
// LevelRev, so that whoever met it is warned anew; another category or end is not.
func revise(old, next models.Signature, now time.Time) models.Signature {
	next.Rev, next.Changed = old.Rev+1, now
	returns := old.Ended(now) && !next.Ended(now)
	if returns {
		old.Level = models.Unknown // as every index has had it
	}
	if next.Level != old.Level {
		next.LevelRev = next.Rev
	}
	if next.Level != old.Level || next.Category != old.Category || next.Reason != old.Reason || !next.Ends.Equal(old.Ends) {
		next.LogRev, next.Unlogged, next.From = next.Rev, true, old.Level
	}
	return next
}
