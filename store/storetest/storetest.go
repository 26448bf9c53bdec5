// Package storetest opens a fresh database for a test: on the embedded engine,
// and on the server that TOCSIN_TEST_MONGODB_URI names.
package storetest

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/store"
	"example.org/tocsin/store/all"
	"example.org/tocsin/store/embedded"
)

// EnvURI names the environment variable with the connection string of a
// MongoDB server for tests. A replica set shows most.
const EnvURI = "TOCSIN_TEST_MONGODB_URI"

// EnvUsage names the environment variable with a folder in which every embedded engine
// that this package opens notes the features that it was asked for: each is an empty file of
// its name (see embedded.Features).
const EnvUsage = "TOCSIN_ENGINE_USAGE"

// MaxCollectionScan is how many documents a query may examine without an index before
// the embedded engine refuses it: in a test, a scan is a missing index.
const MaxCollectionScan = 1000

// testTimeout is the store's timeout in tests, which run on busy machines.
const testTimeout = 10 * time.Second

// Database is the database of one node, as tests use it: with the methods of all
// stores, whatever store a method belongs to.
type Database struct{ *all.Stores }

// Depth counts the work of all queues that is due and that nobody has claimed.
func (d *Database) Depth(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for name, q := range d.Queues() {
		stats, err := q.Stats(ctx, time.Now())
		if err != nil {
			return nil, err
		}
		out[name] = stats.Due
	}
	return out, nil
}

// Open returns a store on the embedded engine with a fresh database.
func Open(t testing.TB) *Database {
	t.Helper()
	return Node(t, Embedded(t))
}

// Each runs run on a fresh database of each engine: as the sub-tests "embedded"
// and, where the environment names a server, "mongodb".
func Each(t *testing.T, run func(t *testing.T, s *Database)) {
	t.Helper()
	EachDatabase(t, func(t *testing.T, o store.Options) { run(t, Node(t, o)) })
}

// EachDatabase is Each for tests that open stores themselves: several on one
// database are several nodes.
func EachDatabase(t *testing.T, run func(t *testing.T, o store.Options)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { run(t, Embedded(t)) })
	if os.Getenv(EnvURI) == "" {
		t.Logf("left out: the same on a MongoDB server, which %s would name", EnvURI)
		return
	}
	t.Run("mongodb", func(t *testing.T) { run(t, MongoDB(t)) })
}

// Node opens a store, and closes it when the test ends.
func Node(t testing.TB, o store.Options) *Database {
	t.Helper()
	s, err := all.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		if err := s.Close(ctx); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return &Database{s}
}

// Embedded starts an embedded engine in a temporary directory of the test.
func Embedded(t testing.TB) store.Options {
	t.Helper()
	return onEngine(t, embedded.Options{MaxCollectionScan: MaxCollectionScan, NoSync: true})
}

// Durable is Embedded with every write forced to the disk and no limit on scans: for benchmarks.
func Durable(t testing.TB) store.Options {
	t.Helper()
	return onEngine(t, embedded.Options{})
}

// onEngine starts an embedded engine and closes it when the test ends, which is
// after the stores that Node opened on it.
func onEngine(t testing.TB, o embedded.Options) store.Options {
	t.Helper()
	if folder := os.Getenv(EnvUsage); folder != "" {
		o.OnUse = noteIn(t, folder)
	}
	engine, err := embedded.Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Errorf("close the engine: %v", err)
		}
	})
	return store.Options{Dial: engine.DialContext, Timeout: testTimeout}
}

// noteIn returns a function that notes each feature in the folder, once for each engine.
func noteIn(t testing.TB, folder string) func(feature string) {
	t.Helper()
	var noted sync.Map
	return func(feature string) {
		if _, again := noted.LoadOrStore(feature, true); again {
			return
		}
		if err := os.WriteFile(filepath.Join(folder, feature), nil, 0o600); err != nil { //nolint:gosec // whoever runs the tests names the folder
			t.Errorf("note the use of the engine: %v", err)
		}
	}
}

// MongoDB returns a database with a random name on the server that the
// environment names, dropped when the test ends. Without one the test is skipped.
func MongoDB(t testing.TB) store.Options {
	t.Helper()
	uri := os.Getenv(EnvURI)
	if uri == "" {
		t.Skipf("%s is not set", EnvURI)
	}
	o := store.Options{URI: uri, Database: "tocsin_test_" + strings.ToLower(rand.Text()[:10]), Timeout: testTimeout}
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		if err := drop(ctx, o); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return o
}

// drop deletes the database on a client of its own: the stores are closed by then.
func drop(ctx context.Context, o store.Options) error {
	client, err := mongo.Connect(options.Client().ApplyURI(o.URI).SetTimeout(o.Timeout))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(ctx) }() // the test is over
	return client.Database(o.Database).Drop(ctx)
}
