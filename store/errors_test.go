package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"example.org/tocsin/models"
)

func TestAnErrorOfTheDriverSaysWhatTheCallerCanDo(t *testing.T) {
	concern := &mongo.WriteConcernError{Code: 64, Message: "waiting for replication timed out"}
	duplicate := mongo.WriteError{Code: 11000}
	for name, c := range map[string]struct {
		err  error
		want models.ErrorKind
	}{
		"nothing found":       {mongo.ErrNoDocuments, models.NotFound},
		"a key that is taken": {mongo.WriteException{WriteErrors: mongo.WriteErrors{duplicate}}, models.Conflict},
		"a deadline":          {context.DeadlineExceeded, models.Unavailable},
		"a lost connection":   {mongo.CommandError{Labels: []string{"NetworkError"}, Wrapped: io.EOF}, models.Unavailable},
		"no server":           {topology.ServerSelectionError{Wrapped: errors.New("none")}, models.Unavailable},
		"no primary any more": {mongo.CommandError{Code: 10107}, models.Unavailable},
		"a shutdown":          {mongo.CommandError{Code: 91}, models.Unavailable},
		"a full disk":         {mongo.CommandError{Code: 14031}, models.Unavailable},
		"no majority":         {mongo.WriteException{WriteConcernError: concern}, models.Unavailable},
		"no majority in a bulk": {
			mongo.BulkWriteException{WriteConcernError: concern, WriteErrors: []mongo.BulkWriteError{{WriteError: duplicate}}},
			models.Unavailable,
		},
		"a write to try again":    {mongo.CommandError{Code: 1, Labels: []string{"RetryableWriteError"}}, models.Unavailable},
		"a closed client":         {mongo.ErrClientDisconnected, models.Unavailable},
		"a command that is wrong": {mongo.CommandError{Code: 9, Message: "failed to parse"}, models.Internal},
		"anything else":           {io.ErrUnexpectedEOF, models.Internal},
		"an error of ours":        {fmt.Errorf("read: %w", RevisionPassed()), models.Stale},
	} {
		t.Run(name, func(t *testing.T) {
			err := WrapOp("attempt", c.err)
			var e *models.Error
			if !errors.As(err, &e) || e.Kind != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if e.Err == nil && c.want != models.Stale {
				t.Errorf("the cause is lost in %v", err)
			}
		})
	}
}

func TestACallerWhoLeftIsNoKindOfError(t *testing.T) {
	err := WrapOp("attempt", mongo.CommandError{Labels: []string{"NetworkError"}, Wrapped: context.Canceled})
	var e *models.Error
	if !errors.Is(err, context.Canceled) || errors.As(err, &e) {
		t.Errorf("got %v, want canceled alone", err)
	}
}

func TestEveryWriteOfABulkHasItsOwnError(t *testing.T) {
	conflict := mongo.BulkWriteError{WriteError: mongo.WriteError{Index: 1, Code: 11000}}
	for name, c := range map[string]struct {
		err  error
		want []models.ErrorKind // 255: no error
	}{
		"all well": {nil, []models.ErrorKind{255, 255, 255}},
		"one in conflict": {
			mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{conflict}}, []models.ErrorKind{255, models.Conflict, 255},
		},
		"the connection lost": {io.ErrUnexpectedEOF, []models.ErrorKind{models.Internal, models.Internal, models.Internal}},
		"not acknowledged": {
			mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{conflict}, WriteConcernError: &mongo.WriteConcernError{Code: 91}},
			[]models.ErrorKind{models.Unavailable, models.Unavailable, models.Unavailable},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i, err := range PerWriteErrors(3, c.err) {
				if want := c.want[i]; want == 255 && err != nil || want != 255 && !errors.Is(err, want) {
					t.Errorf("write %d got %v, want %v", i, err, want)
				}
			}
		})
	}
}
