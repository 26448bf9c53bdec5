package handlers

import (
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
)

// bulk takes in a stream of lines L by chunks of drafts D, and answers each line
// with one result line, in the order of the lines.
type bulkProcessor[L, D, O any] struct {
	chunkSize int // lines in a chunk, at most
	draft     func(L) (D, error)
	process   func([]D) ([]O, error)        // one outcome for each draft, in order
	result    func(line int, outcome O) any // the result line of a draft that was taken
	refuse    func(line int, err error) any // the result line of one that could not be read
}

// run returns how many lines were answered. Lines that have arrived wait for no
// others: a chunk is whatever came while the one before was taken. An error of
// take ends the stream there, so that a client sends on from the first line without an answer.
func (b bulkProcessor[L, D, O]) run(lines *edge.Lines[L], out *edge.LineWriter) (int, error) {
	answered := 0
	for {
		chunk, ended := lines.Next(b.chunkSize)
		results, err := b.processChunk(chunk)
		if err != nil {
			return answered, err
		}
		for _, result := range results {
			if err := out.Write(result); err != nil {
				return answered, fmt.Errorf("answer a line: %w", err)
			}
			answered++
		}
		switch {
		case errors.Is(ended, io.EOF):
			return answered, nil
		case ended != nil:
			return answered, ended
		}
	}
}

func (b bulkProcessor[L, D, O]) processChunk(chunk []edge.Line[L]) ([]any, error) {
	results := make([]any, len(chunk))
	drafts, indices := make([]D, 0, len(chunk)), make([]int, 0, len(chunk))
	for i, line := range chunk {
		if line.Err != nil {
			results[i] = b.refuse(line.Number, line.Err)
			continue
		}
		draft, err := b.draft(line.Value)
		if err != nil {
			results[i] = b.refuse(line.Number, err)
			continue
		}
		drafts, indices = append(drafts, draft), append(indices, i)
	}
	if len(drafts) == 0 {
		return results, nil
	}
	outcomes, err := b.process(drafts)
	if err != nil {
		return nil, err
	}
	if len(outcomes) != len(drafts) {
		return nil, fmt.Errorf("%d outcomes for %d drafts", len(outcomes), len(drafts))
	}
	for i, outcome := range outcomes {
		results[indices[i]] = b.result(chunk[indices[i]].Number, outcome)
	}
	return results, nil
}

// broken is the last line of a stream that did not come to its end; the edge writes it.
type broken struct {
	Done  bool         `json:"done" enum:"false" doc:"Lines that have no answer are to be sent again."`
	Error edge.Problem `json:"error" doc:"Why it ended."`
}

// oneOf describes lines of several types.
func oneOf(r huma.Registry, types ...reflect.Type) *huma.Schema {
	s := &huma.Schema{}
	for _, t := range append(types, reflect.TypeFor[broken]()) {
		s.OneOf = append(s.OneOf, r.Schema(t, true, ""))
	}
	return s
}
