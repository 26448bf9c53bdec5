// Package fcm sends pushes through Firebase Cloud Messaging (FCM), with the Firebase SDK and FCM's
// HTTP v1 interface.
//
// What the SDK decides by itself is taken from it. It repeats some failed requests without jitter
// and cannot be kept from it; it opens a new connection for every push beyond the streams of one;
// and what it reports of an error depends on how the error is wrapped. So its requests go through a
// transport of ours: recorder keeps the reply for Send to read, and pool makes one exchange on one
// of a fixed number of HTTP/2 connections.
//
//	Send -> messaging.Client -> recorder -> access token -> pool -> FCM
//
// One call of Send is at most one request to FCM (TestEachAnswerOfFCMIsOneRequestAndOneOutcome).
// When to try again is decided by the outbox in package notify.
package fcm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/messaging"
	"google.golang.org/api/option"
	htransport "google.golang.org/api/transport/http"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
)

// Options is what a Sender is made of. Only Project is needed.
type Options struct {
	Project string // of Firebase

	// The service account's key: a file, or its content. With neither, Google's application default
	// credentials are used.
	CredentialsFile string
	CredentialsJSON []byte

	// Endpoint is where FCM is, such as "http://localhost:8085"; without a path, "/v1" is added.
	// When it is set, requests are not authenticated: it is for a fake server (package fakefcm).
	// HTTP/2 is spoken over https only. Empty: FCM itself.
	Endpoint string

	TLS *tls.Config // for a fake server with a certificate of its own; nil: the system's roots

	// Connections times Streams is the most pushes under way at once. FCM allows 100 streams on a
	// connection; the default leaves room for a server that counts a stream as open a little longer
	// than we do.
	Connections int // to FCM; 0: 12
	Streams     int // at the same time on each; 0: 90, FCM allows 100
}

// Sender is a notify.Sender over FCM.
type Sender struct {
	client   *messaging.Client
	pool     *pool
	endpoint string
	tokens   tokenWatch
}

var _ notify.Sender = (*Sender)(nil)

// New returns a Sender. It opens no connection yet, so it cannot tell whether FCM accepts the
// credentials; it does return an error when they cannot be read
// (TestAnUnusableConfigurationIsAnErrorAtTheStart). No error holds the key.
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

// endpointOf returns the endpoint as the SDK wants it, with a path and without a slash at the end;
// empty for FCM itself.
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

// authenticated adds the access token to requests, unless they go to a fake server. The token is
// fetched with the first request and renewed by Google's library; a failure of it fails the request
// before it reaches the pool, which is how reply.result tells it from a failure of FCM.
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

// maxPayload is the largest message that FCM takes, in bytes: notification and data together
// (https://firebase.google.com/docs/cloud-messaging/concept-options).
const maxPayload = 4096

// Send pushes p to one target, once. A message that FCM would refuse for its size or its form is
// refused here, without a request (TestAPayloadThatFCMWouldRefuseIsNotSent).
//
// Send is bounded by ctx alone. FCM asks for a timeout of at least ten seconds
// (https://firebase.google.com/docs/cloud-messaging/scale-fcm): whoever gives up sooner sends a
// push again that was accepted. The error in the Result never holds the target.
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
	got.tokenless = s.tokens.note(got.err != nil && !got.sent, time.Now())
	return got.result()
}

// tokenWatch knows since when there has been no access token.
type tokenWatch struct{ since atomic.Int64 } // Unix time in nanoseconds; 0: there is one

// note takes whether a push failed for want of one, and returns for how long that has been so.
func (w *tokenWatch) note(missing bool, now time.Time) time.Duration {
	if !missing {
		w.since.Store(0)
		return 0
	}
	w.since.CompareAndSwap(0, now.UnixNano())
	return now.Sub(time.Unix(0, w.since.Load()))
}

// maxTTL is the longest that FCM keeps a message for a device that is off.
const maxTTL = 28 * 24 * time.Hour

// newMessage builds the FCM message
// (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages).
//
// It is visible, since FCM lowers the priority of apps whose urgent messages show nothing. It is
// tagged with the thread, so that a push that comes twice replaces itself on the phone, and an
// all-clear the warning that it takes back. It has no
// collapse key: FCM would drop all but the last of several different warnings to a device that is
// off. It is kept until the warning expires, for at most maxTTL.
//
// Held by TestAMessageIsVisibleUrgentAndTaggedAndAddressedByItsKind.
func newMessage(to models.PushTarget, p notify.Payload, now time.Time) *messaging.Message {
	ttl := min(max(p.Expires.Sub(now), 0), maxTTL)
	m := &messaging.Message{
		Notification: &messaging.Notification{Title: p.Title, Body: p.Body},
		Data: map[string]string{
			"warning": p.WarningID, "class": string(p.Class), "thread": p.Thread, "level": string(p.Level), "kind": string(p.Kind),
		},
		Android: &messaging.AndroidConfig{
			Priority: "high",
			TTL:      &ttl,
			Notification: &messaging.AndroidNotification{
				ChannelID: "warnings", Tag: p.Thread,
				Priority: messaging.PriorityMax, Visibility: messaging.VisibilityPrivate,
			},
		},
		APNS: &messaging.APNSConfig{
			Headers: map[string]string{
				"apns-priority": "10", "apns-push-type": "alert", "apns-collapse-id": p.Thread,
				"apns-expiration": itoa(now.Add(ttl).Unix()),
			},
			Payload: &messaging.APNSPayload{Aps: &messaging.Aps{
				Sound: "default", CustomData: map[string]any{"interruption-level": "time-sensitive"},
			}},
		},
	}
	// A target of another kind leaves the message without one; the SDK refuses it.
	switch to.Kind {
	case models.PushFID:
		m.Fid = to.Value
	case models.PushToken:
		m.Token = to.Value //nolint:staticcheck // devices that have no installation id yet
	}
	return m
}

// payloadSize returns the bytes that FCM counts: the texts, and keys and values of the data.
func payloadSize(m *messaging.Message) int {
	n := len(m.Notification.Title) + len(m.Notification.Body)
	for k, v := range m.Data {
		n += len(k) + len(v)
	}
	return n
}
