package models

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// kindNames is what each kind of error is called. An error without a code is answered with this name.
func kindNames() map[ErrorKind]string {
	return map[ErrorKind]string{
		Internal: "internal", Malformed: "malformed", Invalid: "invalid", Unauthenticated: "unauthenticated", Forbidden: "forbidden",
		NotFound: "not found", Conflict: "conflict", Stale: "stale", PreconditionRequired: "unconditional", TooLarge: "too large",
		Unsupported: "unsupported", RateLimited: "exhausted", Unavailable: "unavailable",
	}
}

func TestEveryKindOfErrorHasItsOwnName(t *testing.T) {
	seen := map[string]bool{}
	for k, want := range kindNames() {
		if got := k.Error(); got != want || seen[got] {
			t.Errorf("kind %d is called %q, want %q once", k, got, want)
		}
		seen[want] = true
	}
	declared := constants(t)["ErrorKind"]
	if len(declared) != len(kindNames()) {
		t.Errorf("%d kinds are declared, %d named here: %v", len(declared), len(kindNames()), declared)
	}
	if got := ErrorKind(len(declared)).Error(); got != "unknown kind" {
		t.Errorf("a kind that is none is called %q", got)
	}
}

func TestAnErrorIsOfItsKindAndNoOther(t *testing.T) {
	for kind := range kindNames() {
		e := &Error{Kind: kind, Code: "x", Err: io.EOF}
		for name, err := range map[string]error{
			"alone": e, "wrapped": fmt.Errorf("put report: %w", e), "joined": errors.Join(errors.New("x"), e),
			"wrapped twice": fmt.Errorf("a: %w", fmt.Errorf("b: %w", e)), "wrapped by another": &Error{Kind: kind, Err: e},
		} {
			for other, called := range kindNames() {
				if got := errors.Is(err, other); got != (other == kind) {
					t.Errorf("%v %s is %s: %t", kind, name, called, got)
				}
			}
			if !errors.Is(err, io.EOF) {
				t.Errorf("%v %s does not lead to its cause", kind, name)
			}
		}
	}
	if errors.Is(errors.New("internal"), Internal) || errors.Is(&Error{Kind: Conflict}, io.EOF) {
		t.Error("an error is what it is not")
	}
	if !errors.Is(NotFound, NotFound) || errors.Is(NotFound, Conflict) {
		t.Error("a kind alone is not itself, or another")
	}
}

func TestAnErrorPrintsItsCodeAndCauseForTheLog(t *testing.T) {
	for _, tt := range []struct {
		err  *Error
		want string
	}{
		{&Error{Kind: Conflict, Code: "signature_exists"}, "signature_exists"},
		{&Error{Kind: Conflict, Code: "signature_exists", Err: io.EOF}, "signature_exists: EOF"},
		{&Error{Kind: Invalid, Code: "phone_malformed", Detail: "This is no number.", Field: "/phone"}, "phone_malformed"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNewInvalidPointsAtItsField(t *testing.T) {
	var got *Error
	if !errors.As(NewInvalid("/value", "phone_malformed", "This is no number."), &got) {
		t.Fatal("it is no *Error")
	}
	want := &Error{Kind: Invalid, Code: "phone_malformed", Detail: "This is no number.", Field: "/value"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAtMovesOnlyTheFieldOfOurOwnErrors(t *testing.T) {
	whole := func(field string) *Error {
		return &Error{Kind: Stale, Code: "code", Detail: "detail", Field: field, RetryAfter: time.Second}
	}
	for name, err := range map[string]error{
		"ours": whole("/old"), "without a field": whole(""), "wrapped": fmt.Errorf("read: %w", whole("/old")),
		"joined": errors.Join(io.EOF, whole("/old")),
	} {
		var got *Error
		if !errors.As(At(err, "/indicators/0"), &got) {
			t.Fatalf("%s: it is no *Error any more", name)
		}
		if diff := cmp.Diff(whole("/indicators/0"), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := At(io.EOF, "/x"); got != io.EOF { //nolint:errorlint // the very same error
		t.Errorf("a foreign error becomes %v", got)
	}
	if got := At(nil, "/x"); got != nil {
		t.Errorf("nil becomes %v", got)
	}
}

func TestAtKeepsTheErrorThatItWasGiven(t *testing.T) {
	old := &Error{Kind: Invalid, Code: "code", Field: "/old", Err: io.EOF}
	moved := At(old, "/new")
	if old.Field != "/old" {
		t.Errorf("the field of the error given is now %q", old.Field)
	}
	if !errors.Is(moved, io.EOF) {
		t.Error("the cause is lost")
	}
}

func TestCodeOfFindsTheCodeThroughWrapping(t *testing.T) {
	ours := NewInvalid("", "phone_malformed", "")
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"ours", ours, "phone_malformed"},
		{"wrapped", fmt.Errorf("read: %w", ours), "phone_malformed"},
		{"joined", errors.Join(io.EOF, ours), "phone_malformed"},
		{"without a code", &Error{Kind: Stale}, ""},
		{"a kind alone", NotFound, ""},
		{"a foreign one", io.EOF, ""},
		{"nil", nil, ""},
	} {
		if got := CodeOf(tt.err); got != tt.want {
			t.Errorf("%s: code %q, want %q", tt.name, got, tt.want)
		}
	}
}
