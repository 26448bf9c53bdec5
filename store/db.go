// Package store holds what all stores share: the connection to MongoDB, the
// queue, the batcher, indexes and settings. It is the only package that knows
// how the driver and the server behave: callers see models.Error and no error
// of the driver's. The documents and queries are in the packages below it, one
// for each group of collections that are written together; package all lists
// them and opens the database.
//
// One document is one atomic write; there is no transaction anywhere. Reports,
// warnings and fan-out jobs are their own queues (see Queue), effects have ids
// that are the same when they are written again, and the verdict log gets its
// order from its _id alone. All of it means the same on a replica set and on
// the embedded engine, which answers the same protocol in this process.
package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"example.org/tocsin/models"
)

// minWireVersion is the wire version of MongoDB 6.0, the oldest server that the
// tests run on; production refuses an older one.
const minWireVersion = 17

// Options says which database to open.
type Options struct {
	URI        string        // a MongoDB connection string; may be empty with Dial
	Database   string        // default "tocsin"
	Timeout    time.Duration // of each operation whose context has no deadline of its own; default 2 s
	Log        *slog.Logger  // nil: nothing is logged
	Production bool          // refuse a server that may lose what it has acknowledged
	Indexes    []Index       // what the queries need; all.Open sets it
	Existing   bool          // refuse a database that has none of the collections, rather than make them

	// Dial, when set, connects to an engine in this process instead of the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// DB is the connection to the database. It is safe for concurrent use.
type DB struct {
	client        *mongo.Client
	database      *mongo.Database
	settings      *mongo.Collection
	engine        string
	changeStreams bool   // the server has change streams
	node          string // names this DB among all that claim work
	claims        atomic.Uint64
	timeout       time.Duration
	retries       retryCounts
	base          context.Context //nolint:containedctx // batches outlive each of their callers

	mu       sync.Mutex
	batchers []func(context.Context) error // close each of them
}

// Open connects, asks the server who it is and makes the indexes that are
// missing. It fails when an index differs from the one that the queries need,
// and in production when the server is older than MongoDB 6.0 or keeps no journal. With
// Options.Existing it is NotFound that the database is not there (TestAnExistingDatabaseIsNotMade).
func Open(ctx context.Context, o Options) (*DB, error) {
	o = o.withDefaults()
	client, err := connect(o)
	if err != nil {
		return nil, err
	}
	database := client.Database(o.Database)
	db := &DB{
		client: client, database: database, settings: database.Collection("settings"),
		node: rand.Text()[:8], timeout: o.Timeout, base: context.WithoutCancel(ctx),
	}
	if err := db.prepare(ctx, o); err != nil {
		return nil, errors.Join(err, db.Close(context.WithoutCancel(ctx)))
	}
	o.Log.Info("store opened", "engine", db.engine, "database", o.Database)
	return db, nil
}

func (o Options) withDefaults() Options {
	if o.Database == "" {
		o.Database = "tocsin"
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.URI == "" && o.Dial != nil {
		o.URI = "mongodb://embedded/?directConnection=true"
	}
	return o
}

// dialerFunc lets a function be the driver's dialer.
type dialerFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func (d dialerFunc) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d(ctx, network, addr)
}

// connect returns a client that reads and writes with a majority. The error of
// a string that cannot be read does not repeat a password
// (TestAPasswordIsNotInTheError).
func connect(o Options) (*mongo.Client, error) {
	journaled := true
	co := options.Client().
		ApplyURI(o.URI).
		SetAppName("tocsin").
		SetTimeout(o.Timeout).
		SetServerSelectionTimeout(o.Timeout).
		SetConnectTimeout(o.Timeout).
		SetRetryWrites(true).
		SetReadConcern(readconcern.Majority()).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journaled})
	if o.Dial != nil {
		co.SetDialer(dialerFunc(o.Dial))
	}
	err := co.Validate()
	if err != nil && strings.Contains(o.URI, "@") {
		err = errors.New("the cause is left out because the string holds a password")
	}
	if err != nil {
		return nil, fmt.Errorf("read the connection string: %w", err)
	}
	client, err := mongo.Connect(co)
	if err != nil {
		return nil, WrapOp("connect", err)
	}
	return client, nil
}

// newClaimID names one claim of this DB, as no other claim of any node is ever named.
func (db *DB) newClaimID() string {
	return db.node + "/" + strconv.FormatUint(db.claims.Add(1), 36)
}

// prepare marks a new database and makes the missing indexes, but not on a server or in a database that is refused.
func (db *DB) prepare(ctx context.Context, o Options) error {
	if o.Existing { // before anything is written
		if err := db.exists(ctx, o); err != nil {
			return err
		}
	}
	if err := db.handshake(ctx, o); err != nil {
		return err
	}
	if err := db.checkFormat(ctx, o); err != nil {
		return err
	}
	return db.ensureIndexes(ctx, o.Indexes, o.Log)
}

// exists returns NotFound if the database holds none of our collections.
func (db *DB) exists(ctx context.Context, o Options) error {
	names, err := db.database.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return WrapOp("list the collections", err)
	}
	for _, index := range o.Indexes {
		if slices.Contains(names, index.Collection) {
			return nil
		}
	}
	return fmt.Errorf("the database %q holds nothing of Tocsin: %w", o.Database, models.NotFound)
}

// helloReply is what a server says of itself
// (https://www.mongodb.com/docs/manual/reference/command/hello/).
type helloReply struct {
	SetName        string `bson:"setName"`
	Msg            string `bson:"msg"` // "isdbgrid" from a router of a sharded cluster
	MaxWireVersion int    `bson:"maxWireVersion"`
}

// handshake finds out what the server is and can do, and refuses one that may
// lose what it has acknowledged. The embedded engine needs no more than the hello.
func (db *DB) handshake(ctx context.Context, o Options) error {
	admin := db.client.Database("admin")
	var hello helloReply
	if err := admin.RunCommand(ctx, bson.D{KV("hello", 1)}).Decode(&hello); err != nil {
		return WrapOp("ask the server who it is", err)
	}
	if o.Dial != nil {
		db.engine = "embedded"
		return nil
	}
	var build struct {
		Version string `bson:"version"`
	}
	if err := admin.RunCommand(ctx, bson.D{KV("buildInfo", 1)}).Decode(&build); err != nil {
		return WrapOp("ask the server for its version", err)
	}
	db.engine = "mongodb " + build.Version + " " + hello.topology()
	db.changeStreams = hello.topology() != "standalone"
	if o.Production && hello.MaxWireVersion < minWireVersion {
		return fmt.Errorf("%s: production needs MongoDB 6.0 or newer", db.engine)
	}
	if db.changeStreams {
		return nil
	}
	return db.probeJournal(ctx)
}

func (h helloReply) topology() string {
	switch {
	case h.Msg == "isdbgrid":
		return "sharded cluster"
	case h.SetName != "":
		return "replica set " + h.SetName
	}
	return "standalone"
}

// probeJournal writes with a journal acknowledgement, which a standalone server
// that keeps no journal refuses. Replica set members always keep one.
func (db *DB) probeJournal(ctx context.Context) error {
	_, err := db.settings.UpdateOne(ctx, bson.D{KV("_id", "probe")},
		bson.D{KV("$set", bson.D{KV("at", time.Now())})}, options.UpdateOne().SetUpsert(true))
	return WrapOp(db.engine+": write to the journal", err)
}

// Close waits for the writes in flight of every queue and batcher, and
// disconnects (TestCloseWaitsForTheWritesOfEveryBatcher). Nothing may be called
// after it.
func (db *DB) Close(ctx context.Context) error {
	db.mu.Lock()
	batchers := db.batchers
	db.mu.Unlock()
	var errs []error
	for _, closeBatcher := range batchers {
		errs = append(errs, closeBatcher(ctx))
	}
	return errors.Join(append(errs, WrapOp("disconnect", db.client.Disconnect(ctx)))...)
}

// onClose makes Close call closeBatcher before it disconnects.
func (db *DB) onClose(closeBatcher func(context.Context) error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.batchers = append(db.batchers, closeBatcher)
}

// Ping asks the server that takes writes for a sign of life.
func (db *DB) Ping(ctx context.Context) error {
	return WrapOp("ping", db.client.Ping(ctx, nil))
}

// Engine says which database runs, such as "mongodb 6.0.5 replica set rs0" or "embedded".
func (db *DB) Engine() string { return db.engine }

// Database is the database of the driver, for the packages below this one. Its
// operations return errors of the driver's: they must go through WrapOp.
func (db *DB) Database() *mongo.Database { return db.database }

// Timeout is the timeout of each operation whose context has no deadline of its own.
func (db *DB) Timeout() time.Duration { return db.timeout }

// ChangeStreams reports whether the server has change streams: a replica set or
// a sharded cluster has them, a standalone server and the embedded engine have not.
func (db *DB) ChangeStreams() bool { return db.changeStreams }
