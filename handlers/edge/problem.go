package edge

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"example.org/tocsin/models"
)

// Problem is the reply to every request that is refused or fails (RFC 9457). It
// never holds a submitted value or a cause (TestBodiesThatAreRefused). Programs decide
// by Code, which is stable and listed in docs/errors.md. Type is a URN of the same
// code: the RFC wants a URI, and a URL would promise a page that may move.
type Problem struct {
	Type      string       `json:"type"                 doc:"A URI for the type of problem: urn:tocsin:problem: and the code."`
	Title     string       `json:"title"                doc:"The name of the HTTP status."`
	Status    int          `json:"status"               doc:"The HTTP status."`
	Code      string       `json:"code"                 doc:"The stable error code."`
	Detail    string       `json:"detail,omitempty"     doc:"The error in one or two English sentences."`
	Errors    []FieldError `json:"errors,omitempty"     doc:"The fields and parameters that are wrong, if known."`
	Existing  string       `json:"existing,omitempty"   doc:"The id of what exists already, if the request conflicts with it."`
	RequestID string       `json:"request_id,omitempty" doc:"The id of the request, as in the header X-Request-ID and in the server's log."`

	header map[string]string
}

// FieldError is an error of one field of the body or one parameter.
type FieldError struct {
	Pointer   string `json:"pointer,omitempty"   doc:"JSON pointer (RFC 6901) to the field in the body."`
	Parameter string `json:"parameter,omitempty" doc:"The parameter, such as query/cursor, if the error is not in the body."`
	Code      string `json:"code"                doc:"The stable error code."`
	Detail    string `json:"detail,omitempty"    doc:"The error in one English sentence."`
}

// Error makes a Problem a huma.StatusError, which Huma sends as it is.
func (p *Problem) Error() string { return p.Code }

// GetStatus is part of huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is part of huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return mediaProblem }

// GetHeaders is part of huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	for name, value := range p.header {
		h.Set(name, value)
	}
	return h
}

// statusOf is the only place that maps a kind of error to a status (TestEveryKindOfErrorHasItsStatus).
func statusOf(k models.ErrorKind) int {
	switch k {
	case models.Malformed:
		return http.StatusBadRequest
	case models.Invalid:
		return http.StatusUnprocessableEntity
	case models.Unauthenticated:
		return http.StatusUnauthorized
	case models.Forbidden:
		return http.StatusForbidden
	case models.NotFound:
		return http.StatusNotFound
	case models.Conflict:
		return http.StatusConflict
	case models.Stale:
		return http.StatusPreconditionFailed
	case models.PreconditionRequired:
		return http.StatusPreconditionRequired
	case models.TooLarge:
		return http.StatusRequestEntityTooLarge
	case models.Unsupported:
		return http.StatusUnsupportedMediaType
	case models.RateLimited:
		return http.StatusTooManyRequests
	case models.Unavailable:
		return http.StatusServiceUnavailable
	case models.Internal:
	}
	return http.StatusInternalServerError
}

// problemOf turns any error into a problem for the client. Several models.Errors
// joined by errors.Join become one problem with several field errors.
func problemOf(err error, id string) *Problem {
	var problem *Problem
	if errors.As(err, &problem) {
		p := *problem
		p.RequestID = id
		return &p
	}
	e := publicError(err)
	p := newProblem(statusOf(e.Kind), e.Code, e.Detail)
	p.RequestID, p.Existing = id, e.Existing
	p.Errors = fieldErrorsOf(err)
	switch e.Kind {
	case models.Unauthenticated:
		p.header = map[string]string{fiber.HeaderWWWAuthenticate: "Bearer"}
	case models.Unavailable, models.RateLimited: // Retry-After is in whole seconds, and 0 would mean at once
		p.header = map[string]string{fiber.HeaderRetryAfter: strconv.FormatInt(seconds(max(e.RetryAfter, time.Second)), 10)}
	default:
		if e.RetryAfter > 0 {
			p.header = map[string]string{fiber.HeaderRetryAfter: strconv.FormatInt(seconds(e.RetryAfter), 10)}
		}
	}
	return p
}

// newProblem returns a problem whose type and title follow from its code and status
// (RFC 9457, 3.1).
func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "urn:tocsin:problem:" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// publicError returns the models.Error in err, with a code. Any other error is
// Internal, and the client learns nothing of its text. A bare models.ErrorKind, such as
// a NotFound of the store, takes its own name as the code.
func publicError(err error) models.Error {
	var modelErr *models.Error
	if errors.As(err, &modelErr) && modelErr.Kind != models.Internal {
		e := *modelErr
		e.Code = orDefault(e.Code, codeFrom(e.Kind.Error()))
		return e
	}
	// The deadline is the server's own: the same request can succeed under less load.
	if errors.Is(err, context.DeadlineExceeded) {
		return models.Error{Kind: models.Unavailable, Code: "deadline_exceeded", Detail: "The request took too long. Try again."}
	}
	var kind models.ErrorKind
	if modelErr == nil && errors.As(err, &kind) && kind != models.Internal {
		return models.Error{Kind: kind, Code: codeFrom(kind.Error())}
	}
	return models.Error{Kind: models.Internal, Code: "internal", Detail: "The server failed to handle the request."}
}

// fieldErrorsOf lists the fields that err and the errors joined in it name.
func fieldErrorsOf(err error) []FieldError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []FieldError
		for _, one := range joined.Unwrap() {
			out = append(out, fieldErrorsOf(one)...)
		}
		return out
	}
	var modelErr *models.Error
	if !errors.As(err, &modelErr) || modelErr.Field == "" || modelErr.Kind == models.Internal {
		return nil
	}
	return []FieldError{{Pointer: modelErr.Field, Code: modelErr.Code, Detail: modelErr.Detail}}
}

// logCause logs the cause of a 5xx, which the problem does not hold. Other statuses are the client's to mend.
func logCause(log *slog.Logger, p *Problem, err error, route string) {
	switch {
	case p.Status == http.StatusServiceUnavailable:
		log.Warn("request not served", "route", route, "request_id", p.RequestID, "code", p.Code, "error", err)
	case p.Status >= http.StatusInternalServerError:
		log.Error("request failed", "route", route, "request_id", p.RequestID, "error", err)
	}
}

// unrouted returns the problem of a request that no route takes, by the status that Fiber gives it.
func unrouted(err error) error {
	var f *fiber.Error
	status := http.StatusInternalServerError
	if errors.As(err, &f) {
		status = f.Code
	}
	switch status {
	case http.StatusNotFound:
		return newProblem(status, "route_unknown", "No operation has this path.")
	case http.StatusMethodNotAllowed:
		return newProblem(status, "method_not_allowed", "The path does not support this method. See the header Allow.")
	case http.StatusRequestTimeout:
		return newProblem(status, "request_timeout", "The request did not arrive in time.")
	case http.StatusRequestHeaderFieldsTooLarge:
		return newProblem(status, "headers_too_large", "The request line and the headers are too large.")
	case http.StatusRequestEntityTooLarge:
		return newProblem(status, "body_too_large", "The body is too large.")
	case http.StatusInternalServerError:
		return err
	}
	return newProblem(http.StatusBadRequest, "request_malformed", "Malformed HTTP request.")
}

// codeFrom turns a name into the form of an error code: lower case and underscores.
func codeFrom(name string) string {
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(name))
}
