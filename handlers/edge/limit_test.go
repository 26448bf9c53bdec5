package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
	"pgregory.net/rapid"

	"example.org/tocsin/models"
)

// discard is a log that formats every line and writes it nowhere.
func discard() *slog.Logger {
	return slog.New(slog.NewJSONHandler(io.Discard, nil)) //nolint:sloglint // slog.DiscardHandler formats nothing: benchmarks measure it
}

func TestPolicyMatrix(t *testing.T) {
	policies := []struct {
		name string
		p    Policy
		// no credential, bad credential, device, key with the scope, key with another
		want [5]int
	}{
		{"public", Public(), [5]int{200, 200, 200, 200, 200}},
		{"device", Device(), [5]int{401, 401, 200, 403, 403}},
		{"scope", Scopes(models.ScopeChecks), [5]int{401, 401, 403, 200, 403}},
		{"either scope", Scopes(models.ScopeChecks, models.ScopeKeys), [5]int{401, 401, 403, 200, 200}},
		{"device or scope", DeviceOr(models.ScopeChecks), [5]int{401, 401, 200, 200, 403}},
		{"public or scope", PublicOr(models.ScopeChecks), [5]int{200, 401, 403, 200, 403}},
	}
	for _, tt := range policies {
		h := startServer(t, Options{}, checkRoute(tt.p, fixedReply("{}")))
		callers := []string{
			"", "dev_1.c2VjcmV0",
			h.auth.add(models.Caller{Device: "dev_1"}),
			h.auth.add(models.Caller{Key: "key_1", Scopes: []models.Scope{models.ScopeChecks}}),
			h.auth.add(models.Caller{Key: "key_2", Scopes: []models.Scope{models.ScopeKeys}}),
		}
		for i, token := range callers {
			var headers []string
			if token != "" {
				headers = append(headers, bearer(token))
			}
			a := h.do(t, "GET", "/v1/checks/phone/1", "", headers...)
			if a.status != tt.want[i] {
				t.Errorf("%s, caller %d: got %d %s, want %d", tt.name, i, a.status, a.body, tt.want[i])
			}
			if a.status == 401 && a.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s, caller %d: no challenge", tt.name, i)
			}
		}
		for _, odd := range []string{"Basic ZGV2", "Bearer", "Bearer x", "bearer dev_1", "Bearer dev_1.", "Bearer  dev_1.x"} {
			a := h.do(t, "GET", "/v1/checks/phone/1", "", "Authorization: "+odd)
			if want := tt.want[1]; a.status != want {
				t.Errorf("%s, %q: got %d, want %d", tt.name, odd, a.status, want)
			}
		}
	}
}

func TestTheCallerReachesTheHandler(t *testing.T) {
	got := make(chan models.Caller, 1)
	h := startServer(t, Options{}, thingRoute(DeviceOr(models.ScopeReports), func(ctx context.Context, _ *putIn) (*putOut, error) {
		got <- CallerFrom(ctx)
		return &putOut{}, nil
	}))
	device := h.auth.add(models.Caller{Device: "dev_1", Locale: "es"})
	key := h.auth.add(models.Caller{Key: "key_1", Scopes: []models.Scope{models.ScopeReports}})
	h.do(t, "PUT", "/v1/things/x", "{}", bearer(device), "Tocsin-Agent: ann")
	if c := <-got; c.Device != "dev_1" || c.Locale != "es" || c.Agent != "" {
		t.Errorf("device: %+v", c)
	}
	h.do(t, "PUT", "/v1/things/x", "{}", bearer(key), "Tocsin-Agent: Zoë 7")
	if c := <-got; c.Key != "key_1" || c.Agent != "Zoë 7" {
		t.Errorf("key: %+v", c)
	}
	h.do(t, "PUT", "/v1/things/x", "{}", bearer(key))
	if c := <-got; c.Agent != "" {
		t.Errorf("the agent of one request is in the next: %+v", c)
	}
	for _, bad := range []string{"\xff", strings.Repeat("a", 129), "a\u202eb"} {
		a := h.do(t, "PUT", "/v1/things/x", "{}", bearer(key), "Tocsin-Agent: "+bad)
		if a.status != 400 || a.problem.Code != "tocsin_agent_malformed" {
			t.Errorf("agent %q: got %d %s", bad, a.status, a.body)
		}
	}
}

func TestValidCredentialsAreCachedForAShortTime(t *testing.T) {
	h := startServer(t, Options{Limits: Limits{Failures: Rate{PerSecond: 0.001, Burst: 3}}}, checkRoute(Device(), fixedReply("{}")))
	token := h.auth.add(models.Caller{Device: "dev_1"})
	status := func(token string) int {
		return h.do(t, "GET", "/v1/checks/phone/1", "", bearer(token)).status
	}
	for range 5 {
		if got := status(token); got != 200 {
			t.Fatalf("got %d", got)
		}
	}
	if got := h.auth.callCount(); got != 1 {
		t.Errorf("the authenticator was called %d times, want once", got)
	}
	h.auth.remove("dev_1")
	if got := status(token); got != 200 {
		t.Errorf("before Forget: got %d", got)
	}
	h.Forget("dev_1")
	for range 3 {
		if got := status(token); got != 401 {
			t.Errorf("after Forget: got %d", got)
		}
	}
	if got := h.auth.callCount(); got != 4 {
		t.Errorf("the authenticator was called %d times, want each time for a bad credential", got)
	}
	if got := status(token); got != 429 || h.auth.callCount() != 4 {
		t.Errorf("after three bad credentials: got %d, called %d times", got, h.auth.callCount())
	}
}

func TestCredentialsAgeAndAreBounded(t *testing.T) {
	c, now := newCredentialCache(), time.Unix(1000, 0)
	sum := [32]byte{1}
	caller := models.Caller{Device: "dev_1"}
	_, generation, _ := c.lookup([]byte("dev_1"), sum, now)
	c.put("dev_1", sum, caller, generation, now)
	if got, _, ok := c.lookup([]byte("dev_1"), sum, now.Add(credentialTTL)); !ok || got.Device != "dev_1" {
		t.Error("the credential is not cached")
	}
	if _, _, ok := c.lookup([]byte("dev_1"), [32]byte{2}, now); ok {
		t.Error("another secret was accepted")
	}
	if _, _, ok := c.lookup([]byte("dev_1"), sum, now.Add(credentialTTL+1)); ok {
		t.Error("the credential is cached for too long")
	}
	_, generation, _ = c.lookup([]byte("dev_1"), sum, now)
	c.forget("dev_1")
	c.put("dev_1", sum, caller, generation, now)
	if _, _, ok := c.lookup([]byte("dev_1"), sum, now); ok {
		t.Error("the result of a look-up that began before Forget was cached after it")
	}
	for i := range 3 * credentialShards * credentialsPerShard / 2 {
		id := fmt.Sprintf("dev_%d", i)
		_, generation, _ := c.lookup([]byte(id), sum, now)
		c.put(id, sum, caller, generation, now)
	}
	for i := range c.shards {
		if got := len(c.shards[i].known); got > credentialsPerShard {
			t.Errorf("a shard holds %d", got)
		}
	}
}

func TestAllowances(t *testing.T) {
	slow := Rate{PerSecond: 0.01, Burst: 2}
	limits := Limits{Key: slow, Device: slow, Address: slow, Registration: Rate{PerSecond: 0.01, Burst: 1}}
	h := startServer(t, Options{Limits: limits}, func(s *Server) {
		checkRoute(DeviceOr(models.ScopeChecks), fixedReply("{}"))(s)
		thingRoute(PublicOr(models.ScopeDevices).Registering(), nil)(s)
	})
	scopes := []models.Scope{models.ScopeChecks, models.ScopeDevices}
	check := func(token string) response { return h.do(t, "GET", "/v1/checks/phone/1", "", bearer(token)) }
	for name, token := range map[string]string{
		"device": h.auth.add(models.Caller{Device: "dev_1"}),
		"key":    h.auth.add(models.Caller{Key: "key_1", Scopes: scopes}),
	} {
		first, second, third := check(token), check(token), check(token)
		if first.status != 200 || second.status != 200 || third.status != 429 || third.problem.Code != "rate_exhausted" {
			t.Errorf("%s: got %d %d %d", name, first.status, second.status, third.status)
		}
		for _, line := range []struct{ got, want string }{
			{first.header.Get("RateLimit-Policy"), `"` + name + `";q=2;w=200`},
			{first.header.Get("RateLimit"), `"` + name + `";r=1;t=100`},
			{second.header.Get("RateLimit"), `"` + name + `";r=0;t=200`},
			{third.header.Get("Retry-After"), "100"},
		} {
			if line.got != line.want {
				t.Errorf("%s: got %s, want %s", name, line.got, line.want)
			}
		}
		if got := check(h.auth.add(models.Caller{Device: "dev_" + name})).status; got != 200 {
			t.Errorf("%s: another one got %d", name, got)
		}
	}
	fast := h.auth.add(models.Caller{Key: "key_2", Scopes: scopes, Rate: 50})
	if a := check(fast); a.header.Get("RateLimit-Policy") != `"key";q=50;w=1` {
		t.Errorf("a key's own rate: %s", a.header.Get("RateLimit-Policy"))
	}
	register := func(headers ...string) int { return h.do(t, "PUT", "/v1/things/x", "{}", headers...).status }
	if first, second := register(), register(); first != 200 || second != 429 {
		t.Errorf("registration: got %d %d", first, second)
	}
	if got := register(bearer(fast)); got != 200 {
		t.Errorf("registration with a key: got %d", got)
	}
}

func TestLimitsAreOffByDefault(t *testing.T) {
	h := startServer(t, Options{}, checkRoute(Public(), fixedReply("{}")))
	for range 20 {
		if a := h.do(t, "GET", "/v1/checks/phone/1", ""); a.status != 200 || a.header.Get("RateLimit") != "" {
			t.Fatalf("got %d, %s", a.status, a.header.Get("RateLimit"))
		}
	}
}

func TestForwardedForIsUsedOnlyFromTrustedProxies(t *testing.T) {
	one := Limits{Address: Rate{PerSecond: 0.001, Burst: 1}}
	status := func(h *testServer, forwarded string) int {
		return h.do(t, "GET", "/v1/checks/phone/1", "", "X-Forwarded-For: "+forwarded).status
	}
	alone := startServer(t, Options{Limits: one}, checkRoute(Public(), fixedReply("{}")))
	if first, second := status(alone, "192.0.2.1"), status(alone, "192.0.2.2"); first != 200 || second != 429 {
		t.Errorf("without proxies: got %d %d", first, second)
	}
	behind := startServer(t, Options{Limits: one, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		checkRoute(Public(), fixedReply("{}")))
	for i, tt := range []struct {
		forwarded string
		want      int
	}{
		{"192.0.2.1", 200}, {"192.0.2.2", 200}, {"198.51.100.1, 192.0.2.1", 429},
	} {
		if got := status(behind, tt.forwarded); got != tt.want {
			t.Errorf("request %d behind a proxy: got %d, want %d", i+1, got, tt.want)
		}
	}
}

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}
	for _, tt := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"192.0.2.1", nil, "192.0.2.1"},
		{"192.0.2.1", []string{"198.51.100.1"}, "192.0.2.1"},
		{"10.0.0.1", nil, "10.0.0.1"},
		{"10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1", []string{"203.0.113.9, 198.51.100.1, 10.2.3.4"}, "198.51.100.1"},
		{"10.0.0.1", []string{"203.0.113.9", "198.51.100.1,10.2.3.4"}, "198.51.100.1"},
		{"10.0.0.1", []string{"10.9.9.9"}, "10.9.9.9"},
		{"10.0.0.1", []string{"198.51.100.1, nonsense, 10.2.3.4"}, "10.2.3.4"},
		{"10.0.0.1", []string{"198.51.100.1, "}, "10.0.0.1"},
		{"10.0.0.1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"10.0.0.1", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"10.0.0.1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"10.0.0.1", []string{"2001:db8::1%eth0"}, "2001:db8::1"},
		{"10.0.0.1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"::ffff:10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"2001:db8:ffff::1", []string{"198.51.100.1"}, "198.51.100.1"},
	} {
		var req fasthttp.Request
		for _, line := range tt.forwarded {
			req.Header.Add("X-Forwarded-For", line)
		}
		var rc fasthttp.RequestCtx
		rc.Init(&req, &net.TCPAddr{IP: net.ParseIP(tt.peer), Port: 1}, nil)
		if got := clientAddress(&rc, trusted); got.String() != tt.want {
			t.Errorf("peer %s, forwarded %q: got %s, want %s", tt.peer, tt.forwarded, got, tt.want)
		}
	}
}

func TestIPv6CountsByNetwork(t *testing.T) {
	network := func(peer string) string {
		var rc fasthttp.RequestCtx
		rc.Init(new(fasthttp.Request), &net.TCPAddr{IP: net.ParseIP(peer), Port: 1}, nil)
		return (&exchange{rc: &rc, route: &route{server: &Server{}}}).network().String()
	}
	for _, tt := range [][2]string{
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"}, {"2001:db8:1:2::ffff", "2001:db8:1:2::"}, {"192.0.2.77", "192.0.2.77"},
	} {
		if got := network(tt[0]); got != tt[1] {
			t.Errorf("%s: got %s, want %s", tt[0], got, tt[1])
		}
	}
}

func TestNoCallerEverGetsMoreThanItsAllowance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rate{PerSecond: rapid.Float64Range(0.1, 50).Draw(t, "rate"), Burst: rapid.IntRange(1, 20).Draw(t, "burst")}
		l, now, passed := newLimiter(Limits{}), time.Unix(1000, 0), 0
		caller, start := limitKey{bucket: bucketKey, id: "key_1"}, now
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "ms")) * time.Millisecond)
			a := l.take(caller, r, 1, now)
			if a.allowed {
				passed++
			} else if b := l.take(caller, r, 1, now.Add(a.retryAfter)); !b.allowed {
				t.Fatalf("refused at the time that Retry-After names: %+v then %+v", a, b)
			} else {
				now = now.Add(a.retryAfter)
				passed++
			}
			if most := float64(r.Burst) + now.Sub(start).Seconds()*r.PerSecond + 1e-6; float64(passed) > most {
				t.Fatalf("%d requests passed, want at most %v", passed, most)
			}
		}
	})
}

func TestTheLimiterIsBounded(t *testing.T) {
	l, now := newLimiter(Limits{MaxCallers: 640}), time.Unix(1000, 0)
	r := Rate{PerSecond: 0.001, Burst: 5}
	busy := limitKey{bucket: bucketAddress, addr: netip.MustParseAddr("192.0.2.1")}
	for range 5 {
		l.take(busy, r, 1, now)
	}
	for i := range 5000 {
		l.take(limitKey{bucket: bucketAddress, id: fmt.Sprint(i)}, r, 1, now)
	}
	tracked := 0
	for i := range l.shards {
		tracked += len(l.shards[i].full)
	}
	if tracked > 640 {
		t.Errorf("%d callers are held, want at most 640", tracked)
	}
	if l.take(busy, r, 1, now).allowed {
		t.Error("a flood of other callers gave the busiest caller a new allowance")
	}
}

func TestEntityTags(t *testing.T) {
	for _, tt := range []struct {
		header string
		rev    int64
		want   error
	}{
		{ETag(1), 1, nil},
		{ETag(0), 0, nil},
		{ETag(1 << 60), 1 << 60, nil},
		{"", 0, models.PreconditionRequired},
		{`W/"1"`, 0, models.Stale},
		{"*", 0, models.Malformed},
		{"1", 0, models.Malformed},
		{`"1`, 0, models.Malformed},
		{`"1", "2"`, 0, models.Malformed},
		{`"+1"`, 0, models.Malformed},
		{`"01"`, 0, models.Malformed},
		{`"x"`, 0, models.Malformed},
	} {
		rev, err := IfMatch(tt.header)
		if rev != tt.rev || !is(err, tt.want) {
			t.Errorf("IfMatch(%q) = %d, %v; want %d, %v", tt.header, rev, err, tt.rev, tt.want)
		}
	}
}

func TestIdempotencyKeys(t *testing.T) {
	for value, want := range map[string]string{
		"a": "", "8e03978e-40d5-43dd-bc93-6894a57f9324": "", `"quoted"`: "", strings.Repeat("a", 128): "",
		"": "idempotency_key_missing", strings.Repeat("a", 129): "idempotency_key_malformed", "a b": "idempotency_key_malformed",
		"é": "idempotency_key_malformed", "a\n": "idempotency_key_malformed", "\x7f": "idempotency_key_malformed",
	} {
		got, err := IdempotencyKey(value)
		if want == "" && (err != nil || got != value) || want != "" && (err == nil || publicError(err).Code != want) {
			t.Errorf("IdempotencyKey(%q) = %q, %v; want %q", value, got, err, want)
		}
	}
}

func is(err, want error) bool {
	return want == nil && err == nil || want != nil && errors.Is(err, want)
}
