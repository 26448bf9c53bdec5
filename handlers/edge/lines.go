package edge

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/models"
)

// Line is one line of a stream: its value, decoded and checked, or the error.
type Line[L any] struct {
	Number int // line number in the body, from 1
	Value  L
	Err    error
}

// Lines is the body of a stream: newline-delimited JSON. A caller takes the
// lines that have arrived, up to a limit of its own, so memory does not grow with the
// body (TestAClientMayReadOnlyAfterItHasSentEverything).
// A line is bounded by the size of the buffer, StreamLimits.LineBytes.
type Lines[L any] struct {
	source         *bufio.Reader
	server         *Server
	shape          *shape
	schema         *huma.Schema
	number         int
	remaining      int    // bytes that the body may still have, of StreamLimits.BodyBytes
	extendDeadline func() // see LineWriter.extendDeadline
	err            error  // why there are no more lines
}

// Next waits for a line and returns it with those that have arrived behind it, up
// to limit lines. It returns io.EOF after the last line. Any other error means that
// the rest of the body cannot be read: the stream ends with it. Errors of one line are in Line.Err.
func (l *Lines[L]) Next(limit int) ([]Line[L], error) {
	var out []Line[L]
	for l.err == nil && len(out) < limit && (len(out) == 0 || l.hasBufferedLine()) {
		var raw []byte
		if raw, l.err = l.read(); l.err != nil {
			break
		}
		if line, ok := l.decode(raw); ok {
			out = append(out, line)
		}
	}
	if len(out) == 0 {
		return nil, l.err
	}
	return out, nil
}

// hasBufferedLine reports whether a whole line has arrived.
func (l *Lines[L]) hasBufferedLine() bool {
	have, err := l.source.Peek(l.source.Buffered())
	return err == nil && bytes.IndexByte(have, '\n') >= 0
}

// read returns the next line with its line end, or nil for a line that is too long, which it skips.
func (l *Lines[L]) read() ([]byte, error) {
	if l.server.stopped() {
		return nil, stopping()
	}
	l.extendDeadline()
	raw, err := l.source.ReadSlice('\n')
	// A line that does not fit into the buffer is read to its end and refused by itself,
	// so that one bad line does not end the stream. Its bytes count against the body.
	long := errors.Is(err, bufio.ErrBufferFull)
	size := len(raw)
	for errors.Is(err, bufio.ErrBufferFull) && size <= l.remaining {
		l.extendDeadline()
		raw, err = l.source.ReadSlice('\n')
		size += len(raw)
	}
	if l.remaining -= size; l.remaining < 0 {
		return nil, tooLarge()
	}
	if err != nil && isTimeout(err) && l.server.stopped() {
		return nil, stopping()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, bodyReadError(err)
	}
	if size == 0 {
		return nil, io.EOF
	}
	if l.number++; l.number > l.server.opt.Stream.Lines {
		return nil, &models.Error{
			Kind: models.TooLarge, Code: "lines_too_many",
			Detail: "The body has too many lines. Send the lines without a result in another request.",
		}
	}
	if long {
		return nil, nil
	}
	return raw, nil
}

// stopping is the error of a stream that the stop of the server ends.
func stopping() error {
	return &models.Error{Kind: models.Unavailable, Code: "stopping", Detail: "The server is stopping. Send the lines without a result again."}
}

// decode turns a line into a value and reports false for a blank line, which has no result.
func (l *Lines[L]) decode(raw []byte) (Line[L], bool) {
	line := Line[L]{Number: l.number}
	if raw == nil {
		line.Err = &models.Error{Kind: models.TooLarge, Code: "line_too_long", Detail: "The line is too long."}
		return line, true
	}
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return line, false
	}
	line.Err = l.parse(raw, &line.Value)
	return line, true
}

// parse decodes a line under the rules of a whole body: scan, then the schema, then the Go type.
func (l *Lines[L]) parse(raw []byte, into *L) error {
	if err := scan(raw, l.shape); err != nil {
		return err
	}
	// Huma validates an untyped value. scan has found the JSON valid, so only a number
	// beyond float64 can fail here.
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return malformed("json_malformed", "A number is too large.")
	}
	var found huma.ValidateResult
	path := huma.NewPathBuffer(make([]byte, 0, 64), 0)
	path.Push("body")
	huma.Validate(l.server.api.OpenAPI().Components.Schemas, l.schema, path, huma.ModeWriteToServer, value, &found)
	if len(found.Errors) > 0 { // the first is enough: a result line has one error
		var e *huma.ErrorDetail
		if !errors.As(found.Errors[0], &e) {
			return models.NewInvalid("", "value_invalid", "The value is not valid.")
		}
		f := fieldErrorOf(e)
		return models.NewInvalid(f.Pointer, f.Code, f.Detail)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return models.NewInvalid("", "value_invalid", "The value is not valid.")
	}
	return nil
}
