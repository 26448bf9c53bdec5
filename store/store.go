// Package store keeps everything in MongoDB. It is the only package that knows
// bson and queries: callers see models and models.Error only.
//
// One document is one atomic write; there is no transaction anywhere. Reports,
// warnings and asks are their own queues (see queue), effects have ids that are
// the same when they are written again, and the verdict log gets its order from
// its _id alone (see Append). All of it means the same on a replica set and on
// the embedded engine, which answers the same protocol in this process.
package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"example.org/tocsin/models"
)

// oldestWire is the wire version of MongoDB 6.0, the oldest server that the
// tests run on; production refuses an older one.
const minWireVersion = 17

// Options says which database to open.
type Options struct {
	URI        string        // a MongoDB connection string; may be empty with Dial
	Database   string        // default "tocsin"
	Timeout    time.Duration // of each operation whose context has no deadline of its own; default 2 s
	Log        *slog.Logger  // nil: nothing is logged
	Production bool          // refuse a server that may lose what it has acknowledged

	// Dial, when set, connects to an engine in this process instead of the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Store is the database. It is safe for concurrent use.
type Store struct {
	client        *mongo.Client
	engine        string
	changeStreams bool   // the server has change streams
	node          string // names this Store among all that claim work
	claims        atomic.Uint64
	timeout       time.Duration
	log           *slog.Logger

	reports, evidence, signatures, entries, cursors, devices, keys,
	settings, exposures, warnings, fanOutJobs *mongo.Collection

	inserts     *batcher[bson.Raw] // into reports
	appendToken appendToken        // of the verdict log
	reportQueue *queue[reportDoc, models.Report]
	warnQueue   *queue[warningDoc, models.Warning]
	fanOutQueue *queue[fanOutJobDoc, models.FanOutJob]
}

// Open connects, asks the server who it is and makes the indexes that are
// missing. It fails when an index differs from the one that the queries need,
// and in production when the server is older than MongoDB 6.0 or keeps no journal.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.withDefaults()
	client, err := connect(o)
	if err != nil {
		return nil, err
	}
	s := newStore(ctx, client, o)
	if err := s.prepare(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	o.Log.Info("store opened", "engine", s.engine, "database", o.Database)
	return s, nil
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

// dialer lets a function be the driver's dialer.
type dialerFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func (d dialerFunc) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d(ctx, network, addr)
}

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
		return nil, wrapOp("connect", err)
	}
	return client, nil
}

func newStore(ctx context.Context, client *mongo.Client, o Options) *Store {
	db := client.Database(o.Database)
	s := &Store{
		client: client, node: rand.Text()[:8], timeout: o.Timeout, log: o.Log,
		reports: db.Collection("reports"), evidence: db.Collection("evidence"), signatures: db.Collection("signatures"),
		entries: db.Collection("log"), cursors: db.Collection("cursors"), devices: db.Collection("devices"),
		keys: db.Collection("keys"), settings: db.Collection("settings"), exposures: db.Collection("exposures"),
		warnings: db.Collection("warnings"), fanOutJobs: db.Collection("asks"),
		appendToken: newAppendToken(),
	}
	base := context.WithoutCancel(ctx)
	s.inserts = newBatcher(base, s.insertReports)
	s.reportQueue = newQueue(base, s.reports, string(models.ReportOpen), s.newClaimID, claimedReport)
	s.warnQueue = newQueue(base, s.warnings, string(models.WarningDue), s.newClaimID, claimedWarning)
	s.fanOutQueue = newQueue(base, s.fanOutJobs, fanOutJobOpen, s.newClaimID, claimedFanOutJob)
	return s
}

// claim names one claim of this Store, as no other claim is ever named.
func (s *Store) newClaimID() string { return s.node + "/" + strconv.FormatUint(s.claims.Add(1), 36) }

func (s *Store) prepare(ctx context.Context, o Options) error {
	if err := s.handshake(ctx, o); err != nil {
		return err
	}
	return ensureIndexes(ctx, s.entries.Database(), o.Log)
}

// greeting is what a server says of itself.
type helloReply struct {
	SetName        string `bson:"setName"`
	Msg            string `bson:"msg"` // "isdbgrid" from a router of a sharded cluster
	MaxWireVersion int    `bson:"maxWireVersion"`
}

func (s *Store) handshake(ctx context.Context, o Options) error {
	admin := s.client.Database("admin")
	var hello helloReply
	if err := admin.RunCommand(ctx, bson.D{kv("hello", 1)}).Decode(&hello); err != nil {
		return wrapOp("ask the server who it is", err)
	}
	if o.Dial != nil {
		s.engine = "embedded"
		return nil
	}
	var build struct {
		Version string `bson:"version"`
	}
	if err := admin.RunCommand(ctx, bson.D{kv("buildInfo", 1)}).Decode(&build); err != nil {
		return wrapOp("ask the server for its version", err)
	}
	s.engine = "mongodb " + build.Version + " " + hello.topology()
	s.changeStreams = hello.topology() != "standalone"
	if o.Production && hello.MaxWireVersion < minWireVersion {
		return fmt.Errorf("%s: production needs MongoDB 6.0 or newer", s.engine)
	}
	if s.changeStreams {
		return nil
	}
	return s.probeJournal(ctx)
}

func (g helloReply) topology() string {
	switch {
	case g.Msg == "isdbgrid":
		return "sharded cluster"
	case g.SetName != "":
		return "replica set " + g.SetName
	}
	return "standalone"
}

// probe writes with a journal acknowledgement, which a standalone server that
// keeps no journal refuses. Replica set members always keep one.
func (s *Store) probeJournal(ctx context.Context) error {
	_, err := s.settings.UpdateOne(ctx, bson.D{kv("_id", "probe")},
		bson.D{kv("$set", bson.D{kv("at", time.Now())})}, options.UpdateOne().SetUpsert(true))
	return wrapOp(s.engine+": write to the journal", err)
}

// Close waits for the writes in flight and disconnects. Nothing may be called after it.
func (s *Store) Close(ctx context.Context) error {
	return errors.Join(
		s.inserts.close(ctx), s.reportQueue.completions.close(ctx), s.warnQueue.completions.close(ctx), s.fanOutQueue.completions.close(ctx),
		wrapOp("disconnect", s.client.Disconnect(ctx)))
}

// Ping asks the server that takes writes for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	return wrapOp("ping", s.client.Ping(ctx, nil))
}

// Engine says which database runs, such as "mongodb 6.0.5 replica set rs0" or "embedded".
func (s *Store) Engine() string { return s.engine }

// Database is the database of the driver.
func (s *Store) Database() *mongo.Database { return s.entries.Database() }

// kv is one field of a filter or update.
func kv(key string, value any) bson.E { return bson.E{Key: key, Value: value} }

// millis is t as MongoDB keeps it: UTC and whole milliseconds.
func truncateMillis(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// collect reads a cursor to its end.
func collect[T any](ctx context.Context, cur *mongo.Cursor, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	var out []T
	err = cur.All(ctx, &out)
	return out, err
}
