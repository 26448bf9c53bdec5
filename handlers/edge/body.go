package edge

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"

	"example.org/tocsin/models"
)

// readBody reads a JSON body whole and scans it before it is decoded. Of a
// stream it checks only the headers: Lines reads and scans the body.
func (x *exchange) readBody() error {
	if x.route.media == "" {
		return nil
	}
	h := &x.rc.Request.Header
	if enc := h.ContentEncoding(); len(enc) > 0 && !bytes.EqualFold(enc, []byte("identity")) {
		return &models.Error{Kind: models.Unsupported, Code: "content_encoding_unsupported", Detail: "Compressed bodies are not supported."}
	}
	if h.ContentLength() > x.route.limit {
		return tooLarge()
	}
	// A JSON body can be absent, and then needs no media type. A stream always has one.
	if !isMedia(h.ContentType(), x.route.media) && (x.route.lines || h.ContentLength() != 0 || len(h.ContentType()) > 0) {
		return &models.Error{Kind: models.Unsupported, Code: "media_type_unsupported", Detail: "The body must be " + x.route.media + "."}
	}
	if x.route.lines || x.expects == expectAsking {
		return nil
	}
	body, err := x.readWholeBody()
	if err != nil {
		// The rest of the body is still to come: it must not be read as the next request.
		x.rc.SetConnectionClose()
		return err
	}
	x.body = body
	if len(body) == 0 {
		return nil // Huma knows whether a body is required
	}
	return scan(body, x.route.shape)
}

// readWholeBody reads the body up to the route's limit. It does not trust
// Content-Length, which a chunked body has not (TestAChunkedBodyIsLimitedToo).
func (x *exchange) readWholeBody() ([]byte, error) {
	stream := x.rc.RequestBodyStream()
	if stream == nil {
		return nil, nil
	}
	var b bytes.Buffer
	if n := x.rc.Request.Header.ContentLength(); n > 0 {
		b.Grow(n + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(stream, int64(x.route.limit)+1))
	switch {
	case err != nil:
		return nil, bodyReadError(err)
	case b.Len() > x.route.limit:
		return nil, tooLarge()
	}
	return b.Bytes(), nil
}

// bodyReadError turns an error of reading a body into what the client is told.
func bodyReadError(err error) error {
	if isTimeout(err) {
		return newProblem(http.StatusRequestTimeout, "request_timeout", "The body did not arrive in time.")
	}
	return malformed("body_broken", "The body is incomplete.")
}

// isTimeout reports whether a deadline of the connection has passed.
func isTimeout(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) && netErr.Timeout()
}

// tooLarge is the error of a body over its limit.
func tooLarge() error {
	return &models.Error{Kind: models.TooLarge, Code: "body_too_large", Detail: "The body is too large."}
}

// isMedia reports whether a Content-Type is the media type want. Its only parameter can be charset=utf-8.
func isMedia(header []byte, want string) bool {
	name, params, _ := bytes.Cut(header, []byte(";"))
	if !bytes.EqualFold(bytes.TrimSpace(name), []byte(want)) {
		return false
	}
	params = bytes.TrimSpace(params)
	if len(params) == 0 {
		return true
	}
	charset, ok := bytes.CutPrefix(bytes.ToLower(params), []byte("charset="))
	return ok && string(bytes.Trim(charset, `"`)) == "utf-8"
}
