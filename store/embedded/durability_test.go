package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const crashDir = "TOCSIN_TEST_CRASH_DIR"

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		writeUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// writeUntilKilled inserts from many goroutines and prints each id once its insertion has been acknowledged.
func writeUntilKilled(dir string) {
	e, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://embedded.invalid/?directConnection=true").SetDialer(e))
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	c := client.Database("d").Collection("c")
	start := time.Now().UnixNano()
	var next atomic.Int64
	for range 16 {
		go func() {
			for {
				id := start + next.Add(1)
				if _, err := c.InsertOne(context.Background(), bson.D{
					{Key: "_id", Value: id}, {Key: "pad", Value: strings.Repeat("x", 300)},
				}); err != nil {
					fmt.Println("failed", err)
					os.Exit(1)
				}
				if _, err := os.Stdout.WriteString(strconv.FormatInt(id, 10) + "\n"); err != nil {
					os.Exit(1)
				}
			}
		}()
	}
	select {}
}

func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 2
	}
	dir := t.TempDir()
	var acknowledged []int64
	for range kills {
		acknowledged = append(acknowledged, killWriting(t, dir)...)
	}
	_, client := openAt(t, dir, Options{})
	c := client.Database("d").Collection("c")
	lost := 0
	for _, id := range acknowledged {
		if err := c.FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Err(); err != nil {
			lost++
		}
	}
	n, err := c.EstimatedDocumentCount(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills, %d acknowledged, %d lost, %d stored", kills, len(acknowledged), lost, n)
	if lost > 0 || len(acknowledged) == 0 {
		t.Errorf("%d of %d acknowledged documents are lost", lost, len(acknowledged))
	}
}

// killWriting runs the writing process for a moment, kills it, and gives the ids that it has acknowledged.
func killWriting(t *testing.T, dir string) []int64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []int64
	lines := bufio.NewReader(out)
	stopAfter := 1 + rand.IntN(400)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		id, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil {
			t.Fatalf("the writing process says %q", line)
		}
		if ids = append(ids, id); len(ids) == stopAfter {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the writing process ended by itself")
	}
	return ids
}

func TestNoJobIsClaimedTwice(t *testing.T) {
	const jobs, workers = 2000, 16
	_, client := open(t, Options{NoSync: true, MaxCollectionScan: 1})
	c := client.Database("d").Collection("jobs")
	ctx := t.Context()
	if _, err := c.Indexes().CreateOne(ctx, mongo.IndexModel{
		Keys: bson.D{{Key: "lane", Value: 1}, {Key: "state", Value: 1}, {Key: "due", Value: 1}},
	}); err != nil {
		t.Fatal(err)
	}
	docs := make([]any, jobs)
	for i := range docs {
		docs[i] = bson.D{
			{Key: "_id", Value: i},
			{Key: "lane", Value: "urgent"},
			{Key: "state", Value: "due"},
			{Key: "due", Value: i},
			{Key: "fence", Value: 0},
		}
	}
	if _, err := c.InsertMany(ctx, docs); err != nil {
		t.Fatal(err)
	}
	claimed := make([]atomic.Int32, jobs)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				ids, err := claim(ctx, c)
				if err != nil {
					t.Error(err)
				}
				if len(ids) == 0 {
					return
				}
				for _, id := range ids {
					claimed[id].Add(1)
				}
			}
		})
	}
	wg.Wait()
	for i := range claimed {
		if n := claimed[i].Load(); n != 1 {
			t.Errorf("job %d was claimed %d times; want once", i, n)
		}
	}
}

// claim reads a few jobs that are due and moves the fence of each, and gives those that nobody else has moved before. It
// gives none only if none is due.
func claim(ctx context.Context, c *mongo.Collection) ([]int, error) {
	for {
		cursor, err := c.Find(ctx,
			bson.D{{Key: "lane", Value: "urgent"}, {Key: "state", Value: "due"}, {Key: "due", Value: bson.D{{Key: "$lte", Value: 1 << 30}}}},
			options.Find().SetSort(bson.D{{Key: "due", Value: 1}}).SetLimit(5))
		if err != nil {
			return nil, err
		}
		var jobs []struct {
			ID int `bson:"_id"`
		}
		if err := cursor.All(ctx, &jobs); err != nil || len(jobs) == 0 {
			return nil, err
		}
		var ids []int
		for _, job := range jobs {
			result, err := c.UpdateMany(ctx, bson.D{{Key: "_id", Value: job.ID}, {Key: "fence", Value: 0}}, bson.D{
				{Key: "$set", Value: bson.D{{Key: "due", Value: 1 << 31}}}, {Key: "$inc", Value: bson.D{{Key: "fence", Value: 1}}},
			})
			if err != nil {
				return nil, err
			}
			if result.ModifiedCount == 1 {
				ids = append(ids, job.ID)
			}
		}
		if len(ids) > 0 {
			return ids, nil
		}
	}
}
