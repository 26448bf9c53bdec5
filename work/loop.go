package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"example.org/tocsin/models"
)

// PollInterval is how long a loop waits for a signal before it looks by itself.
const PollInterval = time.Second

// MaxFaults is how many claims of a piece of work may fail in a row: after that it is
// parked. A failure that goes away by itself does not count.
const MaxFaults = 8

// Loop works one queue: it claims what is due under a lease, does it, and gives back
// what could not be done. Fill every field that has no default; its methods may then be
// called from many goroutines.
//
// Work is claimed for as many workers as are free, and again as soon as one is, so that
// one slow piece holds up none of the others
// (TestALoopClaimsWhenWokenAndEverySecondAndFinishesWhatItBegan).
type Loop[T any] struct {
	Name    string // of the queue, in log and metrics
	Workers int    // batches at once; 0: 1
	Batch   int    // most pieces of work in one call of Do; 0: 1
	Lease   time.Duration

	// Claim takes up to n pieces of work that are due at now out of the queue, until now plus lease.
	Claim func(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[T], error)
	// Do does a batch of work, and ends the leases of it: with the result, or by itself for a while. It may be called
	// again for the same work, so what it does must be the same the second time. Its context ends with the lease.
	Do func(ctx context.Context, batch []models.Claimed[T]) error
	// Release puts back or parks what Do has failed to do.
	Release func(ctx context.Context, l models.Lease, r models.Release) error

	Pause  func() time.Duration // how long to claim nothing, such as after failures downstream; nil: never
	Signal *Signal              // woken when there may be work
	Totals *Totals              // counts what becomes of the work; nil: nobody does
	Clock  func() time.Time
	Logger *slog.Logger
}

// Run works until ctx ends, and returns nil when everything that was begun is done. Work
// that was begun is done whatever becomes of ctx, until its lease ends.
//
// A token in the channel slots stands for a busy worker. Run takes the free tokens,
// claims for that many workers, and gives back those for which there was no work.
func (l *Loop[T]) Run(ctx context.Context) error {
	slots := make(chan struct{}, max(1, l.Workers))
	var working sync.WaitGroup
	defer working.Wait()
	for ctx.Err() == nil {
		if d := l.pause(); d > 0 {
			l.Signal.Wait(ctx, min(d, PollInterval))
			continue
		}
		free := acquire(ctx, slots)
		begun := l.begin(ctx, free)
		for range free - len(begun) {
			<-slots
		}
		for _, do := range begun {
			working.Go(func() {
				defer func() { <-slots }()
				if err := do(); err != nil {
					l.Logger.ErrorContext(ctx, "work not done", "queue", l.Name, "error", err)
				}
			})
		}
		if len(begun) == 0 {
			l.Signal.Wait(ctx, PollInterval)
		}
	}
	return nil
}

// RunOnce claims what one worker takes, does it, and returns how much was claimed.
func (l *Loop[T]) RunOnce(ctx context.Context) (int, error) {
	batches, deadline, err := l.claim(ctx, 1)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, b := range batches {
		n += len(b)
		err = errors.Join(err, l.work(ctx, deadline, b))
	}
	return n, err
}

func (l *Loop[T]) pause() time.Duration {
	if l.Pause == nil {
		return 0
	}
	return l.Pause()
}

// acquire takes every free slot and returns how many: it waits for the first, and takes
// the others as they are. It returns 0 when ctx ends.
func acquire(ctx context.Context, slots chan struct{}) int {
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case slots <- struct{}{}:
		default:
			return n
		}
	}
}

// begin claims work for up to the given number of workers, and returns what each of
// them is to do. An error is logged, and the loop goes on: the next claim may succeed.
func (l *Loop[T]) begin(ctx context.Context, workers int) []func() error {
	if workers == 0 {
		return nil
	}
	batches, deadline, err := l.claim(ctx, workers)
	if err != nil && ctx.Err() == nil {
		l.Logger.ErrorContext(ctx, "claim failed", "queue", l.Name, "error", err)
	}
	begun := make([]func() error, min(workers, len(batches)))
	for i := range begun {
		begun[i] = func() (err error) {
			for n := i; n < len(batches); n += workers {
				err = errors.Join(err, l.work(ctx, deadline, batches[n]))
			}
			return err
		}
	}
	return begun
}

// claim claims work for some workers, and returns it in batches with the end of its lease.
func (l *Loop[T]) claim(ctx context.Context, workers int) (batches [][]models.Claimed[T], deadline time.Time, err error) {
	now, started := l.Clock(), time.Now()
	var claimed []models.Claimed[T]
	err = Safely(func() (err error) {
		claimed, err = l.Claim(ctx, workers*max(1, l.Batch), l.Lease, now)
		return err
	})
	if err != nil {
		return nil, deadline, fmt.Errorf("claim %s: %w", l.Name, err)
	}
	batches, hopeless := split(claimed, max(1, l.Batch))
	for _, c := range hopeless {
		err = errors.Join(err, l.release(ctx, c, models.Release{Due: now, Faults: c.Lease.Faults, Reason: "no_outcome", Park: true}))
	}
	return batches, started.Add(l.Lease), err
}

// split puts claimed work into batches. What was claimed more than MaxFaults times
// without any outcome may be what ends the process: it is done alone, and in another
// order each time, so that it takes no other with it for long; after twice as many it is
// hopeless (TestWorkThatEndsTheProcessIsParkedAndItsNeighboursAreDone).
func split[T any](claimed []models.Claimed[T], batch int) (batches [][]models.Claimed[T], hopeless []models.Claimed[T]) {
	var sound, suspect []models.Claimed[T]
	for _, c := range claimed {
		switch {
		case c.Lease.Faults > 2*MaxFaults:
			hopeless = append(hopeless, c)
		case c.Lease.Faults > MaxFaults:
			suspect = append(suspect, c)
		default:
			sound = append(sound, c)
		}
	}
	batches = slices.Collect(slices.Chunk(sound, batch))
	reorder(suspect)
	for _, c := range suspect {
		batches = append(batches, []models.Claimed[T]{c})
	}
	return batches, hopeless
}

// reorder puts suspects into an order that differs from one claim to the next: by id,
// then the other way round, which is enough where one of them ends the process, and then
// by chance.
func reorder[T any](suspects []models.Claimed[T]) {
	if len(suspects) == 0 {
		return
	}
	slices.SortFunc(suspects, func(a, b models.Claimed[T]) int { return strings.Compare(a.Lease.ID, b.Lease.ID) })
	switch suspects[0].Lease.Faults - MaxFaults {
	case 1:
	case 2:
		slices.Reverse(suspects)
	default:
		rand.Shuffle(len(suspects), func(i, j int) { suspects[i], suspects[j] = suspects[j], suspects[i] })
	}
}

// work does a batch. Where the batch itself is at fault, it is halved until the one
// piece that cannot be done is alone; that one goes back into the queue
// (TestOnePieceThatCannotBeDoneHoldsUpNoOther). What goes away by itself is no fault of
// the batch, and is not counted as one.
func (l *Loop[T]) work(ctx context.Context, deadline time.Time, batch []models.Claimed[T]) error {
	err := l.attempt(ctx, deadline, batch)
	switch {
	case err == nil:
		l.Totals.add(l.Name, "done", len(batch))
		return nil
	case errors.Is(err, models.Stale):
		l.Totals.add(l.Name, "lost", len(batch)) // another worker has it, and does it
		return nil
	case Retryable(err):
		return l.giveBack(ctx, batch, err)
	case len(batch) > 1:
		half := len(batch) / 2
		return errors.Join(l.work(ctx, deadline, batch[:half]), l.work(ctx, deadline, batch[half:]))
	}
	return l.fail(ctx, batch[0], err)
}

// attempt calls Do, and again while it fails with what goes away by itself, until the
// lease ends or the loop is to stop: the work would otherwise wait for the end of its
// lease.
func (l *Loop[T]) attempt(ctx context.Context, deadline time.Time, batch []models.Claimed[T]) error {
	detached, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	var pause Signal // never woken: a sleep that ends with ctx
	for {
		err := Safely(func() error { return l.Do(detached, batch) })
		if !Retryable(err) || ctx.Err() != nil || detached.Err() != nil {
			return err
		}
		l.Totals.add(l.Name, "retried", len(batch))
		l.Logger.WarnContext(ctx, "working again", "queue", l.Name, "pieces", len(batch), "error", err)
		pause.Wait(ctx, min(PollInterval, time.Until(deadline)))
	}
}

// giveBack makes a batch due again at once, without counting a fault, and returns why it
// was not done. Where that fails as well, the end of the lease does the same.
func (l *Loop[T]) giveBack(ctx context.Context, batch []models.Claimed[T], cause error) error {
	l.Totals.add(l.Name, "given_back", len(batch))
	for _, c := range batch {
		r := models.Release{Due: l.Clock(), Faults: c.Lease.Faults - 1, Reason: code(cause)}
		if err := l.release(ctx, c, r); err != nil {
			break // the store is away: so it is for the rest
		}
	}
	return fmt.Errorf("%d pieces of %s given back: %w", len(batch), l.Name, cause)
}

// fail puts a piece of work that cannot be done back into the queue, due after a
// back-off. After MaxFaults it is parked: kept, with the reason, and no longer claimed.
func (l *Loop[T]) fail(ctx context.Context, c models.Claimed[T], cause error) error {
	parked := c.Lease.Faults >= MaxFaults
	l.Logger.ErrorContext(ctx, "work failed",
		"queue", l.Name, "id", c.Lease.ID, "faults", c.Lease.Faults, "parked", parked, "error", cause)
	if Panicked(cause) {
		l.Totals.add(l.Name, "panicked", 1)
	}
	due := l.Clock()
	if !parked {
		l.Totals.add(l.Name, "failed", 1)
		due = due.Add(Backoff(c.Lease.Faults, 0, rand.Float64())) //nolint:gosec // spreads the tries over time, protects nothing
	}
	return l.release(ctx, c, models.Release{Due: due, Faults: c.Lease.Faults, Reason: code(cause), Park: parked})
}

// release calls Release. A lost lease is no failure: another worker has the work.
func (l *Loop[T]) release(ctx context.Context, c models.Claimed[T], r models.Release) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	err := l.Release(ctx, c.Lease, r)
	if err != nil && !errors.Is(err, models.Stale) {
		return fmt.Errorf("give back %s of %s: %w", c.Lease.ID, l.Name, err)
	}
	if r.Park && err == nil {
		l.Totals.add(l.Name, "parked", 1)
	}
	return nil
}

// releaseTimeout is how long giving work back may take: the lease may be over already.
const releaseTimeout = 5 * time.Second

// code returns the code of an error, "internal" for one without.
func code(err error) string {
	if c := models.CodeOf(err); c != "" {
		return c
	}
	return "internal"
}
