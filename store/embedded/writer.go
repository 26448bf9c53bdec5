package embedded

import (
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
)

// maxGroup is the most writing commands that share a commit. It bounds how long the first of
// them waits for the rest, and how much work is repeated when one of them fails.
const maxGroup = 512

// task is one writing command on its way through the writer. run may be called more than once,
// each time in a fresh transaction, so it starts its result anew. err is read after done is
// closed, and not before.
type task struct {
	run      func(t *transaction) error
	deadline time.Time // zero: none
	err      error
	done     chan struct{}
}

// write hands run to the writer and returns when the effect of run is on disk. A commandError
// means that run had no effect beyond what its result says; after any other error it had none
// at all.
//
// A write does not end with the connection that asked for it: a command whose client has left
// is carried out all the same. Its deadline is tested once, before it runs
// (TestACommandPastItsDeadlineIsNotRun).
func (e *Engine) write(deadline time.Time, run func(t *transaction) error) error {
	w := &task{run: run, deadline: deadline, done: make(chan struct{})}
	e.tasks <- w // the channel is closed only when nobody is left who could send
	<-w.done
	return w.err
}

// writeLoop is the writer: the only goroutine that changes the file. Tasks that queue up while
// one group is forced to disk are the next group, so the number of writes for each fsync grows
// with the load (TestManyWritesShareACommit). No timer is involved: a single write on an idle
// engine is committed at once.
//
// Tasks run in the order in which they came in. One task is one command, and no other task runs
// between its reads and its writes; that is what makes an update a compare-and-set
// (TestNoJobIsClaimedTwice).
func (e *Engine) writeLoop() {
	for first := range e.tasks {
		group := append(make([]*task, 0, maxGroup), first)
		for more := true; more && len(group) < maxGroup; {
			select {
			case next, open := <-e.tasks:
				if more = open; open {
					group = append(group, next)
				}
			default:
				more = false
			}
		}
		for len(group) > 0 {
			group = e.commit(group)
		}
	}
}

// commit runs a group in one transaction and tells each task its result after the commit. It
// returns the tasks that are to be run again.
//
// A task that ends with another error than a commandError may have left half of its work in the
// transaction. The transaction is rolled back, that task is told its error, and the others are
// returned: they run again without it (TestATaskThatFailsDoesNotUndoItsNeighbours). Nobody has
// been told anything of the first run by then.
func (e *Engine) commit(group []*task) (retry []*task) {
	tx, err := e.db.Begin(true)
	if err != nil {
		return finish(group, fmt.Errorf("begin a transaction: %w", err))
	}
	t := &transaction{engine: e, tx: tx}
	for i, w := range group {
		if w.err = e.attempt(t, w); canCommit(w.err) {
			continue
		}
		e.rollback(tx)
		close(w.done)
		return append(group[:i:i], group[i+1:]...)
	}
	if !t.dirty { // a claim that found nothing costs no disk write
		e.rollback(tx)
		return finish(group, nil)
	}
	if err := tx.Commit(); err != nil {
		return finish(group, fmt.Errorf("commit: %w", err))
	}
	return finish(group, nil)
}

// attempt runs one task, unless its deadline has passed while it waited.
func (e *Engine) attempt(t *transaction, w *task) error {
	if !w.deadline.IsZero() && time.Now().After(w.deadline) {
		return errorf(codeMaxTimeExpired, "operation exceeded time limit")
	}
	return withRecover(func() error { return w.run(t) })
}

// rollback throws a transaction away. bbolt fails at it only when the transaction is closed
// already.
func (e *Engine) rollback(tx *bolt.Tx) {
	if err := tx.Rollback(); err != nil {
		e.log.Error("roll back", "error", err)
	}
}

// finish wakes every task of a group; err, if any, is the result of all. It returns no tasks to
// run again.
func finish(group []*task, err error) (retry []*task) {
	for _, w := range group {
		if err != nil {
			w.err = err
		}
		close(w.done)
	}
	return nil
}

// withRecover turns a panic of f into an error with its stack. A bug that one command meets
// must not end the process and everybody else's work; the client is told code 1, and the log
// holds the stack.
func withRecover(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the embedded engine panicked: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
}
