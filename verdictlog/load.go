package verdictlog

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

const (
	loadPageSize = 5_000   // signatures in one read
	loadLogEvery = 100_000 // signatures from one log line of progress to the next
)

// Load fills the index from the snapshot, or else with every signature, and then
// with what the verdict log says since
// (TestAFollowerStartsFromSignaturesAndGoesOnWithTheLog,
// TestARestartGoesOnFromTheSnapshot). It logs where the log ends, for whoever keeps
// such heads elsewhere. A log without the entry that this node has seen last is
// alarming and no failure: see setFault.
func (f *IndexFollower) Load(ctx context.Context) error {
	f.reader.mu.Lock()
	defer f.reader.mu.Unlock()
	if !f.loadSnapshot(ctx) {
		if err := f.judgeSeen(ctx); err != nil {
			return err
		}
		head, err := f.loadAll(ctx)
		if err != nil {
			return err
		}
		f.lastEntry = head
		f.reader.position.Store(head.Seq)
	}
	if err := f.reader.runOnce(ctx); err != nil {
		return err
	}
	if f.fault.Load() == nil {
		f.seen = f.lastEntry
	}
	f.log.Logger.InfoContext(ctx, "verdict log read", "position", f.lastEntry.Seq, "head", hex.EncodeToString(f.lastEntry.Hash))
	return nil
}

// loadAll reads all signatures, and returns the head of the log before that: whatever
// the log says up to there is in the index. A change made meanwhile is applied twice
// rather than never.
func (f *IndexFollower) loadAll(ctx context.Context) (models.Entry, error) {
	head, err := f.history.Head(ctx)
	if err != nil {
		return head, fmt.Errorf("read the head of the verdict log: %w", err)
	}
	loaded, err := f.loadParts(ctx)
	if err != nil {
		return head, err
	}
	f.rereadAt = head.Seq
	f.log.noteHead(head.Seq)
	f.log.Logger.InfoContext(ctx, "signatures loaded", "signatures", loaded, "position", head.Seq)
	return head, nil
}

// loadParts reads all signatures in four parts in parallel, so that the database
// reads while this process decodes. It returns how many there were. Ids are hashes
// in base32 (RFC 4648), evenly distributed over a-z and 2-7 behind their prefix;
// were they not, the parts would only differ in size.
func (f *IndexFollower) loadParts(ctx context.Context) (int64, error) {
	bounds := []string{"", "sig_c", "sig_k", "sig_s", ""}
	failed := make([]error, len(bounds)-1)
	var loaded atomic.Int64
	var loading sync.WaitGroup
	for i := range failed {
		loading.Go(func() {
			failed[i] = work.Safely(func() error { return f.loadPart(ctx, bounds[i], bounds[i+1], &loaded) })
		})
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
