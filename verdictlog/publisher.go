package verdictlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// Publisher writes signatures together with the verdict log. Every change of a
// signature goes through it, so that none is missing from the log. Fill every field;
// it is then safe for any number of goroutines.
//
// A signature is written first, marked as unlogged, and then its change is
// appended. There is no transaction: whoever finds the mark (the next writer, or
// Sweep) appends the change, perhaps a second time; followers ignore what they have
// passed.
type Publisher struct {
	Signatures SignatureStore
	Log        AppendLog
	Index      *match.Index // gets each change here, before its follower reads the log
	Published  func()       // called after each entry was appended: wakes the followers
	Logger     *slog.Logger
	Clock      func() time.Time
	Totals     *work.Totals // counts failed sweeps; nil: nobody does
}

// SignatureStore keeps signatures. InsertSignatures and ReplaceSignatures return one
// error for each signature, nil for one that was written: Conflict for one that
// exists already, Stale for one that is no longer at the revision before.
type SignatureStore interface {
	Signatures(ctx context.Context, ids []string) ([]models.Signature, error)
	InsertSignatures(ctx context.Context, signatures []models.Signature) ([]error, error)
	ReplaceSignatures(ctx context.Context, signatures []models.Signature) ([]error, error)
}

// AppendLog takes changes of level, and knows which signatures have one that is not
// logged yet. Unlogged returns up to limit of those that were written before a time.
type AppendLog interface {
	Append(ctx context.Context, changes []models.Change, now time.Time) (models.Entry, error)
	Unlogged(ctx context.Context, before time.Time, limit int) ([]models.Signature, error)
	MarkLogged(ctx context.Context, signatures []models.Signature) error
}

// Read returns those of the signatures that exist, by id. A change that
// somebody left unlogged is logged first: the next change of the same
// signature must not begin from a level that the log has never seen.
func (p *Publisher) Read(ctx context.Context, ids []string, now time.Time) (map[string]models.Signature, error) {
	found, err := p.Signatures.Signatures(ctx, ids)
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

// Write stores signatures that models.Revise has prepared, logs their changes, and
// returns the ids of those that somebody else wrote in between: read them again.
func (p *Publisher) Write(ctx context.Context, revised []models.Signature, now time.Time) ([]string, error) {
	var inserts, updates []models.Signature
	for _, s := range revised {
		if s.Rev == 1 {
			inserts = append(inserts, s)
		} else {
			updates = append(updates, s)
		}
	}
	written, conflicts, err := put(ctx, p.Signatures.InsertSignatures, inserts)
	if err != nil {
		return nil, fmt.Errorf("insert %d signatures: %w", len(inserts), err)
	}
	replaced, stale, err := put(ctx, p.Signatures.ReplaceSignatures, updates)
	if err != nil {
		return nil, fmt.Errorf("replace %d signatures: %w", len(updates), err)
	}
	return append(conflicts, stale...), p.publish(ctx, append(written, replaced...), now)
}

// put writes signatures, and returns those that were written, and the ids of those
// that somebody else wrote first.
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

// publish appends the change of every unlogged signature to the verdict log, in
// entries of up to models.MaxEntryChanges, and clears the marks. The index of this
// node has the changes when publish returns.
func (p *Publisher) publish(ctx context.Context, signatures []models.Signature, now time.Time) error {
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
		if _, err := p.Log.Append(ctx, changes, now); err != nil {
			return fmt.Errorf("append %d changes to the verdict log: %w", len(changes), err)
		}
		p.Index.Apply(changes)
		p.Published()
		if err := p.Log.MarkLogged(ctx, part); err != nil {
			return fmt.Errorf("mark %d signatures as logged: %w", len(part), err)
		}
	}
	return nil
}
