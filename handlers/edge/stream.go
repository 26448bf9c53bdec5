package edge

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/models"
)

// Stream adds an operation that reads lines and answers with lines while it
// reads: Huma reads the parameters into I; each line of the body is checked
// against L; lines of the reply are described by R. The handler's last value
// is the last line, by which a client knows that it has everything. A stream
// that breaks ends with {"done": false, "error": problem}.
//
// The handler runs beside the connection's own goroutine, which waits for it,
// so a client that sends everything before it reads anything is served too:
// replies wait for it, up to 4 MiB of them. With a Content-Length, fasthttp
// waits for the first 8 KiB before it calls anybody; a chunked body is read as
// it comes.
func Stream[R, I, L any](s *Server, op huma.Operation, p Policy,
	h func(ctx context.Context, in *I, lines *Lines[L], out *LineWriter) (last any, err error),
) {
	opPlan := plan{policy: p, media: mediaNDJSON, limit: orDefault(int(op.MaxBodyBytes), s.opt.Stream.BodyBytes), lines: true}
	line := typeOf[L]()
	schema := s.schema(line, op.OperationID+"Line")
	op.RequestBody = &huma.RequestBody{Required: true, Content: s.linesOf(line, op.OperationID+"Line")}
	op.Responses = map[string]*huma.Response{"200": {Description: http.StatusText(http.StatusOK), Content: s.linesOf(typeOf[R](), op.OperationID+"Result")}}
	s.describe(&op, opPlan, typeOf[I]())
	keys := shapeOf(line)

	type reply struct{ Body func(huma.Context) }
	huma.Register(s.api, op, func(_ context.Context, in *I) (*reply, error) {
		return &reply{Body: func(hc huma.Context) {
			c := hc.(*humaContext) //nolint:forcetypeassert // our adapter makes no other
			c.x.stream(c.ctx, c.cancel, func(ctx context.Context, out *LineWriter) (any, error) {
				lines := &Lines[L]{
					source: bufio.NewReaderSize(out.body, s.opt.Stream.LineBytes), server: s, shape: keys, schema: schema,
					remaining: opPlan.limit, extendDeadline: out.extendDeadline, stopping: s.stopping,
				}
				return h(ctx, in, lines, out)
			})
		}}, nil
	})
}

// linesOf describes lines of one type. OpenAPI 3.1 has no word for it: the
// body is a string, and an extension names the schema of a line.
func (s *Server) linesOf(t reflect.Type, hint string) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{mediaNDJSON: {Schema: &huma.Schema{
		Type: huma.TypeString, Description: "One JSON value on each line: see x-line.",
		Extensions: map[string]any{"x-line": s.schema(t, hint)},
	}}}
}

// stream lets run make the reply while the connection sends it.
func (x *exchange) stream(ctx context.Context, cancel context.CancelFunc, run func(context.Context, *LineWriter) (any, error)) {
	x.streaming = true
	x.rc.SetStatusCode(http.StatusOK)
	x.rc.Response.Header.SetContentType(mediaNDJSON)
	out := newLineWriter(x, cancel)
	x.rc.Response.SetBodyStream(out.reader(), -1)
	go out.run(func() (any, error) { return run(ctx, out) })
}

// maxUnsent is how much of a reply waits for a client that does not read yet.
const maxUnsent = 4 << 20

// LineWriter is the reply of a stream.
type LineWriter struct {
	x        *exchange
	conn     net.Conn
	deadline time.Time // the end of the stream's time
	body     io.Reader
	cancel   context.CancelFunc
	done     chan struct{} // closed when the handler has returned

	mu       sync.Mutex
	changed  sync.Cond
	unsent   bytes.Buffer
	sent     int
	finished bool // nothing more comes
	closed   bool // nobody reads any more
}

func newLineWriter(x *exchange, cancel context.CancelFunc) *LineWriter {
	w := &LineWriter{
		x: x, conn: x.rc.Conn(), deadline: x.start.Add(x.route.server.opt.Stream.Timeout),
		body: x.rc.RequestBodyStream(), cancel: cancel, done: make(chan struct{}),
	}
	if w.body == nil {
		w.body = http.NoBody
	}
	w.changed.L = &w.mu
	return w
}

// Write adds a line. It is sent at once, and waits only if the client has left
// 4 MiB unread. An error means that the client has gone.
func (w *LineWriter) Write(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err //nolint:wrapcheck // the handler's own type
	}
	w.mu.Lock()
	defer w.mu.Unlock()
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

// Refusal is what a result line says about a line that was refused.
type Refusal struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Detail  string `json:"detail,omitempty"`
	Pointer string `json:"pointer,omitempty"`
}

// Refusal turns the error of one line into what its result line says, and logs
// what that must not say.
func (w *LineWriter) Refusal(err error) Refusal {
	p := w.x.problem(err)
	r := Refusal{Status: p.Status, Code: p.Code, Detail: p.Detail}
	if len(p.Errors) > 0 {
		r.Code, r.Detail, r.Pointer = p.Errors[0].Code, p.Errors[0].Detail, p.Errors[0].Pointer
	}
	return r
}

// run is the handler's goroutine. Its owner is the connection's, which waits in Close.
func (w *LineWriter) run(h func() (any, error)) {
	defer close(w.done)
	defer w.cancel()
	last, err := w.callHandler(h)
	if err != nil {
		last = streamFailure{Error: w.x.problem(err)}
	}
	// A client that has gone cannot be told.
	_ = w.Write(last)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finished = true
	w.changed.Broadcast()
}

// broke is the last line of a stream that did not come to its end.
type streamFailure struct {
	Done  bool     `json:"done"`
	Error *Problem `json:"error"`
}

func (w *LineWriter) callHandler(h func() (any, error)) (last any, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			w.x.logPanic(recovered)
			err = &models.Error{Kind: models.Internal}
		}
	}()
	return h()
}

// extend gives the client its time again, to send and to read.
func (w *LineWriter) extendDeadline() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.extendDeadlineLocked()
}

func (w *LineWriter) extendDeadlineLocked() {
	if w.closed { // Close has set a deadline that must stay
		return
	}
	deadline := time.Now().Add(w.x.route.server.opt.Stream.IdleTimeout)
	if deadline.After(w.deadline) {
		deadline = w.deadline
	}
	// If the connection has gone, reading and writing say so.
	_ = w.conn.SetDeadline(deadline)
}

func (w *LineWriter) reader() io.ReadCloser { return replyReader{w} }

// unsent is the other end of a LineWriter: fasthttp reads the reply from it.
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
	return n, err //nolint:wrapcheck // io.Reader
}

// Close is called by fasthttp when all is sent or the client has gone. It ends
// the handler, waits for it and closes the books on the request.
func (u replyReader) Close() error {
	w := u.w
	w.mu.Lock()
	w.closed = true
	if !w.finished {
		w.cancel()
		_ = w.conn.SetReadDeadline(time.Unix(1, 0)) // ends a wait
	}
	w.changed.Broadcast()
	w.mu.Unlock()
	<-w.done
	w.x.finish(w.sent)
	return nil
}
