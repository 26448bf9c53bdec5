package verdictlog

import (
	"context"
	"fmt"

	"example.org/tocsin/models"
)

// verifyPageSize is how many entries are verified at a time, of up to
// models.MaxEntryChanges changes each.
const verifyPageSize = 50

// Verify reads the whole verdict log and fails at the first entry that was altered,
// removed or inserted: each entry holds the hash of the one before. It returns the
// last entry, without its changes, and how many changes there are. Its hash is to be
// compared with one that was noted elsewhere: whoever can write the database can also
// rewrite all entries behind an altered one.
func Verify(ctx context.Context, log Entries) (last models.Entry, changes int, err error) {
	for {
		entries, err := log.Entries(ctx, last.Seq, verifyPageSize)
		if err != nil {
			return last, changes, fmt.Errorf("read the verdict log: %w", err)
		}
		if len(entries) == 0 {
			return last, changes, nil
		}
		for _, e := range entries {
			if !e.Follows(last) {
				return last, changes, fmt.Errorf("the verdict log is broken: entry %d does not follow entry %d", e.Seq, last.Seq)
			}
			last, changes = e.Head(), changes+len(e.Changes)
		}
	}
}
