package fcm

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// reply is what came of one exchange with FCM. Send puts an empty one into the context and the
// transport fills it in. So it gets past the SDK, which would turn it into another request or into
// a text.
//
// tried and sent tell three failures apart: the SDK refused the message (neither), there is no
// access token (tried), the exchange itself failed (both).
type reply struct {
	tried      bool // a request was made of the message
	sent       bool // it got as far as a connection: what failed before is the credentials' fault
	status     int
	retryAfter time.Duration // Retry-After
	body       []byte
	err        error
	tokenless  time.Duration // for how long there has been no access token; 0 where there is one
}

// replyKey is the key of a reply in a context.
type replyKey struct{}

// replyOf returns the reply that belongs to a request; one that nobody reads for a request without,
// such as in a benchmark.
func replyOf(r *http.Request) *reply {
	if got, ok := r.Context().Value(replyKey{}).(*reply); ok {
		return got
	}
	return &reply{}
}

// recorder keeps what came back, and gives the SDK something that it takes for final: the SDK
// repeats network errors and status 503 up to four times, without jitter, while the outbox believes
// that one push is under way.
type recorder struct{ next http.RoundTripper }

// RoundTrip makes the exchange and never returns an error. Everything but a 200 becomes a 400
// without a body, which the SDK does not repeat; Send does not look at what the SDK makes of it.
func (t recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	got := replyOf(r)
	got.tried = true
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		got.err = err
		return newResponse(r, http.StatusBadRequest, nil), nil
	}
	defer resp.Body.Close()
	got.body, got.err = io.ReadAll(resp.Body)
	got.status, got.retryAfter = resp.StatusCode, retryAfter(resp.Header.Get("Retry-After"), time.Now())
	if got.err != nil || got.status != http.StatusOK {
		return newResponse(r, http.StatusBadRequest, nil), nil
	}
	return newResponse(r, http.StatusOK, got.body), nil
}

// newResponse returns a response for the SDK alone.
func newResponse(r *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// maxRetryAfter bounds the pause that one Retry-After can ask for: a warning that comes a day late
// is of no use.
const maxRetryAfter = time.Hour

// retryAfter reads the header Retry-After, in seconds or as a date (RFC 9110, 10.2.3); 0 when it is
// neither, and when it lies in the past (TestRetryAfterIsSecondsOrADate).
func retryAfter(v string, now time.Time) time.Duration {
	// The inner bound keeps a number of seconds from overflowing the Duration.
	if seconds, err := strconv.Atoi(v); err == nil {
		return min(max(time.Duration(min(seconds, 1<<20))*time.Second, 0), maxRetryAfter)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// itoa writes n in decimal.
func itoa(n int64) string { return strconv.FormatInt(n, 10) }
