package verdictlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"example.org/tocsin/models"
)

const (
	loadPageSize = 5_000   // signatures in one read
	loadLogEvery = 100_000 // signatures from one log line of progress to the next
)

// Load fills the index from the snapshot, or else with every signature, and then
// with what the verdict log says since
// (TestAFollowerStartsFromSignaturesAndGoesOnWithTheLog,
// TestARestartGoesOnFromTheSnapshot). The head of the log is read before the first
// page of signatures, so a change made meanwhile is applied twice rather than never.
func (f *IndexFollower) Load(ctx context.Context) error {
	f.reader.mu.Lock()
	defer f.reader.mu.Unlock()
	if f.loadSnapshot(ctx) {
		return f.reader.runOnce(ctx)
	}
	head, err := f.history.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the head of the verdict log: %w", err)
	}
	loaded, err := f.loadAll(ctx)
	if err != nil {
		return err
	}
	f.lastEntry = head
	f.reader.position.Store(head.Seq)
	f.log.noteHead(head.Seq)
	f.log.Logger.InfoContext(ctx, "signatures loaded", "signatures", loaded, "position", head.Seq)
	return f.reader.runOnce(ctx)
}

// loadAll reads all signatures in four parts in parallel, so that the database
// reads while this process decodes. It returns how many there were. Ids are hashes
// in base32 (RFC 4648), evenly distributed over a-z and 2-7 behind their prefix;
// were they not, the parts would only differ in size.
func (f *IndexFollower) loadAll(ctx context.Context) (int64, error) {
	bounds := []string{"", "sig_c", "sig_k", "sig_s", ""}
	failed := make([]error, len(bounds)-1)
	var loaded atomic.Int64
	var loading sync.WaitGroup
	for i := range failed {
		loading.Go(func() { failed[i] = f.loadPart(ctx, bounds[i], bounds[i+1], &loaded) })
	}
	loading.Wait()
	return loaded.Load(), errors.Join(failed...)
}

// loadPart applies the signatures with ids behind after and up to last; a last of ""
// is the end of all.
func (f *IndexFollower) loadPart(ctx context.Context, after, last string, loaded *atomic.Int64) error {
	for {
		page, err := f.history.ListSignatures(ctx, models.SignatureFilter{}, after, loadPageSize)
		if err != nil {
			return fmt.Errorf("load signatures: %w", err)
		}
		changes := make([]models.Change, 0, len(page))
		for _, s := range page {
			if last == "" || s.ID <= last {
				changes = append(changes, s.Change(models.Unknown))
			}
		}
		f.Index.Apply(changes)
		if n := loaded.Add(int64(len(changes))); n/loadLogEvery != (n-int64(len(changes)))/loadLogEvery {
			f.log.Logger.InfoContext(ctx, "loading signatures", "signatures", n)
		}
		if len(changes) < loadPageSize {
			return nil
		}
		after = page[len(page)-1].ID
	}
}
