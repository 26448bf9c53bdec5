// Package fcm sends pushes through Firebase Cloud Messaging, with the Firebase
// SDK. What the SDK decides by itself is taken from it: it repeats some failed
// requests without jitter and cannot be told not to, it opens a new connection
// for every push beyond the streams of one, and what it says of an error
// depends on how the error is wrapped. So its requests go through a transport
// of ours, which makes one exchange on one of a fixed number of HTTP/2
// connections and keeps the reply for Send to read.
package fcm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/messaging"
	"google.golang.org/api/option"
	htransport "google.golang.org/api/transport/http"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
)

// Options is what a Sender is made of.
type Options struct {
	Project string // of Firebase

	// The service account's key: a file, or its content. With neither, the
	// environment's default credentials are used.
	CredentialsFile string
	CredentialsJSON []byte

	// Endpoint is where FCM is, such as "http://localhost:8085"; without a path
	// "/v1" is meant. When set, nothing is authenticated: it is for a stand-in.
	// HTTP/2 is spoken over https only, as everywhere. Empty: FCM itself.
	Endpoint string

	TLS *tls.Config // for a stand-in with a certificate of its own; nil: the system's

	Connections int // to FCM; 0: 12
	Streams     int // at the same time on each; 0: 90, FCM allows 100
}

// Sender is a notify.Sender over FCM.
type Sender struct {
	client   *messaging.Client
	pool     *pool
	endpoint string
}

var _ notify.Sender = (*Sender)(nil)

// New returns a Sender. It opens no connection yet, so it cannot tell whether
// the credentials are good; it does return an error when they cannot be read.
func New(ctx context.Context, opt Options) (*Sender, error) {
	if opt.Project == "" {
		return nil, errors.New("fcm: no project")
	}
	if opt.Connections <= 0 {
		opt.Connections = 12
	}
	if opt.Streams <= 0 {
		opt.Streams = 90
	}
	endpoint, err := endpointOf(opt)
	if err != nil {
		return nil, err
	}
	p := newPool(opt)
	rt, err := authenticated(ctx, p, opt)
	if err != nil {
		return nil, fmt.Errorf("fcm credentials: %w", err)
	}
	clientOpts := []option.ClientOption{option.WithHTTPClient(&http.Client{Transport: recorder{rt}})}
	if endpoint != "" {
		clientOpts = append(clientOpts, option.WithEndpoint(endpoint))
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: opt.Project}, clientOpts...)
	if err != nil {
		return nil, fmt.Errorf("firebase app: %w", err)
	}
	client, err := app.Messaging(ctx)
	if err != nil {
		return nil, fmt.Errorf("firebase messaging: %w", err)
	}
	return &Sender{client: client, pool: p, endpoint: endpoint}, nil
}

func endpointOf(opt Options) (string, error) {
	u, err := url.Parse(opt.Endpoint)
	if err != nil || opt.Endpoint != "" && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return "", errors.New("fcm: the endpoint is not an http or https URL")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	if u.Host != "" && u.Path == "" {
		u.Path = "/v1"
	}
	return u.String(), nil
}

// authenticated adds the access token to requests, unless there is a stand-in.
func authenticated(ctx context.Context, base http.RoundTripper, opt Options) (http.RoundTripper, error) {
	if opt.Endpoint != "" {
		return base, nil
	}
	opts := []option.ClientOption{
		option.WithScopes("https://www.googleapis.com/auth/firebase.messaging"),
		option.WithTelemetryDisabled(),
	}
	switch {
	case opt.CredentialsFile != "":
		opts = append(opts, option.WithAuthCredentialsFile(option.ServiceAccount, opt.CredentialsFile))
	case len(opt.CredentialsJSON) > 0:
		opts = append(opts, option.WithAuthCredentialsJSON(option.ServiceAccount, opt.CredentialsJSON))
	}
	t, err := htransport.NewTransport(ctx, base, opts...)
	if err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	return t, nil
}

// Close closes the connections. No push may be under way.
func (s *Sender) Close() error {
	s.pool.close()
	return nil
}

// maxPayload is what FCM takes, in bytes: notification and data together.
const maxPayload = 4096

// Send pushes p to one target, once. It is bounded by ctx alone, which should
// leave FCM ten seconds.
func (s *Sender) Send(ctx context.Context, to models.PushTarget, p notify.Payload) notify.Result {
	m := newMessage(to, p, time.Now())
	if payloadSize(m) > maxPayload {
		return notify.Result{Outcome: notify.Refused, Reason: "payload_too_large"}
	}
	got := &reply{}
	_, err := s.client.Send(context.WithValue(ctx, replyKey{}, got), m)
	if !got.tried {
		// The SDK refused the message before it became a request.
		return notify.Result{Outcome: notify.Refused, Reason: "payload_invalid", Err: err}
	}
	return got.result()
}

// longestLife is the longest that FCM keeps a message for a device that is off.
const maxTTL = 28 * 24 * time.Hour

// message builds the FCM message: visible, since FCM demotes apps whose urgent
// messages show nothing, and tagged with the warning, so that a push that comes
// twice replaces itself. It has no collapse key: FCM would then drop all but the
// last of several different warnings to a device that is off.
func newMessage(to models.PushTarget, p notify.Payload, now time.Time) *messaging.Message {
	ttl := min(max(p.Expires.Sub(now), 0), maxTTL)
	m := &messaging.Message{
		Notification: &messaging.Notification{Title: p.Title, Body: p.Body},
		Data:         map[string]string{"warning": p.WarningID, "level": string(p.Level), "kind": string(p.Kind)},
		Android: &messaging.AndroidConfig{
			Priority: "high",
			TTL:      &ttl,
			Notification: &messaging.AndroidNotification{
				ChannelID: "warnings", Tag: p.WarningID,
				Priority: messaging.PriorityMax, Visibility: messaging.VisibilityPrivate,
			},
		},
		APNS: &messaging.APNSConfig{
			Headers: map[string]string{
				"apns-priority": "10", "apns-push-type": "alert", "apns-collapse-id": p.WarningID,
				"apns-expiration": itoa(now.Add(ttl).Unix()),
			},
			Payload: &messaging.APNSPayload{Aps: &messaging.Aps{
				Sound: "default", CustomData: map[string]any{"interruption-level": "time-sensitive"},
			}},
		},
	}
	switch to.Kind {
	case models.PushFID:
		m.Fid = to.Value
	case models.PushToken:
		m.Token = to.Value //nolint:staticcheck // devices that have no installation id yet
	}
	return m
}

// size returns the bytes that FCM counts.
func payloadSize(m *messaging.Message) int {
	n := len(m.Notification.Title) + len(m.Notification.Body)
	for k, v := range m.Data {
		n += len(k) + len(v)
	}
	return n
}
