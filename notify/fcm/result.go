package fcm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"example.org/tocsin/notify"
)

// apiError is FCM's error reply (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode).
// Only a detail of type FcmError speaks about the push. The same status without it comes from what
// is in front of FCM: authentication, quotas of the project, a load balancer.
type apiError struct {
	Error struct {
		Status  string `json:"status"`
		Details []struct {
			Type string `json:"@type"`
			Code string `json:"errorCode"`
		} `json:"details"`
	} `json:"error"`
}

// code returns FCM's own code, or "" where the reply has none. ApnsError is Apple's refusal, passed
// on by FCM.
func (f apiError) code() string {
	for _, d := range f.Error.Details {
		if strings.HasSuffix(d.Type, "google.firebase.fcm.v1.FcmError") || strings.HasSuffix(d.Type, "google.firebase.fcm.v1.ApnsError") {
			return d.Code
		}
	}
	return ""
}

// result says what the reply means for the push and for its target. Every reply is one of the
// outcomes, and only a reply with FCM's own detail says that a target is gone
// (FuzzAReplyIsAlwaysOneOfTheOutcomes).
//
// Where it is unknown whether FCM took the message, after a timeout or a connection that broke, the
// outcome is Retry: the push may come twice, and its tag makes one of it on the phone.
func (r *reply) result() notify.Result {
	switch {
	case r.err != nil && !r.sent:
		// No access token: nothing can be sent before there is one. What lasts is the credentials' fault.
		outcome := notify.Retry
		if r.tokenless >= tokenPatience {
			outcome = notify.Denied
		}
		return notify.Result{Outcome: outcome, Reason: "no_access_token", Err: r.err}
	case errors.Is(r.err, context.DeadlineExceeded) || errors.Is(r.err, os.ErrDeadlineExceeded):
		return notify.Result{Outcome: notify.Retry, Reason: "timeout", Err: r.err}
	case r.err != nil:
		return notify.Result{Outcome: notify.Retry, Reason: "network", Err: r.err}
	case r.status == http.StatusOK:
		return r.accepted()
	}
	var f apiError
	if json.Unmarshal(r.body, &f) != nil || f.Error.Status == "" {
		return r.unreadable()
	}
	if code := f.code(); code != "" {
		return r.fromCode(code)
	}
	return r.fromStatus()
}

// accepted reads a reply of status 200, which must hold the message's name: a captive portal or
// proxy answers 200 too.
func (r *reply) accepted() notify.Result {
	var ok struct {
		Name string `json:"name"`
	}
	if json.Unmarshal(r.body, &ok) != nil || ok.Name == "" {
		return r.retry("reply_unreadable") // a proxy's page, with status 200
	}
	return notify.Result{Outcome: notify.Accepted}
}

// tokenPatience is for how long no access token is taken for a fault that passes, such as of the network.
const tokenPatience = time.Minute

// fromCode judges an error that FCM itself names. Denied concerns our credentials more often than
// the target, so the breaker of the outbox counts it. SENDER_ID_MISMATCH is a target of another
// project, or our project is not that of the app (Foreign). INVALID_ARGUMENT may lie in the target
// or in the message, and FCM does not say which (TargetSuspect). A code that is not known here is
// judged by its status.
func (r *reply) fromCode(code string) notify.Result {
	reason := strings.ToLower(code)
	switch code {
	case "UNREGISTERED":
		return notify.Result{Outcome: notify.Gone, Reason: reason}
	case "SENDER_ID_MISMATCH":
		return notify.Result{Outcome: notify.Foreign, Reason: reason}
	case "THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR":
		return notify.Result{Outcome: notify.Denied, Reason: reason}
	case "QUOTA_EXCEEDED":
		return notify.Result{Outcome: notify.Throttled, RetryAfter: r.retryAfter, Reason: reason}
	case "INVALID_ARGUMENT":
		return notify.Result{Outcome: notify.Refused, Reason: reason, TargetSuspect: true}
	case "UNAVAILABLE", "INTERNAL":
		return r.retry(reason)
	}
	return r.fromStatus()
}

// fromStatus judges by the HTTP status an error that says nothing about the push. A 404 without
// FCM's detail is a target that is not known, or a project that does not exist.
func (r *reply) fromStatus() notify.Result {
	switch {
	case r.status == http.StatusUnauthorized:
		return notify.Result{Outcome: notify.Denied, Reason: "unauthenticated"}
	case r.status == http.StatusForbidden:
		return notify.Result{Outcome: notify.Denied, Reason: "permission_denied"}
	case r.status == http.StatusNotFound:
		return notify.Result{Outcome: notify.Foreign, Reason: "not_found"}
	case r.status == http.StatusTooManyRequests:
		return notify.Result{Outcome: notify.Throttled, RetryAfter: r.retryAfter, Reason: "too_many_requests"}
	case r.status == http.StatusBadRequest, r.status == http.StatusRequestEntityTooLarge:
		return notify.Result{Outcome: notify.Refused, Reason: "payload_invalid"}
	case r.status >= http.StatusInternalServerError:
		return r.retry("server_error")
	}
	return r.retry("status_" + itoa(int64(r.status)))
}

// unreadable judges a reply that FCM did not write: the page of a proxy or load balancer. It
// condemns neither message nor target, whatever its status.
func (r *reply) unreadable() notify.Result {
	if r.status == http.StatusTooManyRequests {
		return notify.Result{Outcome: notify.Throttled, RetryAfter: r.retryAfter, Reason: "too_many_requests"}
	}
	return r.retry("reply_unreadable")
}

// retry is the outcome of a failure that passes, with FCM's own wish for a pause if it has one.
func (r *reply) retry(reason string) notify.Result {
	return notify.Result{Outcome: notify.Retry, RetryAfter: r.retryAfter, Reason: reason}
}
