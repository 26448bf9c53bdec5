package edge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// stopped reports whether Shutdown has begun.
func (s *Server) stopped() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

// Shutdown stops accepting connections and waits for requests in progress, until
// ctx ends. Idle connections are closed at once, and a stream ends with an error as its
// last line, also one whose client sends nothing (TestAStoppingServerEndsStreamsThatWait). What is still open
// when ctx ends, such as a reply that its client reads slowly, is cut off: its
// handler's context ends, and the connection is closed, which the client of a stream sees by the
// missing last line (TestASlowReaderDoesNotDelayTheStop). After Shutdown, Listener
// returns at once (TestAServerThatWasStoppedDoesNotStart).
//
// It returns an error if a handler goes on though its context has ended.
func (s *Server) Shutdown(ctx context.Context) error {
	s.listenerMu.Lock()
	if !s.stopped() {
		close(s.stopping)
	}
	var closed error
	if s.listener != nil {
		closed = s.listener.Close() // fasthttp closes it only after it has begun to serve
	}
	s.listenerMu.Unlock()
	s.connections.each((*conn).interruptStream)
	defer s.cancelRequests()
	defer context.AfterFunc(ctx, s.cut)()
	err := s.app.ShutdownWithContext(ctx)
	if ctx.Err() != nil {
		err = nil // cut says more
	}
	for _, err := range []error{closed, err, s.waitForConnections(ctx)} {
		if err != nil && !errors.Is(err, net.ErrClosed) { // whichever of the two comes second
			return fmt.Errorf("stop http: %w", err)
		}
	}
	return nil
}

// afterCut is the time that handlers have to end after their connections were closed.
const afterCut = time.Second

// waitForConnections waits until no connection is open: after ctx has ended, for afterCut.
func (s *Server) waitForConnections(ctx context.Context) error {
	empty := s.connections.whenEmpty()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
	}
	timer := time.NewTimer(afterCut)
	defer timer.Stop()
	select {
	case <-empty:
		return nil
	case <-timer.C:
		return errors.New("requests are still under way")
	}
}

// cut ends the requests that Shutdown has waited for long enough. fasthttp would leave them running.
func (s *Server) cut() {
	s.cancelRequests()
	n := 0
	s.connections.each(func(c *conn) {
		c.gone.Store(true)
		_ = c.Conn.Close() // its worker sees that, and closes it for good
		n++
	})
	if n > 0 {
		s.opt.Log.Warn("connections cut off by the stop", "connections", n)
	}
}

// interruptStream ends the wait of a stream for its next line; see Lines.read.
func (c *conn) interruptStream() {
	if c.streaming.Load() {
		_ = c.SetReadDeadline(time.Unix(1, 0))
	}
}
