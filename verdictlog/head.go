package verdictlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/tocsin/work"
)

// headInterval is the time from one check of the log's head to the next.
const headInterval = 10 * time.Second

// Fault returns what is wrong with the verdict log, as a sentence without personal
// data; "" while nothing is. The node goes on with the log as it is.
func (f *IndexFollower) Fault() string {
	if fault := f.fault.Load(); fault != nil {
		return *fault
	}
	return ""
}

// setFault logs and counts that the log is not what it was, and keeps the first such
// sentence for Fault. The node serves on: an index that stops would miss every later
// warning, and what the store says of signatures is still the best there is.
func (f *IndexFollower) setFault(ctx context.Context, fault string) {
	f.chainBreaks.Add(1)
	f.fault.CompareAndSwap(nil, &fault)
	f.log.Logger.ErrorContext(ctx, "verdict log is broken", "error", fault, "seen", f.seen.Seq)
}

// judgeSeen sets a fault if the log does not hold the last entry that this node has
// seen before it stopped, unless an operator has stated that the log was restored. The
// index is then to be filled from the store
// (TestARestoredLogIsRefusedUntilAnOperatorStatesIt).
func (f *IndexFollower) judgeSeen(ctx context.Context) error {
	holds, err := f.holds(ctx, f.seen.Seq, f.seen.Hash)
	if err != nil || holds {
		return err
	}
	refusal, err := f.refusal(ctx)
	if err != nil {
		return err
	}
	if refusal != "" {
		f.foreign = true
		f.setFault(ctx, fmt.Sprintf("entry %d, which this node has seen, is not in the log, and %s", f.seen.Seq, refusal))
		return nil
	}
	f.log.Logger.WarnContext(ctx, "restored verdict log accepted", "seen", f.seen.Seq)
	return nil
}

// holds reports whether the log holds an entry of that number with that hash. Since
// each hash covers the entry before it, everything up to there is the same then.
func (f *IndexFollower) holds(ctx context.Context, seq int64, hash []byte) (bool, error) {
	if seq == 0 {
		return true, nil // the beginning of every log
	}
	entries, err := f.log.Entries.Entries(ctx, seq-1, 1)
	if err != nil {
		return false, fmt.Errorf("read entry %d of the verdict log: %w", seq, err)
	}
	return len(entries) > 0 && entries[0].Seq == seq && bytes.Equal(entries[0].Hash, hash), nil
}

// refusal returns why no statement of a restore covers what this node has seen; "" if
// one does. It must be younger than the entry that was seen, or an old one would cover
// every later removal.
func (f *IndexFollower) refusal(ctx context.Context) (string, error) {
	r, err := f.history.LastRestored(ctx)
	if err != nil {
		return "", fmt.Errorf("read the statement of a restore: %w", err)
	}
	if !r.At.After(f.seen.At) {
		return "nobody has stated since that it was restored", nil
	}
	if !r.Genuine(f.Signer) {
		return "the statement that it was restored is not signed with the key of this deployment", nil
	}
	holds, err := f.holds(ctx, r.From, r.Head)
	if err == nil && !holds {
		return "the statement that it was restored is about another log", nil
	}
	return "", err
}

// RunHeadChecks looks every ten seconds whether the log still holds what this node has
// seen of it. It returns nil when ctx ends, and an error when that is gone: the index
// then holds changes that are in no log, with revisions that hide the restored ones, so
// the process must start again (TestALogThatIsReplacedUnderANodeEndsIt). A check that
// fails is logged.
func (f *IndexFollower) RunHeadChecks(ctx context.Context) error {
	tick := time.NewTicker(headInterval)
	defer tick.Stop()
	missing := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		var gone bool
		err := work.Safely(func() (err error) {
			gone, err = f.checkHead(ctx)
			return err
		})
		switch {
		case err != nil && ctx.Err() == nil:
			f.log.Logger.ErrorContext(ctx, "head of the verdict log not checked", "error", err)
		case !gone:
			missing = 0
		default:
			missing++
		}
		if missing == 2 { // a new primary may not know for a moment what the last one has committed
			return f.replaced(ctx)
		}
	}
}

// replaced sets the fault of a log that was replaced under this process, and returns it
// as an error.
func (f *IndexFollower) replaced(ctx context.Context) error {
	f.reader.mu.Lock()
	defer f.reader.mu.Unlock()
	if f.fault.Load() == nil {
		f.setFault(ctx, fmt.Sprintf("entry %d, which this node has seen, is no longer in the log", f.seen.Seq))
	}
	return errors.New("the verdict log was replaced under this node: start it again, and see Restore in docs/operations.md")
}

// checkHead reports whether the log has lost what this process has seen of it. An index
// that was filled from a log with a fault is right as it is: there, checkHead looks only
// whether the fault is over.
func (f *IndexFollower) checkHead(ctx context.Context) (gone bool, err error) {
	f.reader.mu.Lock()
	defer f.reader.mu.Unlock()
	if f.fault.Load() == nil {
		head, err := f.history.Head(ctx)
		if err != nil {
			return false, err //nolint:wrapcheck // the caller says what was tried
		}
		// A log that goes on behind what was seen shows by itself whether it follows.
		return head.Seq < f.seen.Seq || head.Seq == f.seen.Seq && !bytes.Equal(head.Hash, f.seen.Hash), nil
	}
	holds, err := f.holds(ctx, f.seen.Seq, f.seen.Hash)
	if err != nil || !f.foreign {
		return !holds, err
	}
	if !holds {
		if refusal, err := f.refusal(ctx); err != nil || refusal != "" {
			return false, err
		}
	}
	f.foreign, f.seen = false, f.lastEntry
	f.fault.Store(nil)
	f.log.Logger.WarnContext(ctx, "restored verdict log accepted", "position", f.seen.Seq)
	return false, nil
}
