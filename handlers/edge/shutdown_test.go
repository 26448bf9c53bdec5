package edge

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// stop shuts the server down within the time and returns how long that took.
func (h *testServer) stop(t *testing.T, within time.Duration) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	started := time.Now()
	if err := h.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	return time.Since(started)
}

const streamHead = "POST /v1/sums:batch HTTP/1.1\r\nHost: x\r\n" + ndjson + "\r\nTransfer-Encoding: chunked\r\n\r\n"

func TestASlowReaderDoesNotDelayTheStop(t *testing.T) {
	ended := make(chan error, 1)
	h := startServer(t, Options{}, func(s *Server) {
		Stream[sumResult](s, huma.Operation{OperationID: "sums", Method: http.MethodPost, Path: "/v1/sums:batch"}, Public(),
			func(ctx context.Context, _ *sumIn, _ *Lines[sum], out *LineWriter) (any, error) {
				result := sumResult{Refusal: Refusal{Detail: strings.Repeat("a", 10_000)}}
				for ctx.Err() == nil {
					if err := out.Write(result); err != nil {
						break
					}
				}
				ended <- ctx.Err()
				return nil, ctx.Err()
			})
	})
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, streamHead)
	if _, err := conn.Read(make([]byte, 100)); err != nil { // and then it reads nothing
		t.Fatal(err)
	}
	if took := h.stop(t, 300*time.Millisecond); took > 2*time.Second {
		t.Errorf("the stop took %v", took)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the handler ended with %v", err)
		}
	default:
		t.Error("the handler goes on after the stop")
	}
	if n := h.openConnections(); n != 0 {
		t.Errorf("%d connections are open after the stop", n)
	}
	if rest, _ := io.ReadAll(conn); strings.Contains(string(rest), `"done"`) {
		t.Error("a reply that was cut off has a last line")
	}
}

func TestAStoppingServerEndsStreamsThatWait(t *testing.T) {
	h := startServer(t, Options{}, sumsRoute(Public(), nil))
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, streamHead+"8\r\n{\"a\":1}\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	took := make(chan time.Duration, 1)
	go func() { took <- h.stop(t, 8*time.Second) }()
	all, _ := io.ReadAll(res.Body) // the client sends nothing more, and closes when it has read all
	conn.Close()
	if took := <-took; took > 3*time.Second {
		t.Errorf("the stop took %v", took)
	}
	if _, _, failure := parseReply(t, string(all)); failure.Error == nil || failure.Error.Code != "stopping" {
		t.Errorf("last line: %+v", failure)
	}
}

func TestAHandlerIsToldWhenTheStopIsOver(t *testing.T) {
	begun := make(chan struct{})
	h := startServer(t, Options{Timeout: time.Hour}, thingRoute(Public(), func(ctx context.Context, _ *putIn) (*putOut, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "PUT /v1/things/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
	<-begun
	if took := h.stop(t, 200*time.Millisecond); took > 2*time.Second {
		t.Errorf("the stop took %v", took)
	}
}
