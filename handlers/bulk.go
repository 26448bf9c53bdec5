package handlers

import (
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
)

// bulkProcessor turns a stream of lines L into drafts D, processes them chunk by
// chunk, and answers each line with one result line, in the order of the lines.
type bulkProcessor[L, D, O any] struct {
	chunkSize int // lines in a chunk, at most
	draft     func(L) (D, error)
	process   func([]D) ([]O, error)        // one outcome for each draft, in order
	result    func(line int, outcome O) any // the result line of a draft that was processed
	refuse    func(line int, err error) any // the result line of a line that is not valid
}

// run returns how many lines were answered. A chunk is what arrived while the
// one before was processed, so no line waits for later ones. An error of
// process ends the stream without results for that chunk: a client sends again
// from the first line without a result (TestBulkAnswersNoLineOfAChunkThatFailed).
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

// processChunk returns one result for each line. Lines that are not valid are
// refused on their own and do not keep the others from being processed.
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

// streamFailure describes, for the contract, the last line of a stream that broke off. The edge writes it.
type streamFailure struct {
	Done  bool         `json:"done" enum:"false" doc:"The stream broke off. Send the lines without a result again."`
	Error edge.Problem `json:"error" doc:"Why the stream broke off."`
}

// oneOf describes a line that has one of several types, or is a streamFailure.
func oneOf(r huma.Registry, types ...reflect.Type) *huma.Schema {
	s := &huma.Schema{}
	for _, t := range append(types, reflect.TypeFor[streamFailure]()) {
		s.OneOf = append(s.OneOf, r.Schema(t, true, ""))
	}
	return s
}
