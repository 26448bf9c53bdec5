package edge

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"example.org/tocsin/models"
)

// BenchmarkCheck compares a raw route, with all that the edge does for it, with a
// bare Fiber handler that sends the same body and as many bytes. Each has 64
// keep-alive connections, each with a device of its own. They take turns of 3,200
// requests, so that other load on the machine slows down both.
func BenchmarkCheck(b *testing.B) {
	body := `{"verdict":{"level":"danger","category":"parcel","reasons":[],"advice":{"code":"hang_up","text":"` +
		strings.Repeat("Hang up. ", 15) + `"}}}`
	limit := Rate{PerSecond: 1e6}
	h := startServer(b, Options{Log: discard(), Limits: Limits{Device: limit, Key: limit}},
		checkRoute(DeviceOr(models.ScopeChecks), fixedReply(body)))
	padding := ""
	bare := fiber.New(fiber.Config{DisableStartupMessage: true})
	bare.Get("/v1/checks/:kind/:value", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, mediaJSON)
		if padding != "" {
			c.Set("X", padding)
		}
		return c.SendString(body)
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = bare.Listener(ln) }()
	b.Cleanup(func() { _ = bare.Shutdown() })

	ours, theirs := dial(b, h.addr), dial(b, ln.Addr().String())
	for i := range ours {
		token := h.auth.add(models.Caller{Device: fmt.Sprintf("dev_0192d5a0-0000-7000-8000-%012d", i)})
		ours[i].request = []byte("GET /v1/checks/phone/%2B12025550100?region=US HTTP/1.1\r\nHost: tocsin.example\r\n" +
			"Authorization: Bearer " + token + "\r\n\r\n")
		theirs[i].request = ours[i].request
	}
	padding = strings.Repeat("x", ours[0].size(b)-theirs[0].size(b)-len("X: \r\n"))
	var elapsed [2]time.Duration
	sent := 0
	for b.Loop() {
		elapsed[0] += sendAll(b, theirs)
		elapsed[1] += sendAll(b, ours)
		sent += len(ours) * requestsPerTurn
	}
	b.ReportMetric(float64(sent)/elapsed[0].Seconds(), "bare-req/s")
	b.ReportMetric(float64(sent)/elapsed[1].Seconds(), "edge-req/s")
	b.ReportMetric(elapsed[0].Seconds()/elapsed[1].Seconds(), "edge/bare")
}

// requestsPerTurn is the number of requests that one connection sends in one turn.
const requestsPerTurn = 50

type benchConn struct {
	net.Conn
	r       *bufio.Reader
	request []byte
}

func dial(b *testing.B, addr string) []benchConn {
	out := make([]benchConn, 64)
	for i := range out {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		out[i] = benchConn{Conn: conn, r: bufio.NewReader(conn)}
	}
	return out
}

// size is the length of one reply in bytes.
func (l benchConn) size(b *testing.B) int {
	if _, err := l.Write(l.request); err != nil {
		b.Fatal(err)
	}
	n, err := skipReply(l.r)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func sendAll(b *testing.B, lines []benchConn) time.Duration {
	started := time.Now()
	var wg sync.WaitGroup
	for _, l := range lines {
		wg.Go(func() {
			for range requestsPerTurn {
				if _, err := l.Write(l.request); err != nil {
					b.Error(err)
					return
				}
				if _, err := skipReply(l.r); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(started)
}

// skipReply reads one reply as cheaply as possible, so that the benchmark measures
// the server, and returns its length in bytes.
func skipReply(r *bufio.Reader) (int, error) {
	length, head := 0, 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		head += len(line)
		if len(line) == 2 {
			_, err := r.Discard(length)
			return head + length, err
		}
		if n, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(n))); err != nil {
				return 0, io.ErrUnexpectedEOF
			}
		}
	}
}

// BenchmarkScan measures scan on a report of usual size.
func BenchmarkScan(b *testing.B) {
	body := []byte(`{"items":[{"kind":"phone","value":"+12025550100"},{"kind":"url","value":"https://parcel.example/pay"}],"note":"` +
		strings.Repeat("they said my parcel is held \\n ", 10) + `"}`)
	s := shapeOf(typeOf[struct {
		Items []item `json:"items"`
		Note  string `json:"note"`
	}]())
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := scan(body, s); err != nil {
			b.Fatal(err)
		}
	}
}
