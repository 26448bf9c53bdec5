package models

import (
	"errors"
	"fmt"
	"time"
)

// ErrorKind says what a caller can do about an error. It is an error itself, so that errors.Is(err, NotFound) asks for it.
// The zero ErrorKind, Internal, means that the fault is ours: nothing more is said outside this process.
type ErrorKind uint8

// The kinds of error. Each maps to one HTTP status (RFC 9110, section 15; RFC 6585 for 428 and 429), in handlers/edge and
// nowhere else.
const (
	Internal             ErrorKind = iota // 500
	Malformed                             // 400: the request cannot be read
	Invalid                               // 422: it can be read and breaks a rule
	Unauthenticated                       // 401: no credential, or not a good one
	Forbidden                             // 403: a good credential for something else
	NotFound                              // 404
	Conflict                              // 409: it collides with what is there, or is in flight
	Stale                                 // 412: If-Match names a revision that has passed
	PreconditionRequired                  // 428: an edit without If-Match
	TooLarge                              // 413
	Unsupported                           // 415
	RateLimited                           // 429: the caller's allowance is used up
	Unavailable                           // 503: try again after RetryAfter
)

// Error returns the name of the kind, so that an ErrorKind can be the target of errors.Is. An Error without a Code is
// answered with this name as its code, so the names never change (TestEveryKindOfErrorHasItsOwnName).
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

// Retryable reports whether the same call, made again, may succeed by itself: the other side was away or busy, or somebody
// else was in the way. Every loop and every retry asks this, and nothing else. Stale is not among them: what the call names
// has passed, so it has to be read again first; of a lease it means that the work is no longer ours.
func (k ErrorKind) Retryable() bool { return k == Unavailable || k == RateLimited || k == Conflict }

// Error is an error that a caller may see. Code, Detail and Field are public, the code is stable, and none of them holds a
// value that was submitted. Err is the cause, for the log alone; whoever sets it keeps personal data out of it.
type Error struct {
	Kind       ErrorKind     // errors.Is tells it
	Code       string        // one of the codes in docs/errors.md, such as "phone_malformed"
	Detail     string        // a sentence for a person
	Field      string        // JSON pointer (RFC 6901) to the field at fault, if there is one
	Existing   string        // id of what exists already and stands in the way, "" where nothing does
	RetryAfter time.Duration // how long to wait before trying again, 0 where that does not help
	Err        error         // nil: there is no other cause
}

// Error returns the code and the cause, for the log. The detail is not in it: it is meant for a person.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Err)
	}
	return e.Code
}

// Is reports whether target is the error's Kind. It makes errors.Is work for a wrapped Error too.
func (e *Error) Is(target error) bool { return target == e.Kind }

// Unwrap returns the cause, nil if there is none.
func (e *Error) Unwrap() error { return e.Err }

// NewInvalid returns an *Error of kind Invalid about one field, a JSON pointer, "" where only the caller knows it (see At).
func NewInvalid(field, code, detail string) error {
	return &Error{Kind: Invalid, Code: code, Field: field, Detail: detail}
}

// At returns a copy of err that points at field, a JSON pointer. A parser knows what is wrong; only its caller knows where
// the value stood. Of a wrapped Error the copy is that of the Error alone: what it was wrapped in is dropped. An error that
// holds no Error, and nil, are returned as they are.
func At(err error, field string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.Field = field
	return &moved
}

// CodeOf returns the stable code of err, or "" where it holds no Error.
func CodeOf(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

// KindOf returns the kind of err, Internal where it holds no Error.
func KindOf(err error) ErrorKind {
	var e *Error
	if !errors.As(err, &e) {
		return Internal
	}
	return e.Kind
}
