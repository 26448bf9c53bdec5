package intake

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// PutEvidence stores evidence, once for each pair of signature and reporter.
// Evidence that is stored already stays as it is but for two things: that money
// was lost, and an earlier time (TestOneReporterIsOnePieceOfEvidenceThatLearns).
func (s *Store) PutEvidence(ctx context.Context, evidence []models.Evidence) error {
	writes := make([]mongo.WriteModel, len(evidence))
	for i, e := range evidence {
		onInsert := bson.D{
			store.KV("sig", e.Signature), store.KV("reporter", e.Reporter), store.KV("witness", e.Witness), store.KV("group", e.Group),
			store.KV("category", e.Category),
		}
		update := bson.D{store.KV("$min", bson.D{store.KV("at", e.At)})}
		if e.Paid {
			update = append(update, store.KV("$set", bson.D{store.KV("paid", true)}))
		} else {
			onInsert = append(onInsert, store.KV("paid", false))
		}
		update = append(update, store.KV("$setOnInsert", onInsert))
		writes[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{store.KV("_id", e.ID)}).SetUpdate(update).SetUpsert(true)
	}
	return store.WrapOp("put evidence", store.UpsertAll(ctx, s.evidence, writes))
}

// Evidence returns up to limit pieces of evidence for a signature: agents'
// first, then that of proven and last of unproven reporters, each newest first,
// so that no number of new devices pushes out what weighs more
// (TestNewReportersDoNotPushOutWhatWeighsMore).
func (s *Store) Evidence(ctx context.Context, signature string, limit int) ([]models.Evidence, error) {
	// The words agent, proven and unproven are in the order of the alphabet.
	cur, err := s.evidence.Find(ctx, bson.D{store.KV("sig", signature)},
		options.Find().SetSort(bson.D{store.KV("witness", 1), store.KV("at", -1)}).SetLimit(int64(limit)))
	out, err := store.Collect[models.Evidence](ctx, cur, err)
	return out, store.WrapOp("read evidence", err)
}
