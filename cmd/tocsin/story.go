package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/notify/fcm/fakefcm"
)

// patience is how long the story waits for what happens behind a reply.
const stepTimeout = 10 * time.Second

// storyNumber is the scammer's number in the story, from the range that is kept for fiction.
const storyNumber = "+12025550147"

// story is the demo: each step is a real request, printed with its reply.
type story struct {
	out    io.Writer
	pushes *fakefcm.Server
	node   *node
	server *client
	step   int
	err    error // the first of writing to out

	device, callCentre, analyst string // credentials
	signature                   string // id of the number's signature
}

// tell plays the story from the first registration to the push.
func (s *story) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		s.prepare, s.register, s.expose, s.report, s.weigh, s.confirm, s.awaitPush, s.read, s.check,
	} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("step %d: %w", s.step, err)
		}
	}
	return s.err
}

func (s *story) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(s.out, format, args...); err != nil && s.err == nil {
		s.err = err
	}
}

func (s *story) announce(format string, args ...any) {
	s.step++
	s.printf("\n%d. %s\n", s.step, fmt.Sprintf(format, args...))
}

// show sends a request, prints it and its reply, and fails on anything but a 2xx.
func (s *story) show(ctx context.Context, r request, in any) (response, error) {
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return response{}, err
		}
		r.body = body
	}
	s.printf("   > %s %s", r.method, r.path)
	for name, value := range r.header {
		s.printf("  %s: %s", name, value)
	}
	s.printf("\n")
	if len(r.body) > 0 && len(r.body) < 1000 {
		s.printf("   > %s\n", r.body)
	}
	got, err := s.server.do(ctx, r)
	if err != nil {
		return got, err
	}
	s.printf("   < %d %s\n", got.status, shorten(got.body))
	return got, got.err()
}

// shorten prints JSON on one line, and not more of it than a screen takes.
func shorten(body []byte) string {
	const most = 700
	var line bytes.Buffer
	if json.Compact(&line, body) != nil {
		return strings.TrimSpace(string(body))
	}
	if line.Len() > most {
		return string([]rune(line.String())[:most/2]) + " ..."
	}
	return line.String()
}

// prepare makes keys and loads the sample signatures.
func (s *story) prepare(ctx context.Context) error {
	var err error
	if s.callCentre, err = s.node.createKey(ctx, "City call centre", models.ScopeReports, models.ScopeChecks); err != nil {
		return err
	}
	if s.analyst, err = s.node.createKey(ctx, "Analysts", models.ScopeSignatures); err != nil {
		return err
	}
	s.announce("An operator loads %d sample signatures: numbers, a range, domains, links, accounts, phrases, and a bank's own hotline for the protected register.", bytes.Count(sampleSignatures, []byte("\n")))
	got, err := s.server.do(ctx, request{
		method: http.MethodPost, path: "/v1/signatures:import", credential: s.analyst, body: sampleSignatures,
		header: map[string]string{"Content-Type": "application/x-ndjson"},
	})
	if err == nil {
		err = got.err()
	}
	if err != nil {
		return err
	}
	all := strings.Split(strings.TrimSpace(string(got.body)), "\n")
	s.printf("   > POST /v1/signatures:import\n   < %d %s\n", got.status, all[len(all)-1])
	return nil
}

func (s *story) register(ctx context.Context) error {
	s.announce("Ana installs the app. Her phone registers without an account; she agrees to be warned of what she has met.")
	got, err := s.show(ctx, request{method: http.MethodPost, path: "/v1/devices"}, map[string]any{
		"platform": "android", "locale": "es-US", "region": "US", "time_zone": "America/New_York",
		"push":     map[string]string{"kind": "token", "value": "demo-token-of-ana"},
		"consents": map[string]bool{"exposures": true, "warnings": true},
	})
	if err != nil {
		return err
	}
	var made struct{ Credential string }
	if err := json.Unmarshal(got.body, &made); err != nil {
		return err
	}
	s.device = made.Credential
	return nil
}

func (s *story) expose(ctx context.Context) error {
	s.announce("A number that nobody knows yet calls Ana. Her phone keeps that she met it, as a keyed hash. The answer is honest: unknown.")
	_, err := s.show(ctx, request{method: http.MethodPut, path: "/v1/devices/me/exposures", credential: s.device}, map[string]any{
		"exposures": []any{map[string]any{
			"kind": "phone", "value": "(202) 555-0147", "channel": "call", "met_at": time.Now().Add(-20 * time.Hour).UTC().Format(time.RFC3339),
		}},
	})
	return err
}

func (s *story) report(ctx context.Context) error {
	s.announce("The next day two victims ring the call centre about the same number. The story of the second holds a card number: it is masked before anything is stored.")
	for i, r := range []map[string]any{
		{
			"indicators": []any{map[string]string{"kind": "phone", "value": "+1 202-555-0147"}},
			"story":      "A man who said he was from the police wanted me to move my savings.",
		},
		{
			"indicators": []any{map[string]string{"kind": "phone", "value": "202.555.0147"}}, "region": "US",
			"message": map[string]string{"text": "This is the police. Move your money to a safe account today: https://first-bank-login.example/safe", "via": "sms"},
			"story":   "I gave them my card 4111 1111 1111 1111 and paid.",
			"harm":    map[string]any{"stage": "paid", "amount": map[string]any{"minor": 250000, "currency": "USD"}},
		},
	} {
		r["at"], r["on_behalf_of"] = time.Now().UTC().Format(time.RFC3339), fmt.Sprintf("caller-%d", i+1)
		_, err := s.show(ctx, request{
			method: http.MethodPost, path: "/v1/reports", credential: s.callCentre,
			header: map[string]string{"Tocsin-Agent": "Noor", "Idempotency-Key": fmt.Sprintf("demo-report-%d", i+1)},
		}, r)
		if err != nil {
			return err
		}
	}
	return nil
}

// weigh waits until the desk has weighed the reports, and shows the signature that they made.
func (s *story) weigh(ctx context.Context) error {
	s.announce("The desk weighs the reports: they have made a signature. However many reports come, a crowd alone never lifts it past caution.")
	id := models.SignatureID(models.Exact, models.Phone, storyNumber)
	r := request{method: http.MethodGet, path: "/v1/signatures/" + id, credential: s.analyst}
	err := waitUntil(ctx, stepTimeout, func() (bool, error) {
		var seen struct{ Reporters int }
		err := s.server.call(ctx, r, nil, &seen)
		return err == nil && seen.Reporters >= 2, nil
	})
	if err != nil {
		return fmt.Errorf("the reports were not weighed: %w", err)
	}
	s.signature = id
	_, err = s.show(ctx, r, nil)
	return err
}

func (s *story) confirm(ctx context.Context) error {
	s.announce("An analyst has rung the number and confirms it. If-Match names the revision that she has looked at.")
	r := request{method: http.MethodGet, path: "/v1/signatures/" + s.signature, credential: s.analyst}
	now, err := s.server.do(ctx, r)
	if err != nil {
		return err
	}
	r.method, r.header = http.MethodPatch, map[string]string{"If-Match": now.header.Get("ETag")}
	_, err = s.show(ctx, r, map[string]string{"level": "confirmed", "category": "impersonation"})
	return err
}

// pushed waits for Ana's push.
func (s *story) awaitPush(ctx context.Context) error {
	start := time.Now()
	s.announce("The verdict log carries the change to everybody who met the number. Ana's phone is told, in her language:")
	err := waitUntil(ctx, stepTimeout, func() (bool, error) { return len(s.pushes.Accepted()) > 0, nil })
	if err != nil {
		return fmt.Errorf("no push went out: %w", err)
	}
	push := s.pushes.Accepted()[0]
	s.printf("   push accepted by the push server %d ms after the confirmation\n   | %s\n   | %s\n", time.Since(start).Milliseconds(), push.Title, push.Body)
	return nil
}

func (s *story) read(ctx context.Context) error {
	s.announce("The same warning lies in the inbox of her phone. She opens it, and the app says so.")
	got, err := s.show(ctx, request{method: http.MethodGet, path: "/v1/devices/me/warnings", credential: s.device}, nil)
	if err != nil {
		return err
	}
	var inbox struct{ Warnings []struct{ ID string } }
	if err := json.Unmarshal(got.body, &inbox); err != nil {
		return err
	}
	if len(inbox.Warnings) != 1 {
		return fmt.Errorf("the inbox holds %d warnings, not one", len(inbox.Warnings))
	}
	_, err = s.show(ctx, request{
		method: http.MethodPost, path: "/v1/devices/me/warnings/" + inbox.Warnings[0].ID + "/receipts", credential: s.device,
	}, map[string]string{"receipt": "opened", "at": time.Now().UTC().Format(time.RFC3339)})
	return err
}

func (s *story) check(ctx context.Context) error {
	s.announce("From now on whoever is called by it gets the answer while the phone rings. And the bank's real hotline is not blamed for being imitated:")
	for _, number := range []string{storyNumber, "+12025550100"} {
		path := "/v1/checks/phone/" + url.PathEscape(number)
		if _, err := s.show(ctx, request{method: http.MethodGet, path: path, credential: s.device}, nil); err != nil {
			return err
		}
	}
	return nil
}

// until asks done every 20 ms, but not longer than limit.
func waitUntil(ctx context.Context, limit time.Duration, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%v have passed", limit)
		case <-tick.C:
		}
	}
}
