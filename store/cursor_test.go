package store_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/store/storetest"
)

// TestACursorIsReadInBatchesAndMayBeLeft does what the driver does when a result is larger than a message, and when a
// caller gives up in the middle of one.
func TestACursorIsReadInBatchesAndMayBeLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutReports(t, s, 5)
		cursor, err := s.Database().Collection("reports").Find(t.Context(), bson.D{}, options.Find().SetBatchSize(2))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if !cursor.Next(t.Context()) {
				t.Fatalf("the cursor ended: %v", cursor.Err())
			}
		}
		if cursor.ID() == 0 {
			t.Error("the server has no more than three of five reports")
		}
		if err := cursor.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
