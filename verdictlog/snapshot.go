package verdictlog

import (
	"context"
	"fmt"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// snapshotInterval is how often a node writes its snapshot, if the verdict log has moved.
const snapshotInterval = 10 * time.Minute

// Snapshots keeps a copy of the index outside the database, so that a restart need
// not read every signature. Read fills the index; before that it calls accept with
// the position of the copy, and returns an error of accept.
type Snapshots interface {
	Read(index *match.Index, accept func(match.LogPosition) error) (match.LogPosition, error)
	Write(index *match.Index, mark match.LogPosition) error
}

// loadSnapshot fills the index from the snapshot, and reports whether it did. A copy
// that is missing, cut short, or not of this verdict log is no failure: the
// signatures are then read from the store (TestASnapshotThatDoesNotFitIsNotUsed).
// What was read from a copy before it ended too early does no harm: its position is
// in the log, so what the store holds has the same revisions or later ones.
func (f *IndexFollower) loadSnapshot(ctx context.Context) bool {
	if f.Snapshots == nil {
		return false
	}
	began := time.Now()
	mark, err := f.Snapshots.Read(f.Index, func(m match.LogPosition) error { return f.verifyMark(ctx, m) })
	if err != nil {
		f.log.Logger.InfoContext(ctx, "snapshot not used", "reason", err)
		return false
	}
	f.lastEntry = f.seen
	f.reader.position.Store(mark.Seq)
	f.log.noteHead(mark.Seq)
	f.snapshotPosition.Store(mark.Seq)
	f.log.Logger.InfoContext(ctx, "snapshot loaded", "signatures", f.Index.Stats().Signatures, "position", mark.Seq, "took", time.Since(began))
	return true
}

// verifyMark checks that the verdict log holds the entry at which a snapshot was
// taken. That entry is what this node has seen of the log, whatever becomes of the
// snapshot itself.
func (f *IndexFollower) verifyMark(ctx context.Context, m match.LogPosition) error {
	f.seen = models.Entry{Seq: m.Seq, Hash: []byte(m.Hash), At: time.UnixMilli(m.At)}
	holds, err := f.holds(ctx, m.Seq, []byte(m.Hash))
	if err == nil && !holds {
		err = fmt.Errorf("it was taken at entry %d of another verdict log", m.Seq)
	}
	return err
}

// RunSnapshots writes the snapshot every ten minutes, and once more when ctx ends;
// then it returns nil. A snapshot that cannot be written costs only time at the next
// start: that is logged, and tried again.
func (f *IndexFollower) RunSnapshots(ctx context.Context) error {
	if f.Snapshots == nil {
		return nil
	}
	tick := time.NewTicker(snapshotInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			f.writeSnapshot(context.WithoutCancel(ctx))
			return nil
		case <-tick.C:
			f.writeSnapshot(ctx)
		}
	}
}

// writeSnapshot writes the index as of the last entry of a log without fault, if that
// is not written already. So a restart finds the same fault again, and none is
// forgotten: what was applied since comes again. An index of a log that does not hold
// that entry is not written. Changes that are applied meanwhile may be in it too; after a
// restart they come again, and are ignored.
func (f *IndexFollower) writeSnapshot(ctx context.Context) {
	f.reader.mu.Lock()
	mark := match.LogPosition{Seq: f.seen.Seq, Hash: string(f.seen.Hash), At: f.seen.At.UnixMilli()}
	foreign := f.foreign
	f.reader.mu.Unlock()
	if mark.Seq == f.snapshotPosition.Load() || foreign {
		return
	}
	if err := work.Safely(func() error { return f.Snapshots.Write(f.Index, mark) }); err != nil {
		f.log.Logger.WarnContext(ctx, "snapshot not written", "error", err)
		return
	}
	f.snapshotPosition.Store(mark.Seq)
	f.log.Logger.InfoContext(ctx, "snapshot written", "position", mark.Seq)
}
