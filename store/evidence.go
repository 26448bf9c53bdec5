package store

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
)

// PutEvidence stores evidence, once for each pair of signature and reporter.
// Evidence that is there keeps what it says; it only learns that money was
// lost, and of an earlier time.
func (s *Store) PutEvidence(ctx context.Context, evidence []models.Evidence) error {
	writes := make([]mongo.WriteModel, len(evidence))
	for i, e := range evidence {
		onInsert := bson.D{
			kv("sig", e.Signature), kv("reporter", e.Reporter), kv("witness", e.Witness), kv("group", e.Group),
			kv("category", e.Category),
		}
		update := bson.D{kv("$min", bson.D{kv("at", e.At)})}
		if e.Paid {
			update = append(update, kv("$set", bson.D{kv("paid", true)}))
		} else {
			onInsert = append(onInsert, kv("paid", false))
		}
		update = append(update, kv("$setOnInsert", onInsert))
		writes[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{kv("_id", e.ID)}).SetUpdate(update).SetUpsert(true)
	}
	return wrapOp("put evidence", upsertAll(ctx, s.evidence, writes))
}

// Evidence returns up to limit pieces of evidence for a signature: agents'
// first, then that of proven and last of unproven reporters, each newest first,
// so that no number of new devices pushes out what weighs more.
func (s *Store) Evidence(ctx context.Context, signature string, limit int) ([]models.Evidence, error) {
	// agent < proven < unproven happens to be the order of the alphabet.
	cur, err := s.evidence.Find(ctx, bson.D{kv("sig", signature)},
		options.Find().SetSort(bson.D{kv("witness", 1), kv("at", -1)}).SetLimit(int64(limit)))
	out, err := collect[models.Evidence](ctx, cur, err)
	return out, wrapOp("read evidence", err)
}

// upsertAll writes upserts in any order. Two upserts of one _id at the same
// time may both try to insert; the one that comes second finds the document
// when it tries again.
func upsertAll(ctx context.Context, coll *mongo.Collection, writes []mongo.WriteModel) error {
	for len(writes) > 0 {
		_, err := coll.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
		var retry []mongo.WriteModel
		for i, e := range perWriteErrors(len(writes), err) {
			switch {
			case errors.Is(e, models.Conflict):
				retry = append(retry, writes[i])
			case e != nil:
				return e
			}
		}
		writes = retry
	}
	return nil
}
