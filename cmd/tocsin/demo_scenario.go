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

// stepTimeout is the longest a step waits for what the server does after its
// reply. It is much longer than that takes, for slow machines.
const stepTimeout = 10 * time.Second

// scammerNumber is the scammer's number. 555-0100 to 555-0199 are reserved for fiction in North America.
const scammerNumber = "+12025550147"

// scenario is the demo: each step sends real requests and prints them with their
// replies. Three parties take part, each with a credential of its own: Ana's
// phone, a call centre that reports for two victims, and an analyst. Every name,
// number and host is made up.
type scenario struct {
	out    io.Writer
	pushes *fakefcm.Server
	node   *node
	server *client
	step   int
	err    error // the first error of writing to out

	device, callCentre, analyst string // credentials
	signature                   string // id of the number's signature
}

// run runs the steps in order and stops at the first that fails.
func (s *scenario) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		s.prepare, s.register, s.expose, s.report, s.weigh, s.confirm, s.awaitPush, s.read, s.check,
	} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("step %d: %w", s.step, err)
		}
	}
	return s.err
}

// printf writes to out. A failure is kept for the end: the output is not what the steps are about.
func (s *scenario) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(s.out, format, args...); err != nil && s.err == nil {
		s.err = err
	}
}

// announce prints the heading of the next step.
func (s *scenario) announce(format string, args ...any) {
	s.step++
	s.printf("\n%d. %s\n", s.step, fmt.Sprintf(format, args...))
}

// show sends a request, prints it and its reply, and fails on anything but a 2xx.
func (s *scenario) show(ctx context.Context, r request, in any) (response, error) {
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

// shorten returns JSON on one line, and only the beginning of a long one.
func shorten(body []byte) string {
	const most = 700 // bytes
	var line bytes.Buffer
	if json.Compact(&line, body) != nil {
		return strings.TrimSpace(string(body))
	}
	if line.Len() > most {
		return string([]rune(line.String())[:most/2]) + " ..."
	}
	return line.String()
}

// prepare creates API keys and imports the sample signatures.
func (s *scenario) prepare(ctx context.Context) error {
	var err error
	if s.callCentre, err = s.node.createKey(ctx, "City call centre", models.ScopeReports, models.ScopeChecks); err != nil {
		return err
	}
	if s.analyst, err = s.node.createKey(ctx, "Analysts", models.ScopeSignatures); err != nil {
		return err
	}
	s.announce("An operator imports %d sample signatures: phone numbers, a number range, domains, links, accounts and phrases. "+
		"The hotline of a bank goes into the protected register.", bytes.Count(sampleSignatures, []byte("\n")))
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
	// The sample is too long to show, and of the results the last line says enough.
	all := strings.Split(strings.TrimSpace(string(got.body)), "\n")
	s.printf("   > POST /v1/signatures:import\n   < %d %s\n", got.status, all[len(all)-1])
	return nil
}

// register registers Ana's phone and keeps its credential.
func (s *scenario) register(ctx context.Context) error {
	s.announce("Ana installs the app. Her phone registers as a device, without an account. " +
		"She agrees that her exposures are kept and that she is warned.")
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

// expose stores that Ana has met the number.
func (s *scenario) expose(ctx context.Context) error {
	s.announce("A number that nobody has reported yet calls Ana. Her phone stores the exposure: " +
		"the server keeps a keyed hash of the number and its last four digits. The number's level is unknown.")
	_, err := s.show(ctx, request{method: http.MethodPut, path: "/v1/devices/me/exposures", credential: s.device}, map[string]any{
		"exposures": []any{map[string]any{
			// As her phone shows it: the server knows the region from the registration.
			"kind": "phone", "value": "(202) 555-0147", "channel": "call", "met_at": time.Now().Add(-20 * time.Hour).UTC().Format(time.RFC3339),
		}},
	})
	return err
}

// report files two reports of the number, each on behalf of another caller.
func (s *scenario) report(ctx context.Context) error {
	s.announce("The next day two victims call the call centre about the same number. " +
		"The second one mentions a card number, which is masked before anything is stored.")
	for i, r := range []map[string]any{
		{
			"indicators": []any{map[string]string{"kind": "phone", "value": "+1 202-555-0147"}},
			"story":      "A man who said he was from the police wanted me to move my savings.",
		},
		{
			"indicators": []any{map[string]string{"kind": "phone", "value": "202.555.0147"}}, "region": "US",
			"message": map[string]string{
				"text": "This is the police. Move your money to a safe account today: https://first-bank-login.example/safe",
				"via":  "sms",
			},
			"story": "I gave them my card 4111 1111 1111 1111 and paid.",
			"harm":  map[string]any{"stage": "paid", "amount": map[string]any{"minor": 250000, "currency": "USD"}},
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

// weigh waits until the server has weighed the reports, which it does after its
// replies, and shows the signature.
func (s *scenario) weigh(ctx context.Context) error {
	s.announce("The server weighs the reports and creates a signature of the number. " +
		"Reports alone never raise its level above caution, however many there are.")
	id := models.SignatureID(models.Exact, models.Phone, scammerNumber)
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

// confirm sets the level of the signature to confirmed.
func (s *scenario) confirm(ctx context.Context) error {
	s.announce("An analyst has called the number and confirms that it is a scam. " +
		"If-Match names the revision of the signature that she has seen.")
	r := request{method: http.MethodGet, path: "/v1/signatures/" + s.signature, credential: s.analyst}
	// A change of level needs If-Match, so that nobody overwrites what he has not seen.
	now, err := s.server.do(ctx, r)
	if err != nil {
		return err
	}
	r.method, r.header = http.MethodPatch, map[string]string{"If-Match": now.header.Get("ETag")}
	_, err = s.show(ctx, r, map[string]string{"level": "confirmed", "category": "impersonation"})
	return err
}

// awaitPush waits for Ana's push and shows its text.
func (s *scenario) awaitPush(ctx context.Context) error {
	start := time.Now()
	s.announce("The change is in the verdict log. Everybody who met the number is warned. Ana's phone gets this push, in her language:")
	err := waitUntil(ctx, stepTimeout, func() (bool, error) { return len(s.pushes.Accepted()) > 0, nil })
	if err != nil {
		return fmt.Errorf("no push went out: %w", err)
	}
	push := s.pushes.Accepted()[0]
	s.printf("   push accepted by the push server %d ms after the confirmation\n   | %s\n   | %s\n",
		time.Since(start).Milliseconds(), push.Title, push.Body)
	return nil
}

// read reads Ana's inbox and sends a receipt for its only warning.
func (s *scenario) read(ctx context.Context) error {
	s.announce("The same warning is in the inbox of her device. She opens it, and the app sends a receipt.")
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

// check checks the scammer's number and the bank's hotline.
func (s *scenario) check(ctx context.Context) error {
	s.announce("From now on a check of the number answers confirmed while the phone rings. " +
		"The bank's hotline is imitated by scammers, so a check of it does not call it a scam:")
	for _, number := range []string{scammerNumber, "+12025550100"} {
		path := "/v1/checks/phone/" + url.PathEscape(number)
		if _, err := s.show(ctx, request{method: http.MethodGet, path: path, credential: s.device}, nil); err != nil {
			return err
		}
	}
	return nil
}

// waitUntil calls done every 20 ms until it reports true or fails. After limit it
// returns an error.
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
