package fcm

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm/fakefcm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTestSender starts a fake FCM with a certificate, which speaks HTTP/2 with as many streams as
// FCM, and a Sender that sends to it.
func newTestSender(t testing.TB, opt Options, fake fakefcm.Options) (*Sender, *fakefcm.Server) {
	t.Helper()
	server := fakefcm.New(fake)
	srv := httptest.NewUnstartedServer(server)
	srv.EnableHTTP2 = true
	srv.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	opt.Project, opt.Endpoint = "trial", srv.URL
	opt.TLS = srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	opt.TLS.NextProtos = nil
	s, err := New(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, server
}

func token(value string) models.PushTarget {
	return models.PushTarget{Kind: models.PushToken, Value: value}
}

func payload() notify.Payload {
	return notify.Payload{
		WarningID: "wrn_1", Class: models.WarningAccuse, Thread: "thr_1", Level: models.Danger, Kind: models.Phone,
		Title: "Scam warning: a call you had", Body: "Do not call back.", Expires: time.Now().Add(90 * 24 * time.Hour),
	}
}

func TestEachAnswerOfFCMIsOneRequestAndOneOutcome(t *testing.T) {
	second := fakefcm.Duration(time.Second)
	for _, c := range []struct {
		name string
		rule fakefcm.Rule
		want notify.Result
	}{
		{"accepted", fakefcm.Rule{}, notify.Result{Outcome: notify.Accepted}},
		{"the target is gone", fakefcm.Rule{Fault: fakefcm.Unregistered}, notify.Result{Outcome: notify.Gone, Reason: "unregistered"}},
		{"FCM is unavailable", fakefcm.Rule{Fault: fakefcm.Unavailable}, notify.Result{Outcome: notify.Retry, Reason: "unavailable"}},
		{"FCM is unavailable and says for how long", fakefcm.Rule{Fault: fakefcm.Unavailable, RetryAfter: 7 * second}, notify.Result{
			Outcome: notify.Retry, RetryAfter: 7 * time.Second, Reason: "unavailable",
		}},
		{"FCM has failed", fakefcm.Rule{Fault: fakefcm.Internal}, notify.Result{Outcome: notify.Retry, Reason: "internal"}},
		{"the quota is used up", fakefcm.Rule{Fault: fakefcm.QuotaExceeded, RetryAfter: 30 * second}, notify.Result{
			Outcome: notify.Throttled, RetryAfter: 30 * time.Second, Reason: "quota_exceeded",
		}},
		{"the wait is beyond reason", fakefcm.Rule{Fault: fakefcm.QuotaExceeded, RetryAfter: 1e6 * second}, notify.Result{
			Outcome: notify.Throttled, RetryAfter: time.Hour, Reason: "quota_exceeded",
		}},
		{"another project's target", fakefcm.Rule{Fault: fakefcm.SenderMismatch}, notify.Result{
			Outcome: notify.Foreign, Reason: "sender_id_mismatch",
		}},
		{"the certificate for Apple has expired", fakefcm.Rule{Fault: fakefcm.ThirdPartyAuth}, notify.Result{
			Outcome: notify.Denied, Reason: "third_party_auth_error",
		}},
		{"the access token is refused", fakefcm.Rule{Fault: fakefcm.Unauthenticated}, notify.Result{
			Outcome: notify.Denied, Reason: "unauthenticated",
		}},
		{"the account may not send", fakefcm.Rule{Fault: fakefcm.PermissionDenied}, notify.Result{
			Outcome: notify.Denied, Reason: "permission_denied",
		}},
		{"FCM refuses and may mean the target", fakefcm.Rule{Fault: fakefcm.InvalidTarget}, notify.Result{
			Outcome: notify.Refused, Reason: "invalid_argument", TargetSuspect: true,
		}},
		{"FCM refuses a field", fakefcm.Rule{Fault: fakefcm.InvalidPayload}, notify.Result{
			Outcome: notify.Refused, Reason: "payload_invalid",
		}},
		{"a load balancer's page", fakefcm.Rule{Fault: fakefcm.HTML}, notify.Result{Outcome: notify.Retry, Reason: "reply_unreadable"}},
		{"a page with status 200", fakefcm.Rule{Fault: fakefcm.HTMLOK}, notify.Result{Outcome: notify.Retry, Reason: "reply_unreadable"}},
		{"the connection breaks", fakefcm.Rule{Fault: fakefcm.Reset}, notify.Result{Outcome: notify.Retry, Reason: "network"}},
		{"the connection breaks after the message was accepted", fakefcm.Rule{Fault: fakefcm.ResetAfterAccepts}, notify.Result{
			Outcome: notify.Retry, Reason: "network",
		}},
		{"no answer comes", fakefcm.Rule{Fault: fakefcm.Hang}, notify.Result{Outcome: notify.Retry, Reason: "timeout"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, fake := newTestSender(t, Options{Connections: 1}, fakefcm.Options{})
			fake.Script(c.rule)
			limit := 10 * time.Second
			if c.rule.Fault == fakefcm.Hang {
				limit = time.Second // long enough for the handshake on a busy machine
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			got := s.Send(ctx, token("tok"), payload())
			if got.Err != nil && strings.Contains(got.Err.Error(), "tok\"") {
				t.Errorf("the error holds the target: %v", got.Err)
			}
			got.Err = nil
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if n := fake.Stats().Requests; n != 1 {
				t.Errorf("%d requests were made, want 1: the SDK must not repeat them", n)
			}
		})
	}
}

func TestAnUnreachableServerGivesRetry(t *testing.T) {
	s, err := New(t.Context(), Options{Project: "trial", Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	got := s.Send(t.Context(), token("tok"), payload())
	if got.Outcome != notify.Retry || got.Reason != "network" {
		t.Errorf("got %+v, want retry: network", got)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v: the SDK has tried again", took)
	}
}

func TestAMessageIsVisibleUrgentAndTaggedAndAddressedByItsKind(t *testing.T) {
	s, fake := newTestSender(t, Options{}, fakefcm.Options{})
	for _, to := range []models.PushTarget{token("a-token"), {Kind: models.PushFID, Value: "a-fid"}} {
		if got := s.Send(t.Context(), to, payload()); got.Outcome != notify.Accepted {
			t.Fatalf("got %+v", got)
		}
	}
	all := fake.Accepted()
	if len(all) != 2 || all[0].Token != "a-token" || all[0].FID != "" || all[1].FID != "a-fid" || all[1].Token != "" {
		t.Fatalf("accepted %+v", all)
	}
	first := all[0]
	if first.HTTP != "HTTP/2.0" {
		t.Errorf("spoke %s, want HTTP/2.0", first.HTTP)
	}
	if first.Title != payload().Title || first.Body != payload().Body ||
		first.Data["warning"] != "wrn_1" || first.Data["level"] != "danger" || first.Data["kind"] != "phone" {
		t.Errorf("accepted %+v", first)
	}
	var raw struct {
		Android struct {
			Priority, TTL string
			CollapseKey   string `json:"collapse_key"`
			Notification  struct{ Tag string }
		}
		APNS struct{ Headers map[string]string }
	}
	if err := json.Unmarshal(first.Raw, &raw); err != nil {
		t.Fatal(err)
	}
	if a := raw.Android; a.Priority != "high" || a.TTL != "2419200s" || a.Notification.Tag != "thr_1" || a.CollapseKey != "" {
		t.Errorf("android %+v, want high, 28 days and the thread as tag", a)
	}
	if h := raw.APNS.Headers; h["apns-priority"] != "10" || h["apns-push-type"] != "alert" ||
		h["apns-collapse-id"] != "thr_1" || h["apns-expiration"] == "" {
		t.Errorf("apns headers %v", h)
	}
}

func TestAPayloadThatFCMWouldRefuseIsNotSent(t *testing.T) {
	s, fake := newTestSender(t, Options{}, fakefcm.Options{})
	large := payload()
	large.Body = strings.Repeat("x", maxPayload)
	if got := s.Send(t.Context(), token("tok"), large); got.Outcome != notify.Refused || got.Reason != "payload_too_large" {
		t.Errorf("too large: got %+v", got)
	}
	got := s.Send(t.Context(), models.PushTarget{Kind: "pigeon", Value: "x"}, payload())
	if got.Outcome != notify.Refused || got.Reason != "payload_invalid" {
		t.Errorf("no target: got %+v", got)
	}
	if n := fake.Stats().Requests; n != 0 {
		t.Errorf("%d requests were made, want none", n)
	}
}

func TestARefusedServiceAccountIsDeniedAfterAMinuteAndNotTheTargetsFault(t *testing.T) {
	tokenServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"account not found"}`))
	}))
	defer tokenServer.Close()
	s, err := New(t.Context(), Options{Project: "trial", CredentialsFile: serviceAccount(t, tokenServer.URL)})
	if err != nil {
		t.Fatal(err)
	}
	got := s.Send(t.Context(), token("tok"), payload())
	if got.Outcome != notify.Retry || got.Reason != "no_access_token" || got.Err == nil {
		t.Errorf("got %+v, want later, for lack of an access token", got)
	}
	s.tokens.since.Add(-int64(tokenPatience))
	if got = s.Send(t.Context(), token("tok"), payload()); got.Outcome != notify.Denied {
		t.Errorf("after a minute got %+v, want denied", got)
	}
	s.tokens.note(false, time.Now()) // a token was had
	if got = s.Send(t.Context(), token("tok"), payload()); got.Outcome != notify.Retry {
		t.Errorf("the minute begins anew: got %+v, want later", got)
	}
}

// serviceAccount writes the key file of an account that does not exist.
func serviceAccount(t *testing.T, tokens string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "trial", "client_email": "nobody@trial.example", "token_uri": tokens,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAnUnusableConfigurationIsAnErrorAtTheStart(t *testing.T) {
	for name, opt := range map[string]Options{
		"no project":                {},
		"an endpoint that is none":  {Project: "trial", Endpoint: "localhost:8085"},
		"a key file that is absent": {Project: "trial", CredentialsFile: filepath.Join(t.TempDir(), "absent.json")},
		"a key that is no JSON":     {Project: "trial", CredentialsJSON: []byte("secret")},
	} {
		if _, err := New(t.Context(), opt); err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error holds the key: %v", name, err)
		}
	}
}

func TestManyPushesAtOnceShareFewConnectionsWithinTheirStreams(t *testing.T) {
	const pushes = 600
	s, fake := newTestSender(t, Options{Connections: 3, Streams: 90}, fakefcm.Options{Latency: 20 * time.Millisecond})
	var wg sync.WaitGroup
	for i := range pushes {
		wg.Go(func() {
			if got := s.Send(t.Context(), token(fmt.Sprint("tok-", i)), payload()); got.Outcome != notify.Accepted {
				t.Errorf("got %+v", got)
			}
		})
	}
	wg.Wait()
	got := fake.Stats()
	if got.Accepted != pushes || got.Targets != pushes || got.Repeated != 0 {
		t.Errorf("accepted %d, targets %d, repeated %d; want %d, as many, none", got.Accepted, got.Targets, got.Repeated, pushes)
	}
	if got.MaxInFlight > 3*90 || got.HTTP2 != pushes {
		t.Errorf("%d at once, %d over HTTP/2; want at most 270, and all", got.MaxInFlight, got.HTTP2)
	}
}

func TestWaitingForAStreamEndsWithTheContext(t *testing.T) {
	s, fake := newTestSender(t, Options{Connections: 1, Streams: 1}, fakefcm.Options{})
	fake.Script(fakefcm.Rule{Fault: fakefcm.Hang})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if got := s.Send(ctx, token("tok"), payload()); got.Outcome != notify.Retry || got.Reason != "timeout" {
				t.Errorf("got %+v, want retry: timeout", got)
			}
		})
	}
	wg.Wait()
	fake.Script()
	if got := s.Send(t.Context(), token("tok"), payload()); got.Outcome != notify.Accepted {
		t.Errorf("afterwards got %+v: the stream was not given back", got)
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "120": 2 * time.Minute, "99999999999": time.Hour, "9999999999999999999999": 0,
		"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second, "Sun, 01 Mar 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
}

func FuzzAReplyIsAlwaysOneOfTheOutcomes(f *testing.F) {
	f.Add(404, []byte(
		`{"error":{"status":"NOT_FOUND","details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError",`+
			`"errorCode":"UNREGISTERED"}]}}`,
	))
	f.Add(200, []byte(`{"name":"projects/p/messages/1"}`))
	f.Add(400, []byte(`{"error":{"status":"INVALID_ARGUMENT"}}`))
	f.Add(502, []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		got := (&reply{tried: true, sent: true, status: status, body: body}).result()
		if got.Outcome < notify.Accepted || got.Outcome > notify.Foreign {
			t.Errorf("outcome %d", got.Outcome)
		}
		if (got.Outcome == notify.Accepted) != (got.Reason == "") {
			t.Errorf("outcome %d with reason %q", got.Outcome, got.Reason)
		}
		if got.Outcome == notify.Gone && !strings.Contains(string(body), "FcmError") {
			t.Error("a reply without FCM's own detail condemned a target")
		}
	})
}
