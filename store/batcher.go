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
	batchFlights = 2      // writes in flight
	batchSize    = 512    // items in one write
	batchWaiting = 16_384 // items that wait for a flight
)

// batcher gathers what concurrent callers write one by one into few writes. The
// first goes at once, so that an idle system waits for nothing; those that
// arrive while all flights are out form the next batch.
type batcher[T any] struct {
	write func(context.Context, []T) []error // one error or nil for each item
	base  context.Context                    //nolint:containedctx // a flight outlives each of its callers

	mu      sync.Mutex
	waiting []*passenger[T]
	flights int
	closed  bool
	owned   sync.WaitGroup // the flights
}

type passenger[T any] struct {
	item   T
	landed chan error  // buffered: nobody may be waiting any more
	left   atomic.Bool // nobody is
}

func newBatcher[T any](base context.Context, write func(context.Context, []T) []error) *batcher[T] {
	return &batcher[T]{write: write, base: base}
}

// do writes one item and returns its own result. When ctx ends first, the item
// may have been written all the same.
func (b *batcher[T]) do(ctx context.Context, item T) error {
	p := &passenger[T]{item: item, landed: make(chan error, 1)}
	if err := b.board(p); err != nil {
		return err
	}
	select {
	case err := <-p.landed:
		return err
	case <-ctx.Done():
		p.left.Store(true)
		return ctx.Err()
	}
}

func (b *batcher[T]) board(p *passenger[T]) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return unavailable(errors.New("the store is closed"))
	case len(b.waiting) >= batchWaiting:
		return unavailable(errors.New("too many writes wait"))
	}
	b.waiting = append(b.waiting, p)
	if b.flights < batchFlights {
		b.flights++
		b.owned.Go(b.fly)
	}
	return nil
}

// fly writes batches until nobody waits.
func (b *batcher[T]) fly() {
	for {
		batch := b.next()
		if len(batch) == 0 {
			return
		}
		items := make([]T, len(batch))
		for i, p := range batch {
			items[i] = p.item
		}
		for i, err := range b.write(b.base, items) {
			batch[i].landed <- err
		}
	}
}

// next takes the next batch, or ends the flight when there is none. Those who
// have left meanwhile are not taken along: when the database hangs, what comes
// back to it is not the load that everybody has given up waiting for.
func (b *batcher[T]) next() []*passenger[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	var batch []*passenger[T]
	for len(b.waiting) > 0 && len(batch) < batchSize {
		if p := b.waiting[0]; !p.left.Load() {
			batch = append(batch, p)
		}
		b.waiting = b.waiting[1:]
	}
	if len(batch) == 0 {
		b.waiting = nil
		b.flights--
	}
	return batch
}

// close refuses new items and waits for those under way.
func (b *batcher[T]) close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	landed := make(chan struct{})
	go func() { b.owned.Wait(); close(landed) }()
	select {
	case <-landed:
		return nil
	case <-ctx.Done():
		return wrap(ctx.Err())
	}
}
