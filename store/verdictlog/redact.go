package verdictlog

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// redactPageSize is how many entries are read at a time while values are removed.
const redactPageSize = 10

// Redact removes the signature's id, its value and the salt from every change of the
// signature in the verdict log, and returns how many changes that were. The hash of
// no entry changes (TestALogWithoutAValueStillVerifies). It reads the whole log: an
// erasure is rare, and an index of a thousand signatures for each entry would cost
// every import. It ends nothing by itself: first clear the signature, and wait until
// every node has followed the log to there. Copies of the database keep the value.
func (s *Store) Redact(ctx context.Context, signature string) (changes int, err error) {
	for after := int64(0); ; {
		entries, err := s.Entries(ctx, after, redactPageSize)
		if err != nil || len(entries) == 0 {
			return changes, err
		}
		for _, e := range entries {
			n, err := s.redact(ctx, e, signature)
			if err != nil {
				return changes, store.WrapOp("redact the verdict log", err)
			}
			changes, after = changes+n, e.Seq
		}
	}
}

// redact removes a signature from one entry, and returns how many changes it had. The
// changes are written as one array, so it is done only if nobody has redacted the
// entry since it was read (TestTwoRedactionsOfOneEntryBothHold).
func (s *Store) redact(ctx context.Context, e models.Entry, signature string) (int, error) {
	for {
		n := 0
		for i, c := range e.Changes {
			if c.Signature == signature {
				e.Changes[i] = c.Redact()
				n++
			}
		}
		if n == 0 {
			return 0, nil
		}
		result, err := s.entries.UpdateOne(ctx, bson.D{store.KV("_id", e.Seq), store.KV("redacted", e.Redacted)}, bson.D{
			store.KV("$set", bson.D{store.KV("changes", e.Changes), store.KV("redacted", e.Redacted+1)}),
		})
		if err != nil || result.MatchedCount > 0 {
			return n, err
		}
		again, err := s.Entries(ctx, e.Seq-1, 1)
		if err != nil || len(again) == 0 || again[0].Seq != e.Seq {
			return 0, err
		}
		e = again[0]
	}
}
