package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"example.org/tocsin/work"
)

// The bounds of a Batcher, found by measuring (BenchmarkPutReport): more writes
// at a time split the batches and gain nothing where the server commits groups
// of its own.
const (
	maxInFlight  = 2      // writes at a time
	maxBatchSize = 512    // items in one write
	maxWaiting   = 16_384 // items that wait for the next write
)

// Batcher gathers what concurrent callers write one by one into few writes. The
// first item goes at once, so that an idle system waits for nothing; those that
// arrive while maxInFlight writes are under way form the next batch
// (TestABatcherSendsTheFirstAtOnceAndGathersTheRest). The price is that an item
// waits for the write before its own.
type Batcher[T any] struct {
	write   func(context.Context, []T) []error // one error or nil for each item
	baseCtx context.Context                    //nolint:containedctx // a batch outlives each of its callers

	mu       sync.Mutex
	waiting  []*waiter[T]
	inFlight int
	closed   bool
	wg       sync.WaitGroup // the writes under way
}

type waiter[T any] struct {
	item      T
	done      chan error  // buffered: nobody may be waiting any more
	abandoned atomic.Bool // nobody is
}

// NewBatcher returns a batcher whose items go to write, which returns one error
// or nil for each. DB.Close waits for it.
func NewBatcher[T any](db *DB, write func(context.Context, []T) []error) *Batcher[T] {
	b := newBatcher(db.base, write)
	db.onClose(b.close)
	return b
}

func newBatcher[T any](base context.Context, write func(context.Context, []T) []error) *Batcher[T] {
	return &Batcher[T]{write: write, baseCtx: base}
}

// Do writes one item and returns the error of that item alone. When ctx ends
// first, it returns ctx's error, and the item may have been written all the
// same. It is Unavailable after Close, and when maxWaiting items wait.
func (b *Batcher[T]) Do(ctx context.Context, item T) error {
	w := &waiter[T]{item: item, done: make(chan error, 1)}
	if err := b.enqueue(w); err != nil {
		return err
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		w.abandoned.Store(true)
		return ctx.Err()
	}
}

// enqueue puts w into the next batch, and starts a write when fewer than
// maxInFlight are under way.
func (b *Batcher[T]) enqueue(w *waiter[T]) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return unavailable(errors.New("the store is closed"))
	case len(b.waiting) >= maxWaiting:
		return unavailable(errors.New("too many writes wait"))
	}
	b.waiting = append(b.waiting, w)
	if b.inFlight < maxInFlight {
		b.inFlight++
		b.wg.Go(b.flush)
	}
	return nil
}

// flush writes batches until nobody waits.
func (b *Batcher[T]) flush() {
	for {
		batch := b.nextBatch()
		if len(batch) == 0 {
			return
		}
		items := make([]T, len(batch))
		for i, w := range batch {
			items[i] = w.item
		}
		for i, err := range b.writeSafely(items) {
			batch[i].done <- err
		}
	}
}

// writeSafely writes a batch. A panic in it is the error of each item, so that no caller
// waits for ever and the next batch is written (TestAPanicInABatchIsTheErrorOfEachItem).
func (b *Batcher[T]) writeSafely(items []T) (errs []error) {
	err := work.Safely(func() error {
		errs = b.write(b.baseCtx, items)
		return nil
	})
	if err != nil {
		return PerWriteErrors(len(items), err)
	}
	return errs
}

// nextBatch takes the next batch, or ends the flush when there is none. It leaves
// out the items whose callers have left meanwhile: after a hang the database
// does not get the load that nobody waits for any more (TestWhoeverHasLeftIsNotTakenAlong).
func (b *Batcher[T]) nextBatch() []*waiter[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	var batch []*waiter[T]
	for len(b.waiting) > 0 && len(batch) < maxBatchSize {
		if w := b.waiting[0]; !w.abandoned.Load() {
			batch = append(batch, w)
		}
		b.waiting = b.waiting[1:]
	}
	if len(batch) == 0 {
		b.waiting = nil
		b.inFlight--
	}
	return batch
}

// close refuses new items and waits for those under way.
func (b *Batcher[T]) close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	done := make(chan struct{})
	go func() { b.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return MapError(ctx.Err())
	}
}
