package models

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what a caller can do about an error. The zero Kind means that the
// fault is ours, and nothing more is said outside this process.
type ErrorKind uint8

// The kinds of error. Each maps to one HTTP status, in handlers/edge and nowhere else.
const (
	Internal             ErrorKind = iota
	Malformed                      // 400: the request cannot be read
	Invalid                        // 422: it can be read and breaks a rule
	Unauthenticated                // 401: no credential, or not a good one
	Forbidden                      // 403: a good credential for something else
	NotFound                       // 404
	Conflict                       // 409: it collides with what is there, or is in flight
	Stale                          // 412: If-Match names a revision that has passed
	PreconditionRequired           // 428: an edit without If-Match
	TooLarge                       // 413
	Unsupported                    // 415
	RateLimited                    // 429: the caller's allowance is used up
	Unavailable                    // 503: try again after Retry
)

// Error lets a Kind be the target of errors.Is.
func (k ErrorKind) Error() string {
	switch k {
	case Internal:
		return "internal"
	case Malformed:
		return "malformed"
	case Invalid:
		return "invalid"
	case Unauthenticated:
		return "unauthenticated"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not found"
	case Conflict:
		return "conflict"
	case Stale:
		return "stale"
	case PreconditionRequired:
		return "unconditional"
	case TooLarge:
		return "too large"
	case Unsupported:
		return "unsupported"
	case RateLimited:
		return "exhausted"
	case Unavailable:
		return "unavailable"
	}
	return "unknown kind"
}

// Error is an error that a caller may see. Code, Detail and Field are public
// and stable, and never hold a value that was submitted; Err is the cause, for
// the log only.
type Error struct {
	Kind       ErrorKind
	Code       string        // one of the codes in docs/errors.md, such as "phone_malformed"
	Detail     string        // a sentence for a person
	Field      string        // JSON pointer to the field at fault, if there is one
	RetryAfter time.Duration // when to try again, if that helps
	Err        error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Err)
	}
	return e.Code
}

// Is reports whether target is the error's Kind.
func (e *Error) Is(target error) bool { return target == e.Kind }

func (e *Error) Unwrap() error { return e.Err }

// NewInvalid returns an Invalid error about one field, a JSON pointer (RFC 6901).
func NewInvalid(field, code, detail string) error {
	return &Error{Kind: Invalid, Code: code, Field: field, Detail: detail}
}

// At returns err pointing at field, a JSON pointer (RFC 6901). A parser knows what is
// wrong; only its caller knows where the value stood. An error that is none of
// ours, and nil, are returned as they are.
func At(err error, field string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.Field = field
	return &moved
}

// CodeOf returns the stable code of err, or "" where it is none of ours.
func CodeOf(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}
