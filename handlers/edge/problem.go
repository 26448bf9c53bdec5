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

// Problem is the reply to every request that is refused or fails (RFC 9457).
// It never holds a value that was submitted, and never a cause.
type Problem struct {
	Type      string  `json:"type"                 doc:"urn:tocsin:problem: and the code"`
	Title     string  `json:"title"                doc:"The status in words"`
	Status    int     `json:"status"               doc:"The HTTP status"`
	Code      string  `json:"code"                 doc:"What is wrong, for programs: stable"`
	Detail    string  `json:"detail,omitempty"     doc:"What is wrong, for people"`
	Errors    []Fault `json:"errors,omitempty"     doc:"Where it is wrong, if that is known"`
	RequestID string  `json:"request_id,omitempty" doc:"The request's id, to quote when asking us about it"`

	header map[string]string
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Pointer   string `json:"pointer,omitempty"   doc:"JSON pointer (RFC 6901) into the body"`
	Parameter string `json:"parameter,omitempty" doc:"The parameter, such as query/cursor, if it is not the body"`
	Code      string `json:"code"                doc:"What is wrong, for programs: stable"`
	Detail    string `json:"detail,omitempty"    doc:"What is wrong, for people"`
}

// Error makes a Problem an error that Huma sends as it is.
func (p *Problem) Error() string { return p.Code }

// GetStatus is for Huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is for Huma.
func (p *Problem) ContentType(string) string { return mediaProblem }

// GetHeaders is for Huma.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	for name, value := range p.header {
		h.Set(name, value)
	}
	return h
}

// statusOf is the one place where a kind of error becomes a status.
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

// problemOf turns any error into what may be said about it. Several
// models.Errors joined by errors.Join become one problem with several faults.
func problemOf(err error, id string) *Problem {
	var problem *Problem
	if errors.As(err, &problem) {
		p := *problem
		p.RequestID = id
		return &p
	}
	e := publicError(err)
	p := newProblem(statusOf(e.Kind), e.Code, e.Detail)
	p.RequestID = id
	p.Errors = faultsOf(err)
	switch e.Kind {
	case models.Unauthenticated:
		p.header = map[string]string{fiber.HeaderWWWAuthenticate: "Bearer"}
	case models.Unavailable, models.RateLimited:
		p.header = map[string]string{fiber.HeaderRetryAfter: strconv.FormatInt(seconds(max(e.RetryAfter, time.Second)), 10)}
	default:
		if e.RetryAfter > 0 {
			p.header = map[string]string{fiber.HeaderRetryAfter: strconv.FormatInt(seconds(e.RetryAfter), 10)}
		}
	}
	return p
}

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "urn:tocsin:problem:" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// publicError finds what err says in our own words; an error in other words is
// Internal, and nothing of it is said.
func publicError(err error) models.Error {
	var modelErr *models.Error
	if errors.As(err, &modelErr) && modelErr.Kind != models.Internal {
		e := *modelErr
		e.Code = orDefault(e.Code, codeFrom(e.Kind.Error()))
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return models.Error{Kind: models.Unavailable, Code: "deadline_exceeded", Detail: "It took too long. Try again."}
	}
	var kind models.ErrorKind
	if modelErr == nil && errors.As(err, &kind) && kind != models.Internal {
		return models.Error{Kind: kind, Code: codeFrom(kind.Error())}
	}
	return models.Error{Kind: models.Internal, Code: "internal", Detail: "Something went wrong on our side."}
}

// faultsOf lists the fields at fault.
func faultsOf(err error) []Fault {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []Fault
		for _, one := range joined.Unwrap() {
			out = append(out, faultsOf(one)...)
		}
		return out
	}
	var modelErr *models.Error
	if !errors.As(err, &modelErr) || modelErr.Field == "" || modelErr.Kind == models.Internal {
		return nil
	}
	return []Fault{{Pointer: modelErr.Field, Code: modelErr.Code, Detail: modelErr.Detail}}
}

// logCause logs what the problem does not say, if it is ours to look after.
func logCause(log *slog.Logger, p *Problem, err error, route string) {
	switch {
	case p.Status == http.StatusServiceUnavailable:
		log.Warn("request not served", "route", route, "request_id", p.RequestID, "code", p.Code, "error", err)
	case p.Status >= http.StatusInternalServerError:
		log.Error("request failed", "route", route, "request_id", p.RequestID, "error", err)
	}
}

// unrouted says why no route took a request, from the status that Fiber gives it.
func unrouted(err error) error {
	var f *fiber.Error
	status := http.StatusInternalServerError
	if errors.As(err, &f) {
		status = f.Code
	}
	switch status {
	case http.StatusNotFound:
		return newProblem(status, "route_unknown", "There is nothing here.")
	case http.StatusMethodNotAllowed:
		return newProblem(status, "method_not_allowed", "This path does not have this method: see Allow.")
	case http.StatusRequestTimeout:
		return newProblem(status, "request_timeout", "The request did not arrive in time.")
	case http.StatusRequestHeaderFieldsTooLarge:
		return newProblem(status, "headers_too_large", "The request line and the headers are too long.")
	case http.StatusRequestEntityTooLarge:
		return newProblem(status, "body_too_large", "The body is too long.")
	case http.StatusInternalServerError:
		return err
	}
	return newProblem(http.StatusBadRequest, "request_malformed", "This is not HTTP as we read it.")
}

// code is a name in the form of our codes.
func codeFrom(name string) string {
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(name))
}
