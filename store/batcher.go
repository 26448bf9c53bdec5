package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// The bounds of a batcher, found by measuring: more flights split the batches
// and gain nothing where the server commits groups of its own.
const (
	maxInFlight  = 2      // writes in flight
	maxBatchSize = 512    // items in one write
	maxWaiting   = 16_384 // items that wait for a flight
)

// batcher gathers what concurrent callers write one by one into few writes. The
// first goes at once, so that an idle system waits for nothing; those that
// arrive while all flights are out form the next batch.
type batcher[T any] struct {
	write   func(context.Context, []T) []error // one error or nil for each item
	baseCtx context.Context                    //nolint:containedctx // a flight outlives each of its callers

	mu       sync.Mutex
	waiting  []*waiter[T]
	inFlight int
	closed   bool
	wg       sync.WaitGroup // the flights
}

type waiter[T any] struct {
	item      T
	done      chan error  // buffered: nobody may be waiting any more
	abandoned atomic.Bool // nobody is
}

func newBatcher[T any](base context.Context, write func(context.Context, []T) []error) *batcher[T] {
	return &batcher[T]{write: write, baseCtx: base}
}

// do writes one item and returns its own result. When ctx ends first, the item
// may have been written all the same.
func (b *batcher[T]) do(ctx context.Context, item T) error {
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

func (b *batcher[T]) enqueue(w *waiter[T]) error {
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

// fly writes batches until nobody waits.
func (b *batcher[T]) flush() {
	for {
		batch := b.nextBatch()
		if len(batch) == 0 {
			return
		}
		items := make([]T, len(batch))
		for i, w := range batch {
			items[i] = w.item
		}
		for i, err := range b.write(b.baseCtx, items) {
			batch[i].done <- err
		}
	}
}

// next takes the next batch, or ends the flight when there is none. Those who
// have left meanwhile are not taken along: when the database hangs, what comes
// back to it is not the load that everybody has given up waiting for.
func (b *batcher[T]) nextBatch() []*waiter[T] {
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
func (b *batcher[T]) close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	done := make(chan struct{})
	go func() { b.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return mapError(ctx.Err())
	}
}
