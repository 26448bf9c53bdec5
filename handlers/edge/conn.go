package edge

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// DrainLimits bounds what is read and dropped after a reply, of a request whose body was not
// read to its end. Closing at once would reset the connection, and a client that is
// still sending would lose the reply (RFC 9112, 9.6).
type DrainLimits struct {
	Bytes       int64         // default 64 MiB
	Timeout     time.Duration // in all; default 30 s
	IdleTimeout time.Duration // in which the client sends nothing; default 5 s
}

// connections are the open connections of a server. fasthttp does not know them by
// name, and after a shutdown that took too long it leaves them open.
type connections struct {
	drain DrainLimits
	mu    sync.Mutex
	open  map[*conn]struct{}
	empty chan struct{} // closed when none is open; nil while nobody waits
}

// listener hands out connections that are known by name.
type listener struct {
	net.Listener

	set *connections
}

// Accept waits for a connection.
func (l listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: accepted, set: l.set}
	l.set.mu.Lock()
	defer l.set.mu.Unlock()
	l.set.open[c] = struct{}{}
	return c, nil
}

// forget drops a connection that is closed.
func (s *connections) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	if len(s.open) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// whenEmpty returns a channel that is closed when no connection is open.
func (s *connections) whenEmpty() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) == 0 {
		none := make(chan struct{})
		close(none)
		return none
	}
	if s.empty == nil {
		s.empty = make(chan struct{})
	}
	return s.empty
}

// each calls do for every open connection.
func (s *connections) each(do func(*conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		do(c)
	}
}

// conn is one connection. fasthttp closes it; what is still to come is then drained.
type conn struct {
	net.Conn

	set       *connections
	busy      atomic.Bool // from the first byte of a request until its reply is sent and its body is read
	gone      atomic.Bool // the client has closed, or cannot be reached
	streaming atomic.Bool // the request is a stream: see Server.interruptStreams
}

// state is fasthttp's hook for the states of a connection.
func (s *connections) state(c net.Conn, state fasthttp.ConnState) {
	if known, ok := c.(*conn); ok {
		known.busy.Store(state == fasthttp.StateActive)
	}
}

// Read notes whether the client is gone.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil && !isTimeout(err) {
		c.gone.Store(true)
	}
	return n, err
}

// Write notes whether the client is gone. One that does not read is gone as well.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil {
		c.gone.Store(true)
	}
	return n, err
}

// Close closes the connection. In the middle of a request it first tells the client that nothing more comes, and
// then drops what the client still sends, within DrainLimits
// (TestABodyThatIsRefusedUnderWayIsAnsweredAndNotReset, TestARefusedClientHoldsItsConnectionOnlyForAWhile).
func (c *conn) Close() error {
	if c.busy.Swap(false) && !c.gone.Load() {
		c.discard()
	}
	c.set.forget(c)
	return c.Conn.Close()
}

// discard half-closes the connection and reads until the client closes it.
func (c *conn) discard() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	limits, buffer := c.set.drain, make([]byte, 16<<10)
	end := time.Now().Add(limits.Timeout)
	for left := limits.Bytes; left > 0; {
		deadline := time.Now().Add(limits.IdleTimeout)
		if deadline.After(end) {
			deadline = end
		}
		if c.SetReadDeadline(deadline) != nil {
			return
		}
		n, err := c.Conn.Read(buffer)
		if err != nil {
			return
		}
		left -= int64(n)
	}
}
