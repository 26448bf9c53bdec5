package store

import (
	"context"

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
			KV("sig", e.Signature), KV("reporter", e.Reporter), KV("witness", e.Witness), KV("group", e.Group),
			KV("category", e.Category),
		}
		update := bson.D{KV("$min", bson.D{KV("at", e.At)})}
		if e.Paid {
			update = append(update, KV("$set", bson.D{KV("paid", true)}))
		} else {
			onInsert = append(onInsert, KV("paid", false))
		}
		update = append(update, KV("$setOnInsert", onInsert))
		writes[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{KV("_id", e.ID)}).SetUpdate(update).SetUpsert(true)
	}
	return WrapOp("put evidence", UpsertAll(ctx, s.evidence, writes))
}

// Evidence returns up to limit pieces of evidence for a signature: agents'
// first, then that of proven and last of unproven reporters, each newest first,
// so that no number of new devices pushes out what weighs more.
func (s *Store) Evidence(ctx context.Context, signature string, limit int) ([]models.Evidence, error) {
	// agent < proven < unproven happens to be the order of the alphabet.
	cur, err := s.evidence.Find(ctx, bson.D{KV("sig", signature)},
		options.Find().SetSort(bson.D{KV("witness", 1), KV("at", -1)}).SetLimit(int64(limit)))
	out, err := Collect[models.Evidence](ctx, cur, err)
	return out, WrapOp("read evidence", err)
}
