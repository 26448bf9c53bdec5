package fakefcm

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is what goes wrong with a request. The zero Fault is none.
type Fault string

// The faults. Those with a status and a code answer as FCM does
// (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode); the others are what
// networks and proxies do.
const (
	None              Fault = ""
	Unavailable       Fault = "unavailable"        // 503 UNAVAILABLE
	Internal          Fault = "internal"           // 500 INTERNAL
	QuotaExceeded     Fault = "quota_exceeded"     // 429 QUOTA_EXCEEDED
	Unregistered      Fault = "unregistered"       // 404 UNREGISTERED
	NotFound          Fault = "not_found"          // 404, without FCM's own detail
	InvalidTarget     Fault = "invalid_target"     // 400 INVALID_ARGUMENT, with FCM's own detail
	InvalidPayload    Fault = "invalid_payload"    // 400 INVALID_ARGUMENT, about a field
	SenderMismatch    Fault = "sender_id_mismatch" // 403 SENDER_ID_MISMATCH
	ThirdPartyAuth    Fault = "third_party_auth"   // 401 THIRD_PARTY_AUTH_ERROR
	Unauthenticated   Fault = "unauthenticated"    // 401, the access token is not good
	PermissionDenied  Fault = "permission_denied"  // 403, the account may not send
	HTML              Fault = "html"               // 502 with a page of a load balancer
	HTMLOK            Fault = "html_ok"            // 200 with a page of a proxy in between
	Reset             Fault = "reset"              // the connection breaks before the message is accepted
	ResetAfterAccepts Fault = "reset_after_accept" // the same, after
	Hang              Fault = "hang"               // no answer, ever
	HangAfterAccepts  Fault = "hang_after_accept"  // the message is accepted, without an answer
)

// Rule says which messages meet a fault. The first rule of a script that fits a message decides,
// and no other applies.
type Rule struct {
	Prefix     string   `json:"prefix,omitempty"` // of the token or installation id; empty: every message
	Fault      Fault    `json:"fault,omitempty"`  // empty: none, for a rule that only slows
	Times      int      `json:"times,omitempty"`  // the rule ends after so many; 0: never
	Latency    Duration `json:"latency,omitempty"`
	RetryAfter Duration `json:"retry_after,omitempty"` // sent as the header, in whole seconds; 0: no header
}

// Duration is a time.Duration, in JSON as "1.5s".
type Duration time.Duration

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Script replaces the rules. Without rules there are no faults.
func (s *Server) Script(rules ...Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = slices.Clone(rules)
}

// ReadScript is Script from JSON. A script with an unknown field or fault is refused as a whole,
// and the rules before it stay: a misspelt fault would make a test pass that tests nothing.
//
//	{"rules":[{"prefix":"slow-","latency":"2s"},{"fault":"quota_exceeded","times":100,"retry_after":"5s"}]}
func (s *Server) ReadScript(text []byte) error {
	var script struct {
		Rules []Rule `json:"rules"`
	}
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&script); err != nil {
		return fmt.Errorf("script: %w", err)
	}
	for i, r := range script.Rules {
		if !r.Fault.known() {
			return fmt.Errorf("script: rule %d names a fault that is not known", i)
		}
	}
	s.Script(script.Rules...)
	return nil
}

// handleScript is ReadScript over HTTP; it answers 204, or 400 with the error as text.
func (s *Server) handleScript(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = s.ReadScript(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// matchRule returns the rule for a target and counts it down
// (TestAScriptPlaysItsRulesByPrefixAndCount). A rule with a count is removed when it is used up;
// without one it stays.
func (s *Server) matchRule(target string) Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.rules {
		if !strings.HasPrefix(target, r.Prefix) {
			continue
		}
		// 0 is a rule without an end, so it is not counted down.
		switch r.Times {
		case 0:
		case 1:
			s.rules = slices.Delete(s.rules, i, i+1)
		default:
			s.rules[i].Times--
		}
		return r
	}
	return Rule{}
}

// errorReply is an error reply: an HTTP status, Google's name for it, and FCM's own code, if there
// is one.
type errorReply struct {
	status                int
	statusName, errorCode string
}

// reply returns the error reply of a fault, and false for a fault that is more than a reply, and
// for None.
func (f Fault) reply() (errorReply, bool) {
	switch f {
	case Unavailable:
		return errorReply{http.StatusServiceUnavailable, "UNAVAILABLE", "UNAVAILABLE"}, true
	case Internal:
		return errorReply{http.StatusInternalServerError, "INTERNAL", "INTERNAL"}, true
	case QuotaExceeded:
		return errorReply{http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"}, true
	case Unregistered:
		return errorReply{http.StatusNotFound, "NOT_FOUND", "UNREGISTERED"}, true
	case NotFound:
		return errorReply{http.StatusNotFound, "NOT_FOUND", ""}, true
	case InvalidTarget:
		return errorReply{http.StatusBadRequest, "INVALID_ARGUMENT", "INVALID_ARGUMENT"}, true
	case SenderMismatch:
		return errorReply{http.StatusForbidden, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"}, true
	case ThirdPartyAuth:
		return errorReply{http.StatusUnauthorized, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"}, true
	case Unauthenticated:
		return errorReply{http.StatusUnauthorized, "UNAUTHENTICATED", ""}, true
	case PermissionDenied:
		return errorReply{http.StatusForbidden, "PERMISSION_DENIED", ""}, true
	default:
		return errorReply{}, false
	}
}

// known reports whether f is one of the faults.
func (f Fault) known() bool {
	switch f {
	case None, InvalidPayload, HTML, HTMLOK, Reset, ResetAfterAccepts, Hang, HangAfterAccepts:
		return true
	default:
		_, ok := f.reply()
		return ok
	}
}

// injectFault answers with the fault of a rule. The faults whose names end in "after_accept" accept
// the message first: the client cannot know whether its push goes out, which is where a second push
// comes from.
func (s *Server) injectFault(w http.ResponseWriter, r *http.Request, rule Rule, m message) {
	if d := time.Duration(rule.RetryAfter); d > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((d+time.Second-1)/time.Second)))
	}
	switch rule.Fault {
	case InvalidPayload:
		s.refuse(w, fieldViolation{"message.data", "Invalid value."})
	case HTML:
		s.writeHTML(w, http.StatusBadGateway)
	case HTMLOK:
		s.writeHTML(w, http.StatusOK)
	case Reset:
		s.count(0)
		panic(http.ErrAbortHandler) // net/http's way to break a connection
	case ResetAfterAccepts:
		s.accept(r, m)
		s.count(0)
		panic(http.ErrAbortHandler)
	// The request ends when the client gives up, and not before.
	case Hang:
		s.count(0)
		<-r.Context().Done()
	case HangAfterAccepts:
		s.accept(r, m)
		s.count(0)
		<-r.Context().Done()
	default:
		e, ok := rule.Fault.reply()
		if !ok { // a script from Go can name anything
			e = errorReply{http.StatusInternalServerError, "INTERNAL", "INTERNAL"}
		}
		s.writeError(w, e)
	}
}

// detail is one entry of the details of an error reply.
type detail map[string]any

// writeError answers with an error reply in FCM's form.
func (s *Server) writeError(w http.ResponseWriter, e errorReply) {
	var details []detail
	if e.errorCode != "" {
		details = append(details, detail{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": e.errorCode})
	}
	s.count(e.status)
	writeJSON(w, e.status, map[string]any{"error": map[string]any{
		"code": e.status, "message": "The script says so.", "status": e.statusName, "details": details,
	}})
}

// refuse answers as FCM does to a message that breaks a rule: with the field, and without a detail
// of FCM's own.
func (s *Server) refuse(w http.ResponseWriter, c fieldViolation) {
	s.count(http.StatusBadRequest)
	writeJSON(w, http.StatusBadRequest, map[string]any{"error": map[string]any{
		"code": http.StatusBadRequest, "message": c.description, "status": "INVALID_ARGUMENT",
		"details": []detail{{
			"@type":           "type.googleapis.com/google.rpc.BadRequest",
			"fieldViolations": []detail{{"field": c.field, "description": c.description}},
		}},
	}})
}

// writeHTML answers with a page such as a load balancer writes, which is not JSON.
func (s *Server) writeHTML(w http.ResponseWriter, status int) {
	s.count(status)
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<!DOCTYPE html><html><title>Error</title><p>That is all we know.</html>")
}
