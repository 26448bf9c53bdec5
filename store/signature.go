package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
)

// Signature returns one signature.
func (s *Store) Signature(ctx context.Context, id string) (models.Signature, error) {
	var found models.Signature
	err := s.signatures.FindOne(ctx, bson.D{kv("_id", id)}).Decode(&found)
	return found, wrapOp("read signature", err)
}

// Signatures returns those of the signatures that exist, in no order.
func (s *Store) Signatures(ctx context.Context, ids []string) ([]models.Signature, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cur, err := s.signatures.Find(ctx, bson.D{idIn(ids)})
	found, err := collect[models.Signature](ctx, cur, err)
	return found, wrapOp("read signatures", err)
}

// ListSignatures returns up to limit signatures that the filter selects, by id,
// from behind the id after.
func (s *Store) ListSignatures(ctx context.Context, f models.SignatureFilter, after string, limit int) ([]models.Signature, error) {
	var filter bson.D
	if f.Kind != "" {
		filter = append(filter, kv("kind", f.Kind))
	}
	if f.Level != "" {
		filter = append(filter, kv("level", f.Level))
	}
	if f.Source != "" {
		filter = append(filter, kv("source", f.Source))
	}
	filter = append(filter, kv("_id", bson.D{kv("$gt", after)}))
	cur, err := s.signatures.Find(ctx, filter,
		options.Find().SetSort(bson.D{kv("_id", 1)}).SetLimit(int64(limit)).SetBatchSize(int32(limit))) //nolint:gosec // a page is small
	found, err := collect[models.Signature](ctx, cur, err)
	return found, wrapOp("list signatures", err)
}

// InsertSignatures stores new signatures and returns one error for each:
// Conflict for one that exists, which stays as it is. The second error is for all of them.
func (s *Store) InsertSignatures(ctx context.Context, signatures []models.Signature) ([]error, error) {
	if len(signatures) == 0 {
		return nil, nil
	}
	_, err := s.signatures.InsertMany(ctx, signatures, options.InsertMany().SetOrdered(false))
	out, err := splitBulkError(len(signatures), err)
	return out, wrapOp("insert signatures", err)
}

// ReplaceSignatures stores each signature over the one with the revision before
// its own, and returns one error for each: Stale for one that has moved on,
// which stays as it is. The second error is for all of them.
//
// A bulk of replacements only says how many of them matched. As upserts they
// say which did not: no document has the revision, so the server inserts, and
// the _id is taken. A signature is never deleted, so it always is.
func (s *Store) ReplaceSignatures(ctx context.Context, signatures []models.Signature) ([]error, error) {
	if len(signatures) == 0 {
		return nil, nil
	}
	writes := make([]mongo.WriteModel, len(signatures))
	for i, sig := range signatures {
		writes[i] = mongo.NewReplaceOneModel().SetFilter(revisionFilter(sig.ID, sig.Rev-1)).SetReplacement(sig).SetUpsert(true)
	}
	_, err := s.signatures.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	out, err := splitBulkError(len(signatures), err)
	for i, e := range out {
		if errors.Is(e, models.Conflict) {
			out[i] = stale()
		}
	}
	return out, wrapOp("replace signatures", err)
}

// apart returns the errors of the single writes, and apart from them the one
// that was the same for all.
func splitBulkError(n int, err error) ([]error, error) {
	var bulk mongo.BulkWriteException
	if err != nil && (!errors.As(err, &bulk) || bulk.WriteConcernError != nil) {
		return nil, err
	}
	return perWriteErrors(n, err), nil
}

func revisionFilter(id string, rev int64) bson.D { return bson.D{kv("_id", id), kv("rev", rev)} }

func stale() error {
	return &models.Error{Kind: models.Stale, Code: "revision_passed", Detail: "It has changed since it was read."}
}

// Unlogged returns up to limit signatures whose change was written before the
// given time and is not in the verdict log, the oldest first.
func (s *Store) Unlogged(ctx context.Context, before time.Time, limit int) ([]models.Signature, error) {
	cur, err := s.signatures.Find(ctx, bson.D{kv("unlogged", true), kv("changed_at", bson.D{kv("$lt", before)})},
		options.Find().SetSort(bson.D{kv("changed_at", 1)}).SetLimit(int64(limit)))
	found, err := collect[models.Signature](ctx, cur, err)
	return found, wrapOp("read unlogged signatures", err)
}

// Logged says that the changes of these signatures are in the verdict log. One
// that has changed again since stays unlogged. The revision does not grow.
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
		writes = append(writes, mongo.NewUpdateManyModel().SetFilter(bson.D{kv("_id", bson.D{kv("$in", ids)}), kv("rev", rev)}).
			SetUpdate(bson.D{kv("$unset", bson.D{kv("unlogged", ""), kv("from", "")})}))
	}
	_, err := s.signatures.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	return wrapOp("mark signatures as logged", err)
}
