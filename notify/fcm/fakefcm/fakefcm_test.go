package fakefcm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// post sends a body and returns status and reply.
func post(t *testing.T, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestMessagesAreCheckedAsFCMChecksThem(t *testing.T) {
	s := New(Options{})
	srv := httptest.NewServer(s)
	defer srv.Close()
	for _, c := range []struct {
		name, body string
		want       int
	}{
		{"a token", `{"message":{"token":"a","notification":{"title":"t","body":"b"},"data":{"k":"v"}}}`, 200},
		{"an installation id", `{"message":{"fid":"a","android":{"priority":"high","ttl":"3.5s"}}}`, 200},
		{"not JSON", `{`, 400},
		{"no message", `{}`, 400},
		{"no target", `{"message":{}}`, 400},
		{"two targets", `{"message":{"token":"a","fid":"b"}}`, 400},
		{"data that is no text", `{"message":{"token":"a","data":{"k":1}}}`, 400},
		{"a reserved key", `{"message":{"token":"a","data":{"from":"x"}}}`, 400},
		{"a key of Google's", `{"message":{"token":"a","data":{"google.x":"x"}}}`, 400},
		{"4,096 bytes", `{"message":{"token":"a","data":{"k":"` + strings.Repeat("x", 4095) + `"}}}`, 200},
		{"4,097 bytes", `{"message":{"token":"a","data":{"k":"` + strings.Repeat("x", 4096) + `"}}}`, 400},
		{"a priority that is none", `{"message":{"token":"a","android":{"priority":"urgent"}}}`, 400},
		{"28 days", `{"message":{"token":"a","android":{"ttl":"2419200s"}}}`, 200},
		{"more than 28 days", `{"message":{"token":"a","android":{"ttl":"2419201s"}}}`, 400},
	} {
		if got, reply := post(t, srv.URL+"/v1/projects/p/messages:send", c.body); got != c.want {
			t.Errorf("%s: got %d, want %d: %s", c.name, got, c.want, reply)
		}
	}
	if got := len(s.Accepted()); got != 4 {
		t.Errorf("%d were accepted, want 4", got)
	}
}

func TestAScriptPlaysItsRulesByPrefixAndCount(t *testing.T) {
	srv := httptest.NewServer(New(Options{}))
	defer srv.Close()
	script := `{"rules":[{"prefix":"ill-","fault":"unavailable","times":2,"retry_after":"1500ms"},{"prefix":"gone-",` +
		`"fault":"unregistered"}]}`
	if status, reply := post(t, srv.URL+"/script", script); status != http.StatusNoContent {
		t.Fatalf("script: %d %s", status, reply)
	}
	var got []int
	for _, token := range []string{"ill-1", "well", "ill-2", "ill-3", "gone-1", "gone-1"} {
		status, _ := post(t, srv.URL+"/v1/projects/p/messages:send", fmt.Sprintf(`{"message":{"token":%q}}`, token))
		got = append(got, status)
	}
	if want := []int{503, 200, 503, 200, 404, 404}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range []string{`{`, `{"rules":[{"fault":"flood"}]}`, `{"rules":[{"latency":"long"}]}`, `{"rulez":[]}`} {
		if status, _ := post(t, srv.URL+"/script", bad); status != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", bad, status)
		}
	}
}

func TestOnlyTheLastMessagesAreKeptAndAllAreCounted(t *testing.T) {
	s := New(Options{Keep: 3})
	srv := httptest.NewServer(s)
	defer srv.Close()
	for _, token := range []string{"a", "b", "c", "d", "e", "e"} {
		post(t, srv.URL+"/v1/projects/p/messages:send", fmt.Sprintf(`{"message":{"token":%q,"data":{"warning":"w"}}}`, token))
	}
	var got string
	for _, a := range s.Accepted() {
		got += a.Token
	}
	if got != "dee" {
		t.Errorf("kept %q, want dee", got)
	}
	if n := s.Stats(); n.Accepted != 6 || n.Targets != 5 || n.Repeated != 1 || n.ByStatus["200"] != 6 {
		t.Errorf("stats %+v", n)
	}
	resp, err := http.Get(srv.URL + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var stats Stats
	if err := json.NewDecoder(resp.Body).Decode(&stats); err != nil || stats.Accepted != 6 {
		t.Errorf("GET /stats says %+v, %v", stats, err)
	}
}

func TestListenServesBothProtocolsUntilTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, ready, done := New(Options{}), make(chan string, 1), make(chan error, 1)
	go func() { done <- s.Listen(ctx, "127.0.0.1:0", func(url string) { ready <- url }) }()
	url := <-ready
	h2 := &http.Transport{Protocols: new(http.Protocols)}
	h2.Protocols.SetUnencryptedHTTP2(true)
	defer h2.CloseIdleConnections()
	for _, client := range []*http.Client{http.DefaultClient, {Transport: h2, Timeout: 5 * time.Second}} {
		resp, err := client.Post(url+"/v1/projects/p/messages:send", "application/json", strings.NewReader(`{"message":{"token":"a"}}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if all := s.Accepted(); len(all) != 2 || all[0].HTTP != "HTTP/1.1" || all[1].HTTP != "HTTP/2.0" {
		t.Errorf("accepted %+v", all)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzAnyRequestIsAnswered(f *testing.F) {
	f.Add([]byte(`{"message":{"token":"a","data":{"k":"v"},"android":{"ttl":"1s"}}}`))
	f.Add([]byte(`{"message":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, violation := parse(body)
		if violation == nil && m.target() == "" && m.Topic == "" && m.Condition == "" {
			t.Error("a message without a target passed")
		}
	})
}
