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
type publisher struct {
	signatures Signatures
	log        VerdictLog
	index      *match.Index
	follower   *Follower
	wakeFanOut func()
}

// read returns those of the signatures that exist, by id. A change that
// somebody left unlogged is logged first: the next change of the same
// signature must not begin from a level that the log has never seen.
func (p publisher) read(ctx context.Context, ids []string, now time.Time) (map[string]models.Signature, error) {
	found, err := p.signatures.Signatures(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read %d signatures: %w", len(ids), err)
	}
	if err := p.publish(ctx, found, now); err != nil {
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
func (p publisher) write(ctx context.Context, revised []models.Signature, now time.Time) ([]string, error) {
	var inserts, updates []models.Signature
	for _, s := range revised {
		if s.Rev == 1 {
			inserts = append(inserts, s)
		} else {
			updates = append(updates, s)
		}
	}
	written, conflicts, err := put(ctx, p.signatures.InsertSignatures, inserts)
	if err != nil {
		return nil, fmt.Errorf("insert %d signatures: %w", len(inserts), err)
	}
	replaced, stale, err := put(ctx, p.signatures.ReplaceSignatures, updates)
	if err != nil {
		return nil, fmt.Errorf("replace %d signatures: %w", len(updates), err)
	}
	return append(conflicts, stale...), p.publish(ctx, append(written, replaced...), now)
}

// put writes signatures, and tells those that were written from those that somebody else wrote first.
func put(
	ctx context.Context, write func(context.Context, []models.Signature) ([]error, error), signatures []models.Signature,
) (written []models.Signature, conflicts []string, err error) {
	if len(signatures) == 0 {
		return nil, nil, nil
	}
	errs, err := write(ctx, signatures)
	if err != nil {
		return nil, nil, err
	}
	for i, s := range signatures {
		switch writeErr := errs[i]; {
		case writeErr == nil:
			written = append(written, s)
		case errors.Is(writeErr, models.Conflict), errors.Is(writeErr, models.Stale):
			conflicts = append(conflicts, s.ID)
		default:
			return nil, nil, writeErr
		}
	}
	return written, conflicts, nil
}

// publish appends the change of every unlogged signature to the verdict log
// and clears the mark. This node's index has it when publish returns.
func (p publisher) publish(ctx context.Context, signatures []models.Signature, now time.Time) error {
	var unlogged []models.Signature
	for _, s := range signatures {
		if s.Unlogged {
			unlogged = append(unlogged, s)
		}
	}
	for part := range slices.Chunk(unlogged, models.MaxEntryChanges) {
		changes := make([]models.Change, len(part))
		for i, s := range part {
			changes[i] = s.Change(s.From)
		}
		if _, err := p.log.Append(ctx, changes, now); err != nil {
			return fmt.Errorf("append %d changes to the verdict log: %w", len(changes), err)
		}
		p.index.Apply(changes)
		p.follower.Wake()
		p.wakeFanOut()
		if err := p.log.MarkLogged(ctx, part); err != nil {
			return fmt.Errorf("mark %d signatures as logged: %w", len(part), err)
		}
	}
	return nil
}
