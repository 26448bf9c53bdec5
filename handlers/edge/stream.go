package edge

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/models"
)

// Stream adds an operation that reads lines and answers with lines while it reads.
// Huma reads the parameters into I, each line of the body is checked against L, and
// R describes the lines of the reply. The value that the handler returns is the last
// line, by which a client knows that the reply is complete. A stream that breaks off
// ends with {"done": false, "error": problem}.
//
// The handler runs in a goroutine beside that of the connection, which waits for
// it. Up to 4 MiB of replies are buffered, so a client can send everything before it
// reads anything. With a Content-Length, fasthttp waits for the first 8 KiB before
// it calls the handler; a chunked body is read as it arrives.
func Stream[R, I, L any](s *Server, op huma.Operation, p Policy,
	h func(ctx context.Context, in *I, lines *Lines[L], out *LineWriter) (last any, err error),
) {
	opPlan := plan{policy: p, media: mediaNDJSON, limit: orDefault(int(op.MaxBodyBytes), s.opt.Stream.BodyBytes), lines: true}
	line := typeOf[L]()
	schema := s.schema(line, op.OperationID+"Line")
	op.RequestBody = &huma.RequestBody{
		Required: true, Content: s.linesOf(line, op.OperationID+"Line"),
		Description: fmt.Sprintf("Up to %d lines of up to %d bytes each, %d bytes in all.",
			s.opt.Stream.Lines, s.opt.Stream.LineBytes, opPlan.limit),
		Extensions: map[string]any{"x-limits": map[string]int{
			"lines": s.opt.Stream.Lines, "line_bytes": s.opt.Stream.LineBytes, "body_bytes": opPlan.limit,
		}},
	}
	op.Responses = map[string]*huma.Response{"200": {
		Description: http.StatusText(http.StatusOK), Content: s.linesOf(typeOf[R](), op.OperationID+"Result"),
	}}
	s.describe(&op, opPlan, typeOf[I]())
	keys := shapeOf(line)

	type reply struct{ Body func(huma.Context) }
	huma.Register(s.api, op, func(_ context.Context, in *I) (*reply, error) {
		return &reply{Body: func(hc huma.Context) {
			c := hc.(*humaContext) // the adapter makes no other
			c.x.stream(c.ctx, c.cancel, func(ctx context.Context, out *LineWriter) (any, error) {
				lines := &Lines[L]{
					source: bufio.NewReaderSize(out.body, s.opt.Stream.LineBytes), server: s, shape: keys, schema: schema,
					remaining: opPlan.limit, extendDeadline: out.extendDeadline,
				}
				return h(ctx, in, lines, out)
			})
		}}, nil
	})
}

// linesOf describes lines of one type. OpenAPI 3.1 cannot: the body is a string,
// and the extension x-line holds the schema of a line.
func (s *Server) linesOf(t reflect.Type, hint string) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{mediaNDJSON: {Schema: &huma.Schema{
		Type: huma.TypeString, Description: "Newline-delimited JSON: one value on each line, with the schema in x-line.",
		Extensions: map[string]any{"x-line": s.schema(t, hint)},
	}}}
}

// stream runs the handler while the connection sends what it has written.
func (x *exchange) stream(ctx context.Context, cancel context.CancelFunc, run func(context.Context, *LineWriter) (any, error)) {
	// The status is sent before the first line is read. What goes wrong later can be
	// told only by the last line.
	x.streaming = true
	x.rc.SetStatusCode(http.StatusOK)
	x.rc.Response.Header.SetContentType(mediaNDJSON)
	out := newLineWriter(x, cancel)
	x.rc.Response.SetBodyStream(out.reader(), -1)
	go out.run(func() (any, error) { return run(ctx, out) })
}

// maxUnsent is the size in bytes of the reply that is buffered for a client that does not read yet.
const maxUnsent = 4 << 20

// LineWriter is the reply of a stream. Two goroutines share it:
//
//	handler:    Lines.Next -> Write -> unsent ...         run, until the handler returns
//	connection:                     ... replyReader.Read -> socket       until Close
//
// The connection's goroutine owns the exchange and finishes it in Close, after the
// handler has ended. So nothing is written to a request that fasthttp uses again.
// Each read or write extends the deadline of the connection, so a stream may last
// for minutes, but a client that stands still is cut off.
type LineWriter struct {
	x        *exchange
	conn     net.Conn
	deadline time.Time // end of StreamLimits.Timeout
	body     io.Reader
	cancel   context.CancelFunc
	done     chan struct{} // closed when the handler has returned

	mu       sync.Mutex
	changed  sync.Cond
	unsent   bytes.Buffer
	sent     int
	finished bool // nothing more is written
	closed   bool // nothing more is read
}

// newLineWriter returns the reply of a stream. It takes the connection and the body
// from fasthttp now, because the handler runs in another goroutine and must not touch
// the request.
func newLineWriter(x *exchange, cancel context.CancelFunc) *LineWriter {
	w := &LineWriter{
		x: x, conn: x.rc.Conn(), deadline: x.start.Add(x.route.server.opt.Stream.Timeout),
		body: x.rc.RequestBodyStream(), cancel: cancel, done: make(chan struct{}),
	}
	if w.body == nil { // Content-Length: 0
		w.body = http.NoBody
	}
	w.changed.L = &w.mu
	if c, ok := w.conn.(*conn); ok {
		c.streaming.Store(true)
	}
	return w
}

// Write adds a line, which is sent at once. It blocks only while more than 4 MiB
// are unsent. It returns io.ErrClosedPipe if the client has closed the connection.
func (w *LineWriter) Write(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	// The handler waits here for a client that does not read. If it never reads, the
	// deadline of the connection ends the wait.
	for w.unsent.Len() > maxUnsent && !w.closed {
		w.changed.Wait()
	}
	if w.closed {
		return io.ErrClosedPipe
	}
	w.unsent.Write(line)
	w.unsent.WriteByte('\n')
	w.changed.Broadcast()
	return nil
}

// Refusal is the error in the result line of a refused line.
type Refusal struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Detail  string `json:"detail,omitempty"`
	Pointer string `json:"pointer,omitempty"`
}

// Refusal turns the error of one line into the error in its result line, and logs
// the cause, which the result line does not hold.
func (w *LineWriter) Refusal(err error) Refusal {
	p := w.x.problem(err)
	r := Refusal{Status: p.Status, Code: p.Code, Detail: p.Detail}
	if len(p.Errors) > 0 { // a result line has one error: the first
		r.Code, r.Detail, r.Pointer = p.Errors[0].Code, p.Errors[0].Detail, p.Errors[0].Pointer
	}
	return r
}

// run is the handler's goroutine. The goroutine of the connection waits for it in Close.
func (w *LineWriter) run(h func() (any, error)) {
	defer close(w.done)
	defer w.cancel()
	last, err := w.callHandler(h)
	if err != nil {
		last = streamFailure{Error: w.x.problem(err)}
	}
	_ = w.Write(last) // it fails only if the client has closed the connection
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finished = true
	w.changed.Broadcast()
}

// streamFailure is the last line of a stream that broke off.
type streamFailure struct {
	Done  bool     `json:"done"`
	Error *Problem `json:"error"`
}

// callHandler turns a panic of the handler into an error.
func (w *LineWriter) callHandler(h func() (any, error)) (last any, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			w.x.logPanic(recovered)
			err = &models.Error{Kind: models.Internal}
		}
	}()
	return h()
}

// extendDeadline gives the client another StreamLimits.IdleTimeout to send or to read, but not
// beyond StreamLimits.Timeout.
func (w *LineWriter) extendDeadline() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.extendDeadlineLocked()
}

// extendDeadlineLocked is extendDeadline for callers that hold the lock.
func (w *LineWriter) extendDeadlineLocked() {
	if w.closed { // the deadline that Close has set must stay
		return
	}
	deadline := time.Now().Add(w.x.route.server.opt.Stream.IdleTimeout)
	if deadline.After(w.deadline) {
		deadline = w.deadline
	}
	_ = w.conn.SetDeadline(deadline) // on a closed connection reading and writing fail as well
	if w.x.route.server.stopped() {  // Shutdown can have interrupted the wait just before
		_ = w.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// reader returns the end from which fasthttp reads the reply.
func (w *LineWriter) reader() io.ReadCloser { return replyReader{w} }

// replyReader is the reading end of a LineWriter: fasthttp reads the reply from it.
type replyReader struct{ w *LineWriter }

// Read waits for the next lines. fasthttp sends what it gets at once.
func (u replyReader) Read(p []byte) (int, error) {
	w := u.w
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.unsent.Len() == 0 && !w.finished {
		w.changed.Wait()
	}
	if w.unsent.Len() == 0 {
		return 0, io.EOF
	}
	w.extendDeadlineLocked()
	n, err := w.unsent.Read(p)
	w.sent += n
	w.changed.Broadcast()
	return n, err
}

// Close is called by fasthttp when the whole reply is sent or the client has closed
// the connection. It ends the handler, waits for it and finishes the request.
func (u replyReader) Close() error {
	w := u.w
	w.mu.Lock()
	w.closed = true
	if !w.finished { // the client has closed the connection, or the server has lost it
		w.cancel()
		_ = w.conn.SetReadDeadline(time.Unix(1, 0)) // ends a read in progress
	}
	w.changed.Broadcast()
	w.mu.Unlock()
	<-w.done
	if c, ok := w.conn.(*conn); ok {
		c.streaming.Store(false)
	}
	w.x.finish(w.sent)
	return nil
}
