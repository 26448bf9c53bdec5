package store_test

import (
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

func TestARepeatedWriteIsCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		tries := 0
		err := s.UntilCommitted(t.Context(), "a read", func() error {
			if tries++; tries < 4 {
				return models.NotFound
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		coll := s.Database().Collection("settings")
		passed := []mongo.WriteModel{ // a second upsert of one _id, as if it had not seen the first
			mongo.NewUpdateOneModel().SetUpsert(true).SetFilter(bson.D{store.KV("_id", "a"), store.KV("n", 1)}).
				SetUpdate(bson.D{store.KV("$set", bson.D{store.KV("x", 1)})}),
		}
		if _, err := coll.InsertOne(t.Context(), bson.D{store.KV("_id", "a"), store.KV("n", 0)}); err != nil {
			t.Fatal(err)
		}
		var writing sync.WaitGroup
		writing.Go(func() {
			if err := s.UpsertAll(t.Context(), "an upsert", coll, passed); err != nil {
				t.Error(err)
			}
		})
		for s.Retries()["an upsert"] == 0 { // it conflicts until the filter matches
			if err := s.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := coll.UpdateOne(t.Context(), bson.D{store.KV("_id", "a")}, bson.D{store.KV("$set", bson.D{store.KV("n", 1)})}); err != nil {
			t.Fatal(err)
		}
		writing.Wait()
		got := s.Retries()
		if got["a read"] != 3 || got["an upsert"] < 1 || len(got) != 2 {
			t.Errorf("retries = %v, want 3 of the read and some of the upsert", got)
		}
	})
}
