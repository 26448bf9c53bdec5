package catalogue

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// Signature returns one signature; NotFound when there is none.
func (s *Store) Signature(ctx context.Context, id string) (models.Signature, error) {
	var found models.Signature
	err := s.signatures.FindOne(ctx, bson.D{store.KV("_id", id)}).Decode(&found)
	return found, store.WrapOp("read signature", err)
}

// Signatures returns those of the signatures that exist, in no order.
func (s *Store) Signatures(ctx context.Context, ids []string) ([]models.Signature, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cur, err := s.signatures.Find(ctx, bson.D{store.IDIn(ids)})
	found, err := store.Collect[models.Signature](ctx, cur, err)
	return found, store.WrapOp("read signatures", err)
}

// ListSignatures returns up to limit signatures that the filter selects, in the
// order of their ids, with ids greater than after.
func (s *Store) ListSignatures(ctx context.Context, f models.SignatureFilter, after string, limit int) ([]models.Signature, error) {
	var filter bson.D
	if f.Kind != "" {
		filter = append(filter, store.KV("kind", f.Kind))
	}
	if f.Level != "" {
		filter = append(filter, store.KV("level", f.Level))
	}
	if f.Source != "" {
		filter = append(filter, store.KV("source", f.Source))
	}
	filter = append(filter, store.KV("_id", bson.D{store.KV("$gt", after)}))
	cur, err := s.signatures.Find(ctx, filter,
		options.Find().SetSort(bson.D{store.KV("_id", 1)}).SetLimit(int64(limit)).SetBatchSize(int32(limit))) //nolint:gosec // a page is small
	found, err := store.Collect[models.Signature](ctx, cur, err)
	return found, store.WrapOp("list signatures", err)
}

// InsertSignatures stores new signatures and returns one error for each:
// Conflict for one that exists, which stays as it is. The second error is that of
// the whole write.
func (s *Store) InsertSignatures(ctx context.Context, signatures []models.Signature) ([]error, error) {
	if len(signatures) == 0 {
		return nil, nil
	}
	_, err := s.signatures.InsertMany(ctx, signatures, options.InsertMany().SetOrdered(false))
	out, err := store.SplitBulkError(len(signatures), err)
	return out, store.WrapOp("insert signatures", err)
}

// ReplaceSignatures stores each signature over the one with the revision before
// its own, and returns one error for each: Stale for one of which the store has
// another revision, which stays as it is. The second error is that of the whole
// write (TestOfManyWritersOfOneRevisionOneWins).
//
// The result of a bulk of replacements says only how many of them matched. As
// upserts each that did not match gets an error of its own: no document has the
// revision, so the server inserts, and the _id is taken. It always is, as a
// signature is never deleted.
func (s *Store) ReplaceSignatures(ctx context.Context, signatures []models.Signature) ([]error, error) {
	if len(signatures) == 0 {
		return nil, nil
	}
	writes := make([]mongo.WriteModel, len(signatures))
	for i, sig := range signatures {
		writes[i] = mongo.NewReplaceOneModel().SetFilter(store.RevisionFilter(sig.ID, sig.Rev-1)).SetReplacement(sig).SetUpsert(true)
	}
	_, err := s.signatures.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	out, err := store.SplitBulkError(len(signatures), err)
	for i, e := range out {
		if errors.Is(e, models.Conflict) {
			out[i] = store.RevisionPassed()
		}
	}
	return out, store.WrapOp("replace signatures", err)
}

// Unlogged returns up to limit signatures whose change was written before the
// given time and is not in the verdict log, the oldest first.
func (s *Store) Unlogged(ctx context.Context, before time.Time, limit int) ([]models.Signature, error) {
	cur, err := s.signatures.Find(ctx, bson.D{store.KV("unlogged", true), store.KV("changed_at", bson.D{store.KV("$lt", before)})},
		options.Find().SetSort(bson.D{store.KV("changed_at", 1)}).SetLimit(int64(limit)))
	found, err := store.Collect[models.Signature](ctx, cur, err)
	return found, store.WrapOp("read unlogged signatures", err)
}

// MarkLogged stores that the changes of these signatures are in the verdict log.
// One that has changed again since stays unlogged. The revision does not grow.
func (s *Store) MarkLogged(ctx context.Context, signatures []models.Signature) error {
	if len(signatures) == 0 {
		return nil
	}
	byRev := map[int64]bson.A{} // nearly all of a list have the same
	for _, sig := range signatures {
		byRev[sig.Rev] = append(byRev[sig.Rev], sig.ID)
	}
	writes := make([]mongo.WriteModel, 0, len(byRev))
	for rev, ids := range byRev {
		writes = append(writes, mongo.NewUpdateManyModel().SetFilter(bson.D{store.KV("_id", bson.D{store.KV("$in", ids)}), store.KV("rev", rev)}).
			SetUpdate(bson.D{store.KV("$unset", bson.D{store.KV("unlogged", ""), store.KV("from", "")})}))
	}
	_, err := s.signatures.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	return store.WrapOp("mark signatures as logged", err)
}
