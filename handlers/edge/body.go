package edge

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"

	"example.org/tocsin/models"
)

// readBody reads a JSON body whole and looks through it before anybody decodes
// it. Of a stream only the headers are looked at.
func (x *exchange) readBody() error {
	if x.route.media == "" {
		return nil
	}
	h := &x.rc.Request.Header
	if enc := h.ContentEncoding(); len(enc) > 0 && !bytes.EqualFold(enc, []byte("identity")) {
		return &models.Error{Kind: models.Unsupported, Code: "content_encoding_unsupported", Detail: "Compressed bodies are not taken."}
	}
	if h.ContentLength() > x.route.limit {
		return tooLarge()
	}
	if !isMedia(h.ContentType(), x.route.media) && (x.route.lines || h.ContentLength() != 0 || len(h.ContentType()) > 0) {
		return &models.Error{Kind: models.Unsupported, Code: "media_type_unsupported", Detail: "The body must be " + x.route.media + "."}
	}
	if x.route.lines {
		return nil
	}
	body, err := x.readWholeBody()
	if err != nil {
		x.rc.SetConnectionClose()
		return err
	}
	x.body = body
	if len(body) == 0 {
		return nil // Huma knows whether there must be one
	}
	return scan(body, x.route.shape)
}

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

// broken says why a body could not be read to its end.
func bodyReadError(err error) error {
	var netErr net.Error
	if errors.As(err, &netErr) && netErr.Timeout() {
		return newProblem(http.StatusRequestTimeout, "request_timeout", "The body did not arrive in time.")
	}
	return malformed("body_broken", "The body ended before its end.")
}

func tooLarge() error {
	return &models.Error{Kind: models.TooLarge, Code: "body_too_large", Detail: "The body is too long."}
}

// isMedia compares a Content-Type with a media type. A charset other than UTF-8 is none of ours.
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
