package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"
)

func TestADirectoryInUseIsRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err = Open(dir, Options{})
	if err == nil || !strings.Contains(err.Error(), "the data directory is in use by another process") {
		t.Errorf("a second Open gave %v", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if e, err = Open(dir, Options{}); err != nil {
		t.Fatalf("Open after Close: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnExistingDatabaseIsAskedForAndNotMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := Open(dir, Options{Existing: true}); !errors.Is(err, Missing) {
		t.Errorf("Open of nothing gave %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
	for _, existing := range []bool{false, true} {
		e, err := Open(dir, Options{Existing: existing})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFileOfAnotherFormatIsRefused(t *testing.T) {
	dir := t.TempDir()
	db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("format"))
		if err != nil {
			return err
		}
		return b.Put([]byte("format"), []byte("tocsin embedded 99"))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "export its signatures") {
		t.Errorf("Open gave %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, fileName), []byte("not a database at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("Open took a file that is no database")
	}
}

func TestCloseEndsEverythingAndCanBeRepeated(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	e, err := Open(t.TempDir(), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	client := connect(t, e)
	if err := client.Ping(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := e.Dial(t.Context(), "", ""); err == nil {
		t.Error("Dial works on a closed engine")
	}
	if err := client.Disconnect(t.Context()); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, ignore)
}

func TestDocumentsIndexesAndMultikeySurviveARestart(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	client := connect(t, e)
	c := client.Database("d").Collection("c")
	if _, err := c.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "a", Value: 1}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.InsertOne(t.Context(), bson.M{"_id": 1, "a": bson.A{1, 9}}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(client.Disconnect(t.Context()), e.Close()); err != nil {
		t.Fatal(err)
	}
	_, client = openAt(t, dir, Options{MaxCollectionScan: 1})
	c = client.Database("d").Collection("c")
	// Found only if the index still knows that it holds arrays.
	err = c.FindOne(t.Context(), bson.M{"a": bson.M{"$gt": 3, "$lt": 7}}).Err()
	if err != nil {
		t.Error(err)
	}
}

// TestATaskThatFailsDoesNotUndoItsNeighbours holds that one command's failure, refusal or panic leaves the others of its
// group alone.
func TestATaskThatFailsDoesNotUndoItsNeighbours(t *testing.T) {
	e, _ := open(t, Options{NoSync: true})
	put := func(id int32) func(*transaction) error {
		return func(t *transaction) error {
			c, err := t.ensureCollection("d.c")
			if err != nil {
				return err
			}
			d, err := withID(buildDocument(func(b []byte) []byte { return append(b, bsonInt(id)...) }))
			if err != nil {
				return err
			}
			return c.put(nil, d)
		}
	}
	fault := errors.New("a fault")
	tasks := []*task{
		{run: put(1)},
		{run: func(t *transaction) error { return errors.Join(put(2)(t), fault) }},
		{run: put(3)},
		{run: put(1)},
		{run: func(t *transaction) error {
			if err := put(4)(t); err != nil {
				return err
			}
			panic("a fault")
		}},
		{run: put(5)},
		{run: put(6), deadline: time.Now().Add(-time.Second)},
	}
	for _, w := range tasks {
		w.done = make(chan struct{})
	}
	for group := tasks; len(group) > 0; {
		group = e.commit(group)
	}
	for i, want := range []bool{true, false, true, false, false, true, false} {
		<-tasks[i].done
		if got := tasks[i].err == nil; got != want {
			t.Errorf("task %d ended with %v", i, tasks[i].err)
		}
	}
	var got []int32
	err := e.view(func(tx *transaction) error {
		c, err := tx.collection("d.c")
		if err != nil {
			return err
		}
		return c.each(&query{}, func(_ []byte, d document) (bool, error) {
			got = append(got, lookup(d, "_id").Int32())
			return true, nil
		})
	})
	if err != nil || fmt.Sprint(got) != "[1 3 5]" {
		t.Errorf("stored are %v, %v; want 1, 3 and 5", got, err)
	}
}

func bsonInt(id int32) []byte {
	b, err := bson.Marshal(bson.D{{Key: "_id", Value: id}})
	if err != nil {
		panic(err)
	}
	return b[4 : len(b)-1]
}

func TestManyWritesShareACommit(t *testing.T) {
	e, client := open(t, Options{})
	c := client.Database("d").Collection("c")
	if _, err := c.InsertOne(t.Context(), bson.M{"_id": -1}); err != nil {
		t.Fatal(err)
	}
	stats := e.db.Stats()
	before := stats.TxStats.GetWrite()
	const writes = 640
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for i := range writes / 64 {
				if _, err := c.InsertOne(t.Context(), bson.M{"_id": w*1000 + i}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	// A commit writes at least three pages; one commit for each insert would be some 2,500 and more.
	stats = e.db.Stats()
	if got := stats.TxStats.GetWrite() - before; got > writes*2 {
		t.Errorf("%d inserts at 64 in flight caused %d page writes", writes, got)
	}
}

func TestExpiredDocumentsAreSwept(t *testing.T) {
	e, client := open(t, Options{NoSync: true})
	ctx := t.Context()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	c := client.Database("d").Collection("c")
	_, err := c.Indexes().CreateMany(ctx, []mongo.IndexModel{
		{Keys: bson.D{{Key: "at", Value: 1}}, Options: options.Index().SetExpireAfterSeconds(60)},
		{
			Keys:    bson.D{{Key: "end", Value: -1}},
			Options: options.Index().SetExpireAfterSeconds(0).SetPartialFilterExpression(bson.M{"done": true}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	docs := []any{
		bson.M{"_id": "old", "at": now.Add(-2 * time.Minute)},
		bson.M{"_id": "young", "at": now.Add(-time.Second)},
		bson.M{"_id": "none"},
		bson.M{"_id": "number", "at": 1},
		bson.M{"_id": "one of two", "at": bson.A{now.Add(-time.Hour), now}},
		bson.M{"_id": "done", "end": now.Add(-time.Second), "done": true},
		bson.M{"_id": "not done", "end": now.Add(-time.Second)},
	}
	for i := range 2500 {
		docs = append(docs, bson.M{"_id": i, "at": now.Add(-time.Hour)})
	}
	if _, err := c.InsertMany(ctx, docs); err != nil {
		t.Fatal(err)
	}
	if err := e.deleteExpired(now); err != nil {
		t.Fatal(err)
	}
	var left []struct {
		ID string `bson:"_id"`
	}
	cursor, err := c.Find(ctx, bson.M{}, options.Find().SetSort(bson.M{"_id": 1}))
	if err != nil {
		t.Fatal(err)
	}
	if err := cursor.All(ctx, &left); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(left), "[{none} {not done} {number} {young}]"; got != want {
		t.Errorf("left are %s; want %s", got, want)
	}
}

func TestADocumentOfMoreThan16MiBIsRefused(t *testing.T) {
	_, client := open(t, Options{NoSync: true})
	c := client.Database("d").Collection("c")
	ctx := t.Context()
	if _, err := c.InsertOne(ctx, bson.M{"_id": 1, "s": strings.Repeat("x", 15<<20)}); err != nil {
		t.Fatal(err)
	}
	_, err := c.UpdateOne(ctx, bson.M{"_id": 1}, bson.M{"$set": bson.M{"t": strings.Repeat("x", 2<<20)}})
	var refused mongo.WriteException
	if !errors.As(err, &refused) || refused.WriteErrors[0].Code != int(codeUpdateTooLarge) {
		t.Errorf("growing a document beyond the limit gave %v", err)
	}
	_, err = c.InsertOne(ctx, bson.M{"_id": strings.Repeat("x", 40_000)})
	if !errors.As(err, &refused) || refused.WriteErrors[0].Code != int(codeKeyTooLong) {
		t.Errorf("a long _id gave %v", err)
	}
	var found struct{ S string }
	if err := c.FindOne(ctx, bson.M{"_id": 1}).Decode(&found); err != nil || len(found.S) != 15<<20 {
		t.Errorf("found %d bytes, %v", len(found.S), err)
	}
}

func TestManyDocumentsComeInSeveralBatches(t *testing.T) {
	e, client := open(t, Options{NoSync: true})
	c := client.Database("d").Collection("c")
	ctx := t.Context()
	var docs []any
	for i := range 40 {
		docs = append(docs, bson.M{"_id": i, "s": strings.Repeat("x", 1<<20)})
	}
	if _, err := c.InsertMany(ctx, docs); err != nil {
		t.Fatal(err)
	}
	for _, sort := range []bson.D{{{Key: "_id", Value: 1}}, {{Key: "s", Value: 1}, {Key: "_id", Value: -1}}} {
		cursor, err := c.Find(ctx, bson.M{}, options.Find().SetSort(sort))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for cursor.Next(ctx) {
			n++
		}
		if cursor.Err() != nil || n != 40 {
			t.Errorf("sorted by %v: %d documents, %v; want 40", sort, n, cursor.Err())
		}
	}
	e.cursors.put(0, &cursor{})
	e.cursors.dropIdle(time.Now().Add(time.Hour))
	if n := len(e.cursors.open); n != 0 {
		t.Errorf("%d idle cursors are left", n)
	}
}
