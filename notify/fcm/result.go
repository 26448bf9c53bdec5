package fcm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"

	"example.org/tocsin/notify"
)

// fault is FCM's error reply
// (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). Only a
// detail of type FcmError speaks about the push; the same status without it
// comes from what stands before FCM.
type apiError struct {
	Error struct {
		Status  string `json:"status"`
		Details []struct {
			Type string `json:"@type"`
			Code string `json:"errorCode"`
		} `json:"details"`
	} `json:"error"`
}

func (f apiError) code() string {
	for _, d := range f.Error.Details {
		if strings.HasSuffix(d.Type, "google.firebase.fcm.v1.FcmError") || strings.HasSuffix(d.Type, "google.firebase.fcm.v1.ApnsError") {
			return d.Code
		}
	}
	return ""
}

// result says what the reply means.
func (r *reply) result() notify.Result {
	switch {
	case r.err != nil && !r.sent:
		// No access token: nothing can be sent before there is one.
		return notify.Result{Outcome: notify.Denied, Reason: "no_access_token", Err: r.err}
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

func (r *reply) accepted() notify.Result {
	var ok struct {
		Name string `json:"name"`
	}
	if json.Unmarshal(r.body, &ok) != nil || ok.Name == "" {
		return r.retry("reply_unreadable") // a proxy's page, with status 200
	}
	return notify.Result{Outcome: notify.Accepted}
}

// coded judges an error that FCM itself names.
func (r *reply) fromCode(code string) notify.Result {
	reason := strings.ToLower(code)
	switch code {
	case "UNREGISTERED":
		return notify.Result{Outcome: notify.Gone, Reason: reason}
	case "SENDER_ID_MISMATCH", "THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR":
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

// uncoded judges by the HTTP status an error that says nothing about the push.
func (r *reply) fromStatus() notify.Result {
	switch {
	case r.status == http.StatusUnauthorized:
		return notify.Result{Outcome: notify.Denied, Reason: "unauthenticated"}
	case r.status == http.StatusForbidden:
		return notify.Result{Outcome: notify.Denied, Reason: "permission_denied"}
	case r.status == http.StatusNotFound:
		return notify.Result{Outcome: notify.Denied, Reason: "project_not_found"}
	case r.status == http.StatusTooManyRequests:
		return notify.Result{Outcome: notify.Throttled, RetryAfter: r.retryAfter, Reason: "too_many_requests"}
	case r.status == http.StatusBadRequest, r.status == http.StatusRequestEntityTooLarge:
		return notify.Result{Outcome: notify.Refused, Reason: "payload_invalid"}
	case r.status >= http.StatusInternalServerError:
		return r.retry("server_error")
	}
	return r.retry("status_" + itoa(int64(r.status)))
}

// unreadable judges a reply that FCM did not write: a page of a proxy or load
// balancer. It condemns nothing, whatever its status.
func (r *reply) unreadable() notify.Result {
	if r.status == http.StatusTooManyRequests {
		return notify.Result{Outcome: notify.Throttled, RetryAfter: r.retryAfter, Reason: "too_many_requests"}
	}
	return r.retry("reply_unreadable")
}

func (r *reply) retry(reason string) notify.Result {
	return notify.Result{Outcome: notify.Retry, RetryAfter: r.retryAfter, Reason: reason}
}
