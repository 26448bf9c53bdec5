package embedded

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// open gives a fresh engine and a client on it.
func open(t testing.TB, o Options) (*Engine, *mongo.Client) {
	t.Helper()
	return openAt(t, t.TempDir(), o)
}

func openAt(t testing.TB, dir string, o Options) (*Engine, *mongo.Client) {
	t.Helper()
	e, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	client := connect(t, e)
	t.Cleanup(func() {
		if err := client.Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, client
}

func connect(t testing.TB, e *Engine) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://embedded.invalid/?directConnection=true").SetDialer(e))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestTheDriverWorksWithTheEngine(t *testing.T) {
	_, client := open(t, Options{NoSync: true})
	ctx := t.Context()
	if err := client.Ping(ctx, nil); err != nil {
		t.Fatal(err)
	}
	c := client.Database("d").Collection("jobs")
	if _, err := c.Indexes().CreateOne(ctx, mongo.IndexModel{
		Keys: bson.D{{Key: "state", Value: 1}, {Key: "due", Value: 1}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.InsertMany(ctx, []any{
		bson.M{"_id": 1, "state": "due", "due": 3}, bson.M{"_id": 2, "state": "due", "due": 1},
	}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		ID    int `bson:"_id"`
		Fence int
	}
	filter := bson.M{"state": "due", "due": bson.M{"$lte": 1}}
	result, err := c.UpdateMany(ctx, filter, bson.M{"$set": bson.M{"owner": "me"}, "$inc": bson.M{"fence": 1}})
	if err != nil || result.ModifiedCount != 1 {
		t.Errorf("updated %+v, %v; want one document", result, err)
	}
	if err := c.FindOne(ctx, filter).Decode(&got); err != nil || got.ID != 2 || got.Fence != 1 {
		t.Errorf("found %+v, %v; want job 2 with fence 1", got, err)
	}
	n, err := c.EstimatedDocumentCount(ctx)
	if err != nil || n != 2 {
		t.Errorf("counted %d, %v; want 2", n, err)
	}
	if _, err := c.InsertOne(ctx, bson.M{"_id": 1}); !mongo.IsDuplicateKeyError(err) {
		t.Errorf("inserting a second job 1 gave %v; want a duplicate key error", err)
	}
}
