package embedded

import (
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
)

// maxGroup is how many writing commands share a commit at most.
const maxGroup = 512

// task is one writing command on its way through the writer. run may be called more than once, each time in a fresh
// transaction, so it must start its result anew.
type task struct {
	run      func(t *transaction) error
	deadline time.Time // zero: none
	err      error
	done     chan struct{}
}

// write hands run to the writer and returns when what it did is on disk. An error that is a refusal means that run had no
// effect beyond what its result says; with any other error it had none.
func (e *Engine) write(deadline time.Time, run func(t *transaction) error) error {
	w := &task{run: run, deadline: deadline, done: make(chan struct{})}
	e.tasks <- w // the channel is closed only when nobody is left who could send
	<-w.done
	return w.err
}

// writeAll is the writer: the only goroutine that changes the file. What has queued up while one group was forced to disk
// is the next group, so the more there is to do, the more is done per commit.
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

// commit runs a group in one transaction. A task that fails otherwise than by a refusal may have left half of its work
// there, so the transaction is thrown away, and the others are given back to be run again without it.
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

func (e *Engine) attempt(t *transaction, w *task) error {
	if !w.deadline.IsZero() && time.Now().After(w.deadline) {
		return errorf(codeMaxTimeExpired, "operation exceeded time limit")
	}
	return withRecover(func() error { return w.run(t) })
}

func (e *Engine) rollback(tx *bolt.Tx) {
	if err := tx.Rollback(); err != nil {
		e.log.Error("roll back", "error", err)
	}
}

// finish tells every task of a group how it went; err, if any, is the fate of all.
func finish(group []*task, err error) (retry []*task) {
	for _, w := range group {
		if err != nil {
			w.err = err
		}
		close(w.done)
	}
	return nil
}

// guard turns a panic into an error: a fault in one command must not end the process and everybody else's work.
func withRecover(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the embedded engine panicked: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
}
