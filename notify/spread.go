package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"example.org/tocsin/models"
)

// VerdictLog is the log that a Spread follows.
type VerdictLog interface {
	Entries(ctx context.Context, after int64, limit int) ([]models.Entry, error)
	Cursor(ctx context.Context, name string) (int64, error)
	MoveCursor(ctx context.Context, name string, from, to int64) error
}

// AskQueue is where the asks wait.
type AskQueue interface {
	PutAsks(ctx context.Context, asks []models.Ask) error
	ClaimAsks(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.Ask], error)
	FinishAsk(ctx context.Context, l models.Lease, asks int64, since time.Time) error
}

// Exposures says who met what.
type Exposures interface {
	AnyExposed(ctx context.Context, keys []string) (map[string]bool, error)
	Exposed(ctx context.Context, keys []string, since time.Time, after string, limit int) ([]models.Exposure, error)
}

// Signatures is where signatures are read.
type Signatures interface {
	Signature(ctx context.Context, id string) (models.Signature, error)
}

// Inbox is where warnings are written, and the devices that they are for.
type Inbox interface {
	Devices(ctx context.Context, ids []string) ([]models.Device, error)
	PutWarnings(ctx context.Context, warnings []models.Warning) (created int, err error)
}

// SpreadOptions is what a Spread is made of.
type SpreadOptions struct {
	VerdictLog VerdictLog
	Asks       AskQueue
	Exposures  Exposures
	Signatures Signatures
	Inbox      Inbox
	Keyer      models.Keyer
	Warned     func() // called when warnings were written; Outbox.Wake. May be nil
	Log        *slog.Logger
	Clock      func() time.Time // nil: time.Now

	Rounds int           // asks worked at the same time; 0: 4
	Lease  time.Duration // how long a claim of an ask is ours, and after a crash nobody's; 0: 15 s

	// Observe is told durations: "change_to_ask", from an entry of the log to
	// its asks, and "round", of one round over the exposed. May be nil.
	Observe func(name string, seconds float64)
}

// Spread finds who must be told. It follows the verdict log, puts an ask for
// every signature that somebody is exposed to and that takes a level that
// warns, and works the asks: one warning for each device exposed. Any number of
// nodes may run one; what two of them do twice is the same.
type Spread struct {
	opt    SpreadOptions
	wake   nudge // the log has grown
	asked  nudge // there are asks
	counts counts

	harvest int
}

// NewSpread returns a Spread, which does nothing before Run.
func NewSpread(opt SpreadOptions) *Spread {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Observe == nil {
		opt.Observe = func(string, float64) {}
	}
	if opt.Warned == nil {
		opt.Warned = func() {}
	}
	if opt.Rounds <= 0 {
		opt.Rounds = 4
	}
	if opt.Lease <= 0 {
		opt.Lease = 15 * time.Second
	}
	return &Spread{opt: opt, wake: newNudge(), asked: newNudge(), harvest: harvest}
}

// Wake says that the log may have grown, or that there may be asks.
func (s *Spread) Wake() {
	s.wake.now()
	s.asked.now()
}

// Stats returns the totals since the start: What is "entries", "asks" (put),
// "rounds" (by how they ended), "warnings" (created) or "unwarned" (a device
// exposed that is owed nothing, with the reason).
func (s *Spread) Stats() map[Count]int64 { return s.counts.snapshot() }

// The cursors of the log. The second follower looks at each entry again when it
// is secondLook old: an exposure can be stored, on a node that has not heard of
// the change yet, just after the first look found nobody.
const (
	cursor       = "spread"
	secondCursor = "spread_second"
	secondLook   = 30 * time.Second
)

// Run follows and warns until ctx ends, then finishes the rounds it has begun and returns nil.
func (s *Spread) Run(ctx context.Context) error {
	rounds := crew{name: "asks", width: s.opt.Rounds, claim: s.claim, wake: s.asked, log: s.opt.Log}
	var loops sync.WaitGroup
	loops.Go(func() { s.follow(ctx, cursor, 0, s.wake) })
	loops.Go(func() { s.follow(ctx, secondCursor, secondLook, nil) })
	loops.Go(func() { rounds.run(ctx) })
	loops.Wait()
	return nil
}

// follow turns the entries of the log that are at least age old into asks.
func (s *Spread) follow(ctx context.Context, name string, age time.Duration, wake nudge) {
	for ctx.Err() == nil {
		more, err := s.step(ctx, name, age)
		if err != nil && ctx.Err() == nil {
			s.opt.Log.ErrorContext(ctx, "follow verdict log failed", "cursor", name, "err", err)
		}
		if !more {
			wake.wait(ctx, pause)
		}
	}
}

// step works one batch of entries and reports whether there may be more.
func (s *Spread) step(ctx context.Context, name string, age time.Duration) (more bool, err error) {
	const batch = 5 // entries of up to models.EntryChanges changes
	at, err := s.opt.VerdictLog.Cursor(ctx, name)
	if err != nil {
		return false, fmt.Errorf("read cursor %s: %w", name, err)
	}
	entries, err := s.opt.VerdictLog.Entries(ctx, at, batch)
	if err != nil {
		return false, fmt.Errorf("read verdict log after %d: %w", at, err)
	}
	for _, e := range entries {
		if s.opt.Clock().Sub(e.At) < age {
			return false, nil
		}
		if err := s.ask(ctx, e); err != nil {
			return false, fmt.Errorf("ask for entry %d: %w", e.Seq, err)
		}
		err := s.opt.VerdictLog.MoveCursor(ctx, name, at, e.Seq)
		if errors.Is(err, models.Conflict) {
			return true, nil // another node is ahead; begin where it stands
		}
		if err != nil {
			return false, fmt.Errorf("move cursor %s: %w", name, err)
		}
		at = e.Seq
		s.counts.add("entries", name, 1)
	}
	return len(entries) == batch, nil
}

// ask puts an ask for each change of the entry to a level that warns, of a
// signature that somebody is exposed to.
func (s *Spread) ask(ctx context.Context, e models.Entry) error {
	keys, changes := s.warning(e)
	asks := map[string]models.Ask{}
	for part := range slices.Chunk(keys, 1000) {
		exposed, err := s.opt.Exposures.AnyExposed(ctx, part)
		if err != nil {
			return fmt.Errorf("look for exposures: %w", err)
		}
		for _, k := range part {
			if !exposed[k] {
				continue
			}
			for _, c := range changes[k] {
				id := models.AskID(c.Signature, c.Rev)
				asks[id] = models.Ask{ID: id, Signature: c.Signature, Rev: c.Rev}
			}
		}
	}
	if len(asks) == 0 {
		return nil
	}
	if err := s.opt.Asks.PutAsks(ctx, slices.Collect(maps.Values(asks))); err != nil {
		return fmt.Errorf("put asks: %w", err)
	}
	s.counts.add("asks", "", len(asks))
	s.opt.Observe("change_to_ask", s.opt.Clock().Sub(e.At).Seconds())
	s.asked.now()
	return nil
}

// warning returns the entry's changes to a level that warns, by the keys under
// which exposures to them are kept. Another category or end of the same level
// is no news to those who met it.
func (s *Spread) warning(e models.Entry) (keys []string, changes map[string][]models.Change) {
	changes = map[string][]models.Change{}
	for _, c := range e.Changes {
		if !c.To.Warns() || c.From == c.To {
			continue
		}
		for _, r := range models.Recognisers(c.Rule, c.Kind, c.Value) {
			k := s.opt.Keyer.Exposure(r)
			changes[k] = append(changes[k], c)
			keys = append(keys, k)
		}
	}
	return keys, changes
}

func (s *Spread) claim(ctx context.Context, n int) ([]func(), error) {
	began := s.opt.Clock()
	claimed, err := s.opt.Asks.ClaimAsks(ctx, n, s.opt.Lease, began)
	if err != nil {
		return nil, fmt.Errorf("claim asks: %w", err)
	}
	work := context.WithoutCancel(ctx)
	jobs := make([]func(), len(claimed))
	for i, c := range claimed {
		jobs[i] = func() {
			r := round{Spread: s, ask: c.Work, began: began, stop: ctx.Done()}
			ctx, cancel := context.WithTimeout(work, s.opt.Lease)
			defer cancel()
			if err := r.work(ctx, c.Lease); err != nil {
				s.counts.add("rounds", "failed", 1)
				s.opt.Log.ErrorContext(ctx, "round over the exposed failed", "signature", c.Work.Signature, "err", err)
			}
		}
	}
	return jobs, nil
}
