package edge

import "example.org/tocsin/models"

// RawRequest is a request on a Raw route. Its caller, limit, parameters and headers
// have been checked as for any other. It must not be used after the handler has returned.
type RawRequest struct{ x *exchange }

// Param returns a parameter of the path, decoded. The string may be kept.
func (r *RawRequest) Param(name string) string { return r.x.param(name) }

// Query returns a parameter of the query, decoded, or "". The string may be kept.
func (r *RawRequest) Query(name string) string { return string(r.x.rc.QueryArgs().Peek(name)) }

// Caller returns the caller of the request.
func (r *RawRequest) Caller() models.Caller { return r.x.caller }

// RequestID returns the request's id.
func (r *RawRequest) RequestID() string { return r.x.id }

// Scratch returns an empty buffer to append a reply to and pass to Reply. Later
// requests use it again, so a handler must not keep it.
func (r *RawRequest) Scratch() []byte { return r.x.scratch[:0] }

// Reply sends JSON. The body is copied. A buffer of up to 16 KiB that has grown is kept for later requests.
func (r *RawRequest) Reply(status int, body []byte) {
	r.x.rc.Response.Header.SetContentType(mediaJSON)
	r.x.rc.Response.SetStatusCode(status)
	r.x.rc.Response.SetBody(body)
	if cap(body) > cap(r.x.scratch) && cap(body) <= 16<<10 {
		r.x.scratch = body[:0]
	}
}
