package fcm

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// reply is what came of one exchange with FCM. Send puts an empty one into the
// context and the transport fills it in: past the SDK, which would turn it into
// another request or into words.
type reply struct {
	tried      bool // a request was made of the message
	sent       bool // it got as far as a connection: what failed before is the credentials' fault
	status     int
	retryAfter time.Duration // Retry-After
	body       []byte
	err        error
}

type replyKey struct{}

func replyOf(r *http.Request) *reply {
	if got, ok := r.Context().Value(replyKey{}).(*reply); ok {
		return got
	}
	return &reply{}
}

// recorder keeps what came back and hands the SDK something that it takes for
// final, since the SDK repeats network errors and 503 at once.
type recorder struct{ next http.RoundTripper }

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

func newResponse(r *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// longestWait is the most that a Retry-After is believed: a warning a day late is no warning.
const maxRetryAfter = time.Hour

// retryAfter reads the header Retry-After, seconds or a date (RFC 9110, 10.2.3); 0 when it is neither.
func retryAfter(v string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(v); err == nil {
		return min(max(time.Duration(min(seconds, 1<<20))*time.Second, 0), maxRetryAfter)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
