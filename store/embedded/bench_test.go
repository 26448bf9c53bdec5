package embedded

import (
	"strings"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func report(id int64) bson.D {
	return bson.D{
		{Key: "_id", Value: id},
		{Key: "lane", Value: "urgent"},
		{Key: "state", Value: "due"},
		{Key: "due", Value: id},
		{Key: "story", Value: strings.Repeat("They asked for a fee. ", 20)},
	}
}

func benchCollection(b *testing.B) *mongo.Collection {
	b.Helper()
	_, client := open(b, Options{})
	c := client.Database("d").Collection("c")
	if _, err := c.Indexes().CreateOne(b.Context(), mongo.IndexModel{
		Keys: bson.D{{Key: "lane", Value: 1}, {Key: "state", Value: 1}, {Key: "due", Value: 1}},
	}); err != nil {
		b.Fatal(err)
	}
	return c
}

func fill(b *testing.B, c *mongo.Collection, n int) {
	b.Helper()
	for from := 0; from < n; from += 1000 {
		var docs []any
		for i := from; i < min(from+1000, n); i++ {
			docs = append(docs, report(int64(i)))
		}
		if _, err := c.InsertMany(b.Context(), docs); err != nil {
			b.Fatal(err)
		}
	}
}

// inFlight runs f b.N times, 64 at a time.
func inFlight(b *testing.B, f func(i int64) error) {
	b.Helper()
	var next atomic.Int64
	b.SetParallelism(32) // times two processors
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f(next.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

func BenchmarkInsert(b *testing.B) {
	c := benchCollection(b)
	inFlight(b, func(i int64) error {
		_, err := c.InsertOne(b.Context(), report(i))
		return err
	})
}

func BenchmarkInsertAlone(b *testing.B) {
	c := benchCollection(b)
	for i := range b.N {
		if _, err := c.InsertOne(b.Context(), report(int64(i))); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

func BenchmarkInsertMany(b *testing.B) {
	c := benchCollection(b)
	b.ResetTimer()
	fill(b, c, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// BenchmarkUpdate moves one document by its fence, as the claim of a queue does.
func BenchmarkUpdate(b *testing.B) {
	c := benchCollection(b)
	fill(b, c, 10_000)
	inFlight(b, func(i int64) error {
		_, err := c.UpdateOne(b.Context(), bson.D{{Key: "_id", Value: i % 10_000}, {Key: "state", Value: "due"}}, bson.D{
			{Key: "$set", Value: bson.D{{Key: "due", Value: i}, {Key: "owner", Value: "me"}}},
			{Key: "$inc", Value: bson.D{{Key: "fence", Value: 1}, {Key: "tries", Value: 1}}},
		})
		return err
	})
}

// BenchmarkFindDue reads the candidates of a claim.
func BenchmarkFindDue(b *testing.B) {
	c := benchCollection(b)
	fill(b, c, 10_000)
	filter := bson.D{
		{Key: "lane", Value: "urgent"}, {Key: "state", Value: "due"}, {Key: "due", Value: bson.D{{Key: "$lte", Value: 1 << 30}}},
	}
	order := options.Find().SetSort(bson.D{{Key: "due", Value: 1}}).SetLimit(20)
	inFlight(b, func(int64) error {
		cursor, err := c.Find(b.Context(), filter, order)
		if err != nil {
			return err
		}
		return cursor.All(b.Context(), new([]bson.Raw))
	})
}

func BenchmarkFindByID(b *testing.B) {
	c := benchCollection(b)
	fill(b, c, 10_000)
	inFlight(b, func(i int64) error { return c.FindOne(b.Context(), bson.D{{Key: "_id", Value: i % 10_000}}).Err() })
}
