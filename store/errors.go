package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"example.org/tocsin/models"
)

// WrapOp says what was attempted and turns a driver's error into one of ours.
func WrapOp(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", op, MapError(err))
}

// MapError is the only place where errors of the driver become models.Error. A
// caller who has left stays context.Canceled: that is nobody's fault and no
// reason to call the database unavailable (TestACallerWhoLeftIsNoKindOfError).
func MapError(err error) error {
	var ours *models.Error
	switch {
	case err == nil, errors.As(err, &ours), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, mongo.ErrNoDocuments):
		return &models.Error{Kind: models.NotFound, Code: "not_found", Detail: "Not found.", Err: err}
	case isTransient(err):
		return unavailable(err)
	case mongo.IsDuplicateKeyError(err):
		return &models.Error{Kind: models.Conflict, Code: "already_exists", Detail: "It exists already.", Err: err}
	}
	return &models.Error{Kind: models.Internal, Code: "store_failed", Err: err}
}

// unavailable asks the caller to try again in one to two seconds: at random, so
// that not all come back at once.
func unavailable(err error) error {
	return &models.Error{
		Kind: models.Unavailable, Code: "store_unavailable", Detail: "The database does not answer at present.",
		RetryAfter: time.Second + rand.N(time.Second), Err: err, //nolint:gosec // spreads retries, guards nothing
	}
}

// isTransient reports whether the same operation may succeed in a while. A
// write that was done but not acknowledged by a majority counts: whether it
// stands is not known, and repeating it is safe for every write of the stores.
func isTransient(err error) bool {
	var selection topology.ServerSelectionError
	var labels mongo.LabeledError
	switch {
	case mongo.IsTimeout(err), mongo.IsNetworkError(err), errors.Is(err, mongo.ErrClientDisconnected),
		errors.As(err, &selection):
		return true
	case errors.As(err, &labels) && (labels.HasErrorLabel("RetryableWriteError") || labels.HasErrorLabel("TransientTransactionError")):
		return true
	case isPoolCleared(err), writeConcernFailed(err):
		return true
	}
	var server mongo.ServerError
	if !errors.As(err, &server) {
		return false
	}
	for _, code := range server.ErrorCodes() {
		if isTransientCode(code) {
			return true
		}
	}
	return false
}

// isPoolCleared recognises a connection pool that the driver has emptied after a network error.
func isPoolCleared(err error) bool {
	var pool interface{ Retryable() bool }
	return errors.As(err, &pool) && pool.Retryable()
}

// writeConcernFailed reports whether a write was carried out and then not
// acknowledged by a majority in time.
func writeConcernFailed(err error) bool {
	var one mongo.WriteException
	var bulk mongo.BulkWriteException
	return errors.As(err, &one) && one.WriteConcernError != nil ||
		errors.As(err, &bulk) && bulk.WriteConcernError != nil
}

// isTransientCode reports whether a server's error code belongs to a change of primary,
// a shutdown or a full disk (https://github.com/mongodb/mongo/blob/r6.0.5/src/mongo/base/error_codes.yml).
func isTransientCode(code int) bool {
	switch code {
	case 6, 7, 89, 9001, // host unreachable or not found, network timeout, socket
		91, 11600, 11602, // shutdown, interrupted at shutdown, interrupted by a change of state
		189, 10107, 13435, 13436, 10058, 134, // stepped down, not primary (in five spellings)
		50, 262, // over the time limit
		64, 100, // write concern not met
		14031: // out of disk space
		return true
	}
	return false
}

// PerWriteErrors returns one error for each of n writes of one unordered bulk:
// nil for those that stand. A failure of the whole bulk is the error of each.
func PerWriteErrors(n int, err error) []error {
	out := make([]error, n)
	if err == nil {
		return out
	}
	var bulk mongo.BulkWriteException
	bulkErr := MapError(err)
	if errors.As(err, &bulk) && bulk.WriteConcernError == nil {
		bulkErr = nil
	}
	for i := range out {
		out[i] = bulkErr
	}
	if bulkErr != nil {
		return out
	}
	for _, w := range bulk.WriteErrors {
		out[w.Index] = MapError(w.WriteError)
	}
	return out
}

// SplitBulkError returns the errors of n single writes of one unordered bulk, as
// PerWriteErrors does, or else the one error that all of them have.
func SplitBulkError(n int, err error) ([]error, error) {
	var bulk mongo.BulkWriteException
	if err != nil && (!errors.As(err, &bulk) || bulk.WriteConcernError != nil) {
		return nil, err
	}
	return PerWriteErrors(n, err), nil
}

// RevisionPassed is the error of a write over a revision that is not the stored one any more.
func RevisionPassed() error {
	return &models.Error{Kind: models.Stale, Code: "revision_passed", Detail: "It has changed since it was read."}
}
