package notify

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// ExemptionSource is what Exemptions are read from: the signatures once, and the
// verdict log from then on. Its methods are those of the stores.
type ExemptionSource interface {
	ListSignatures(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
	Head(ctx context.Context) (models.Entry, error)
	Entries(ctx context.Context, after int64, limit int) ([]models.Entry, error)
}

// Exemptions are the signatures that exempt what they recognise, imitated and
// cleared, by the keyed hashes of their recognisers, in the memory of this node. An
// exposure holds the hashes of everything that could touch it, so it can be judged
// by the rule of checks without a query and without its value.
//
// Fill the exported fields, then call Run. Every method may be called at any time,
// by any number of goroutines.
type Exemptions struct {
	Source ExemptionSource
	Keyer  models.Keyer
	Log    *slog.Logger

	wake work.Signal

	reading  sync.Mutex // held while the log is read
	loaded   bool
	position int64 // of the last entry that is in the set

	mu      sync.RWMutex
	byKey   map[string][]exemption
	revs    map[string]int64 // the last revision applied of each signature that exempts, or did
	version int64            // grows with every change of the set
}

// exemption is one signature of the set.
type exemption struct {
	hit  models.Hit
	ends time.Time
}

// Run keeps the set equal to the verdict log until ctx ends, and then returns nil,
// so that Sync has little to read when it matters. An error is logged and the log
// read again a second later.
func (x *Exemptions) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := work.Safely(func() error { return x.Sync(ctx) }); err != nil && ctx.Err() == nil {
			x.Log.ErrorContext(ctx, "exemptions not followed", "error", err)
		}
		x.wake.Wait(ctx, work.PollInterval)
	}
	return nil
}

// Wake makes Run look at the log at once.
func (x *Exemptions) Wake() { x.wake.Wake() }

// Sync returns when everything that was in the verdict log when it was called is in
// the set (TestAnExemptionPublishedJustBeforeTheRunCounts). The first call reads all
// signatures that exempt.
func (x *Exemptions) Sync(ctx context.Context) error {
	x.reading.Lock()
	defer x.reading.Unlock()
	if !x.loaded {
		if err := x.load(ctx); err != nil {
			return err
		}
	}
	const pageSize = 5 // an entry holds up to models.MaxEntryChanges changes
	for {
		entries, err := x.Source.Entries(ctx, x.position, pageSize)
		if err != nil {
			return fmt.Errorf("read the verdict log after entry %d: %w", x.position, err)
		}
		for _, e := range entries {
			x.apply(e.Changes)
			x.position = e.Seq
		}
		if len(entries) < pageSize {
			return nil
		}
	}
}

// load reads the signatures. The head of the log is read before, so a change made
// meanwhile is applied twice rather than never. The caller holds x.reading.
func (x *Exemptions) load(ctx context.Context) error {
	const pageSize = 1000
	head, err := x.Source.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the head of the verdict log: %w", err)
	}
	for _, level := range []models.Level{models.Imitated, models.Cleared} {
		for after := ""; ; {
			page, err := x.Source.ListSignatures(ctx, models.SignatureFilter{Level: level}, after, pageSize)
			if err != nil {
				return fmt.Errorf("load the signatures of level %s: %w", level, err)
			}
			changes := make([]models.Change, len(page))
			for i, s := range page {
				changes[i] = s.Change(models.Unknown)
			}
			x.apply(changes)
			if len(page) < pageSize {
				break
			}
			after = page[len(page)-1].ID
		}
	}
	x.position, x.loaded = head.Seq, true
	return nil
}

// apply puts changes into the set. A change whose revision has been passed is
// ignored, so a repeated or late one is harmless (TestALateChangeExemptsNothing).
func (x *Exemptions) apply(changes []models.Change) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byKey == nil {
		x.byKey, x.revs = map[string][]exemption{}, map[string]int64{}
	}
	for _, c := range changes {
		last, known := x.revs[c.Signature]
		if !c.To.Exempts() && !c.From.Exempts() && !known || known && c.Rev <= last {
			continue
		}
		x.revs[c.Signature] = c.Rev
		x.version++
		for _, r := range models.Recognisers(c.Rule, c.Kind, c.Value) {
			for _, key := range x.Keyer.ExposureKeys(r) {
				x.replace(key, c)
			}
		}
	}
}

// replace sets what the set holds of the change's signature under one key. The
// lists are read outside of the lock, so a new one is made. The caller holds x.mu.
func (x *Exemptions) replace(key string, c models.Change) {
	list := slices.DeleteFunc(slices.Clone(x.byKey[key]), func(e exemption) bool { return e.hit.Signature == c.Signature })
	if c.To.Exempts() {
		list = append(list, exemption{
			hit:  models.Hit{Signature: c.Signature, Rule: c.Rule, Kind: c.Kind, Level: c.To, Category: c.Category},
			ends: c.Ends,
		})
	}
	if len(list) == 0 {
		delete(x.byKey, key)
		return
	}
	x.byKey[key] = list
}

// hits returns a hit of each signature that exempts an exposure with these keys at
// the given time; nil for most.
func (x *Exemptions) hits(keys []string, now time.Time) []models.Hit {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var found map[string]models.Hit // a range has several keys, an exposure only one of them
	for _, k := range keys {
		for _, e := range x.byKey[k] {
			if e.ends.IsZero() || now.Before(e.ends) {
				if found == nil {
					found = map[string]models.Hit{}
				}
				found[e.hit.Signature] = e.hit
			}
		}
	}
	return slices.Collect(maps.Values(found))
}

// changes returns a number that grows with every change of the set.
func (x *Exemptions) changes() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.version
}
