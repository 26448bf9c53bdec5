package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	fileName   = "tocsin.db"         // in the data directory
	fileFormat = "tocsin embedded 2" // of the file; another one is not read

	// lockTimeout is how long Open waits for a file that another process holds. It is short: the
	// other process is a server that runs, or an operator's mistake, and neither ends in a moment.
	lockTimeout = 100 * time.Millisecond

	// initialMmapSize is the address space that is taken at once, in bytes. To grow the map bbolt
	// waits for every reader, so it grows seldom. The space costs no memory until it is used.
	initialMmapSize = 1 << 30

	// taskQueueSize is how many tasks wait for the writer. When the queue is full the next command
	// waits, and with it its connection: the client feels the load, not the memory.
	taskQueueSize = 1024
)

// Options says how to open an engine. The zero value is what a server needs: durable writes, no
// limit on scans, no log.
type Options struct {
	Existing          bool         // open what is there, and make nothing
	NoSync            bool         // do not force commits to disk: for tests, loses acknowledged writes in a power cut
	MaxCollectionScan int          // fail a command that examines more documents than this without an index's help; 0 is off
	Log               *slog.Logger // nil: nothing is logged

	// OnUse, if not nil, is told each feature that a command asks for, as Features names it, as
	// often as it is asked for. It is called from many goroutines.
	OnUse func(feature string)
}

// Engine is an open database. Its methods may be called from any goroutine.
//
// Three kinds of goroutine use it: one for each connection (serve), the writer (writeLoop) and
// the sweep of expired documents (sweep). Close ends the first and the last before the writer,
// because both of them send tasks to it.
type Engine struct {
	db                *bolt.DB
	maxCollectionScan int
	log               *slog.Logger
	language          *language
	schemas           sync.Map // namespace -> *schema, a memory of what was parsed
	cursors           cursors

	tasks  chan *task     // to the writer
	writer sync.WaitGroup // ends after tasks is closed

	closing chan struct{} // closed first, to end the sweep
	serving sync.WaitGroup
	mu      sync.Mutex
	conns   map[net.Conn]struct{} // nil once the engine is closing
}

// OpenError is why Open refuses a data directory.
type OpenError string

// The reasons that a caller may want to explain.
const (
	InUse   OpenError = "the data directory is in use by another process"
	Missing OpenError = "the data directory holds no database" // with Options.Existing alone
)

// Error is the reason as text.
func (e OpenError) Error() string { return string(e) }

// Open opens the data directory at path and makes it where there is none, unless Options.Existing forbids
// that (TestAnExistingDatabaseIsAskedForAndNotMade). It fails at once when another process holds the
// directory (TestADirectoryInUseIsRefusedAtOnce), and when the file
// has a format that this version does not know (TestAFileOfAnotherFormatIsRefused). The caller
// closes the engine.
func Open(path string, o Options) (*Engine, error) {
	if o.Existing {
		//nolint:gosec // the operator names the data directory
		if _, err := os.Stat(filepath.Join(path, fileName)); errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("open the data directory: %w", Missing)
		}
	}
	if err := os.MkdirAll(path, 0o700); err != nil { //nolint:gosec // the operator names the data directory
		return nil, fmt.Errorf("open the data directory: %w", err)
	}
	db, err := bolt.Open(filepath.Join(path, fileName), 0o600, &bolt.Options{
		Timeout:         lockTimeout,
		NoSync:          o.NoSync,
		NoFreelistSync:  true, // found again at the next start, which is cheaper than writing it with every commit
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: initialMmapSize,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open the data directory: %w", InUse)
	}
	if err != nil {
		return nil, fmt.Errorf("open the data directory: %w", err)
	}
	if err := prepare(db, path); err != nil {
		return nil, errors.Join(fmt.Errorf("open the data directory: %w", err), db.Close())
	}
	e := &Engine{
		db:                db,
		maxCollectionScan: o.MaxCollectionScan,
		log:               o.Log,
		language:          newLanguage(o.OnUse),
		cursors:           cursors{open: map[int64]*cursor{}},
		tasks:             make(chan *task, taskQueueSize),
		closing:           make(chan struct{}),
		conns:             map[net.Conn]struct{}{},
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	e.writer.Go(e.writeLoop)
	e.serving.Go(e.sweep)
	return e, nil
}

// Features names all that an engine accepts, in order: "command find", "option find.sort",
// "filter $in", "update $set", "index key" and so on. They are the tables by which it parses.
func Features() []string { return newLanguage(nil).features }

// prepare writes the format into a new file and refuses a file of another format. It forces the
// directory to disk too: fsync of a file does not make the entry in its directory durable
// (fsync(2)), so a power cut could lose a new file whole.
func prepare(db *bolt.DB, path string) error {
	name := []byte("format")
	var found string
	err := db.View(func(tx *bolt.Tx) error {
		if b := tx.Bucket(name); b != nil {
			found = string(b.Get(name))
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case found == fileFormat:
		return nil
	case found != "":
		return fmt.Errorf("the file has the format %q, which this release does not read: "+
			"export its signatures with the release that made it, and import them into a new folder", found)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket(name)
		if err != nil {
			return err
		}
		return b.Put(name, []byte(fileFormat))
	})
	if err != nil {
		return err
	}
	dir, err := os.Open(path) //nolint:gosec // the operator names the data directory
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Close ends every connection, waits for the commands that run, and closes the file. It may be
// called again (TestCloseEndsEverythingAndCanBeRepeated). Durability does not depend on it:
// what was acknowledged is on disk already
// (TestNothingAcknowledgedIsLostWhenTheProcessIsKilled).
//
// The order matters. Without connections and sweep nobody is left who sends a task, so the
// channel can be closed; the writer ends after the last task, so the file can be closed.
func (e *Engine) Close() error {
	e.mu.Lock()
	conns := e.conns
	e.conns = nil
	e.mu.Unlock()
	if conns == nil {
		return nil
	}
	close(e.closing)
	for c := range conns {
		_ = c.Close() // a pipe has nothing to fail at
	}
	e.serving.Wait()
	close(e.tasks)
	e.writer.Wait()
	if err := e.db.Close(); err != nil {
		return fmt.Errorf("close the data directory: %w", err)
	}
	return nil
}

// Dial opens a connection to the engine within the process. Network and address are ignored:
// there is one engine, and no port. It fails after Close.
func (e *Engine) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conns == nil {
		return nil, fmt.Errorf("dial the embedded engine: %w", net.ErrClosed)
	}
	client, server := net.Pipe()
	e.conns[server] = struct{}{}
	e.serving.Go(func() {
		e.serve(server)
		e.mu.Lock()
		delete(e.conns, server)
		e.mu.Unlock()
	})
	return client, nil
}

// DialContext is Dial under the name that the driver's ContextDialer has, so that the engine
// itself can be its dialer.
func (e *Engine) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return e.Dial(ctx, network, address)
}

// view runs f on the state that is committed at this moment. It neither waits for the writer
// nor holds it up: bbolt keeps the pages of the old state as long as a read transaction needs
// them. So f must be short; a cursor that waits for its client holds no transaction.
func (e *Engine) view(f func(t *transaction) error) error {
	return e.db.View(func(tx *bolt.Tx) error { return f(&transaction{engine: e, tx: tx}) })
}
