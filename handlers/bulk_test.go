package handlers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// upperCaseBulk is a bulkProcessor that turns words into capitals and refuses empty ones.
func upperCaseBulk(process func([]string) ([]string, error)) bulkProcessor[string, string, string] {
	return bulkProcessor[string, string, string]{
		draft: func(l string) (string, error) {
			if l == "" {
				return "", models.NewInvalid("", "empty", "")
			}
			return strings.ToUpper(l), nil
		},
		process: process,
		result:  func(line int, o string) any { return fmt.Sprint(line, " ", o) },
		refuse:  func(line int, err error) any { return fmt.Sprint(line, " refused: ", err) },
	}
}

func TestBulkAnswersAChunkInPlace(t *testing.T) {
	unreadable := errors.New("unreadable")
	chunk := []edge.Line[string]{{Number: 3, Err: unreadable}, {Number: 4, Value: "a"}, {Number: 6}, {Number: 7, Value: "b"}}
	calls := 0
	got, err := upperCaseBulk(func(drafts []string) ([]string, error) {
		calls++
		return drafts, nil
	}).processChunk(chunk)
	want := []any{"3 refused: unreadable", "4 A", "6 refused: empty", "7 B"}
	if err != nil || !slices.Equal(got, want) || calls != 1 {
		t.Errorf("got %q, %v in %d calls; want %q in one", got, err, calls, want)
	}
	got, err = upperCaseBulk(func([]string) ([]string, error) {
		t.Error("a chunk without a valid line was processed")
		return nil, nil
	}).processChunk(chunk[:1])
	if err != nil || !slices.Equal(got, want[:1]) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestBulkAnswersNoLineOfAChunkThatFailed(t *testing.T) {
	chunk := []edge.Line[string]{{Number: 1, Value: "a"}, {Number: 2, Value: "b"}}
	down := errors.New("the store is down")
	got, err := upperCaseBulk(func([]string) ([]string, error) { return nil, down }).processChunk(chunk)
	if got != nil || !errors.Is(err, down) {
		t.Errorf("got %q, %v; want the store's error alone", got, err)
	}
	got, err = upperCaseBulk(func(drafts []string) ([]string, error) { return drafts[:1], nil }).processChunk(chunk)
	if got != nil || err == nil {
		t.Errorf("got %q, %v; want an error for a missing outcome", got, err)
	}
}
