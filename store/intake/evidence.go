package intake

import (
	"context"
	"errors"
	"reflect"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// PutEvidence stores evidence, once for each pair of signature and reporter. What is
// stored already is merged with (models.Evidence.Merge), whoever else does so at the same
// time (TestOneReporterIsOnePieceOfEvidenceThatLearns).
//
// Arrays are stored whole, so a merge is a read and a write over the revision that was
// read. Most evidence is new: it is inserted without being read.
func (s *Store) PutEvidence(ctx context.Context, evidence []models.Evidence) error {
	open := mergeByID(evidence)
	if len(open) == 0 {
		return nil
	}
	for i := range open {
		open[i].Rev = 1
	}
	_, err := s.evidence.InsertMany(ctx, open, options.InsertMany().SetOrdered(false))
	var stored []models.Evidence
	for i, e := range store.PerWriteErrors(len(open), err) {
		switch {
		case errors.Is(e, models.Conflict):
			stored = append(stored, open[i])
		case e != nil:
			return store.WrapOp("put evidence", e)
		}
	}
	if len(stored) == 0 {
		return nil
	}
	err = s.db.UntilCommitted(ctx, "put evidence", func() error { return s.mergeStored(ctx, stored) })
	return store.WrapOp("put evidence", err)
}

// mergeByID returns one piece of evidence for each id, in the order in which they come first.
func mergeByID(evidence []models.Evidence) []models.Evidence {
	place := make(map[string]int, len(evidence))
	merged := make([]models.Evidence, 0, len(evidence))
	for _, e := range evidence {
		if n, seen := place[e.ID]; seen {
			merged[n] = merged[n].Merge(e)
			continue
		}
		place[e.ID] = len(merged)
		merged = append(merged, e)
	}
	return merged
}

// mergeStored merges each piece with the stored one and writes what it changes. It fails
// with NotFound where one is not yet kept by a majority, or somebody else has written it
// in between; then all of it is to be merged again, which changes nothing in what is
// merged already.
func (s *Store) mergeStored(ctx context.Context, evidence []models.Evidence) error {
	again := &models.Error{Kind: models.NotFound, Code: "evidence_contended", Detail: "The evidence has changed since it was read."}
	ids := make([]string, len(evidence))
	for i, e := range evidence {
		ids[i] = e.ID
	}
	cur, err := s.evidence.Find(ctx, bson.D{store.IDIn(ids)})
	found, err := store.Collect[models.Evidence](ctx, cur, err)
	if err != nil {
		return store.MapError(err)
	}
	if len(found) < len(evidence) {
		return again
	}
	byID := make(map[string]models.Evidence, len(found))
	for _, e := range found {
		byID[e.ID] = e
	}
	var writes []mongo.WriteModel
	for _, e := range evidence {
		old := byID[e.ID]
		next := old.Merge(e)
		if reflect.DeepEqual(old, next) {
			continue
		}
		next.Rev++
		writes = append(writes, mongo.NewReplaceOneModel().SetFilter(store.RevisionFilter(old.ID, old.Rev)).SetReplacement(next))
	}
	if len(writes) == 0 {
		return nil
	}
	result, err := s.evidence.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	if err == nil && result.MatchedCount < int64(len(writes)) {
		return again
	}
	return store.MapError(err)
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
