package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// replayCommand is tocsin replay.
type replayCommand struct {
	remote

	File        string        `arg:"" help:"File of reports, one JSON object a line. A file ending in .gz is unpacked." type:"existingfile"`
	Rate        float64       `help:"Reports a second; 0 is as fast as the server accepts them." default:"0"`
	Concurrency int           `help:"Requests under way at the same time." default:"32"`
	Exposed     int           `help:"Percentage of the reports whose indicator a device has met just before." default:"2"`
	Devices     int           `help:"Number of devices that have met indicators." default:"200"`
	Limit       int           `help:"Number of lines after which the replay stops; 0 is the whole file." default:"0"`
	Patience    time.Duration `help:"How long a request is retried while the server is unavailable or busy." default:"60s"`
	Settle      time.Duration `help:"How long to wait at the end for warnings that are still due." default:"60s"`
	Ledger      string        `help:"File that gets the ID of every accepted report, one a line." type:"path"`
}

// Run posts the file and prints the closing table. The key needs the scopes
// reports and devices: a report from the app is filed by a device, and Run
// registers one for each reporter of the file. It fails when the server neither
// accepted nor refused a line, such as with a 5xx.
func (c *replayCommand) Run(ctx context.Context, env environment) (err error) {
	file, err := openReplay(c.File)
	if err != nil {
		return err
	}
	defer file.close()
	// The connections beyond Concurrency are for the registrations on the way.
	r := &replay{
		replayCommand: c, server: newClient(c.Server, c.Concurrency+8, c.Patience), tally: newReplayTally(),
		reporters: map[string]*reporter{},
	}
	if c.Ledger != "" {
		ledger, err := os.OpenFile(c.Ledger, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		defer joinClose(&err, ledger.Close)
		r.ledger = ledger
	}
	if err := r.registerDevices(ctx); err != nil {
		return fmt.Errorf("register devices: %w", err)
	}
	start := time.Now() // the registrations above do not count as reports
	if err := r.post(ctx, file, env.log); err != nil {
		return err
	}
	took := time.Since(start)
	if err := r.collectWarnings(ctx); err != nil {
		return fmt.Errorf("collect warnings: %w", err)
	}
	return r.tally.print(env.out, took)
}

// replay is one run of replayCommand.
type replay struct {
	*replayCommand

	server            *client
	tally             *replayTally
	deviceCredentials []string             // of the devices that are exposed to indicators
	ledger            io.Writer            // nil: none
	mu                sync.Mutex           // guards reporters and ledger
	reporters         map[string]*reporter // by the file's name of the reporter
}

// reporter is the device with which one person of the file reports. It is
// registered at that person's first line.
type reporter struct {
	once       sync.Once
	credential string
	err        error
}

// post posts the lines of the file at the given rate, Concurrency at a time. It
// stops at the first line that cannot be sent.
func (r *replay) post(ctx context.Context, file *replayFile, progress io.Writer) error {
	bar := file.bar(progress, "reports")
	limiter := rate.NewLimiter(rate.Inf, 1) // a burst of 1 keeps the distance between reports even
	if r.Rate > 0 {
		limiter = rate.NewLimiter(rate.Limit(r.Rate), 1)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.Concurrency)
	for r.Limit == 0 || file.line < r.Limit {
		line, err := file.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = limiter.Wait(ctx)
		}
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		group.Go(func() error { return r.postLine(ctx, line) })
		if file.line%200 == 0 {
			bar.draw()
		}
	}
	err := group.Wait()
	bar.finish()
	return err
}

// postLine posts one line: the exposure first, if the line is chosen for one, and
// then the report. Its idempotency key is the line's own ID, so the line may be sent again.
func (r *replay) postLine(ctx context.Context, line replayLine) error {
	body, err := line.body()
	if err != nil {
		return fmt.Errorf("line %d: %w", line.line, err)
	}
	if err := r.expose(ctx, line); err != nil {
		return fmt.Errorf("line %d: expose: %w", line.line, err)
	}
	req := request{
		method: http.MethodPost, path: "/v1/reports", credential: r.Key, body: body,
		header: map[string]string{"Idempotency-Key": line.ClientID, "Tocsin-Agent": "replay"},
	}
	if line.Channel == "app" { // a device has no agent, and its credential is not the key
		delete(req.header, "Tocsin-Agent")
		if req.credential, err = r.reporter(ctx, line.Reporter); err != nil {
			return fmt.Errorf("line %d: register reporter: %w", line.line, err)
		}
	}
	start := time.Now()
	got, err := r.server.do(ctx, req)
	if err != nil {
		return fmt.Errorf("line %d: %w", line.line, err)
	}
	took := time.Since(start)
	r.tally.countReply(line, got, took)
	return r.writeLedger(line, got)
}

// writeLedger writes the ID of an accepted report to the ledger, which a test
// compares with the database (TestKilledServersKeepEveryAcknowledgedReport).
func (r *replay) writeLedger(line replayLine, got response) error {
	if got.status != http.StatusCreated || r.ledger == nil {
		return nil
	}
	var reply struct{ ID string }
	if err := json.Unmarshal(got.body, &reply); err != nil {
		return fmt.Errorf("line %d: read the reply: %w", line.line, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := fmt.Fprintln(r.ledger, reply.ID)
	return err
}

// reporter returns the credential of the device of the named reporter.
func (r *replay) reporter(ctx context.Context, name string) (string, error) {
	r.mu.Lock()
	who, known := r.reporters[name]
	if !known {
		who = &reporter{}
		r.reporters[name] = who
	}
	r.mu.Unlock()
	// Many lines of one reporter wait here for one registration, without the lock.
	who.once.Do(func() { who.credential, who.err = r.registerDevice(ctx, "", false) })
	return who.credential, who.err
}

// registerDevice registers a device, with a push token unless that is empty, and
// returns its credential. consent is for exposures and warnings alike.
func (r *replay) registerDevice(ctx context.Context, token string, consent bool) (string, error) {
	device := map[string]any{
		"platform": "android", "locale": "en",
		"consents": map[string]bool{"exposures": consent, "warnings": consent},
	}
	if token != "" {
		device["push"] = map[string]string{"kind": "token", "value": token}
	}
	var reply struct{ Credential string }
	// A device whose reply is lost stays unused, which does no harm in a trial.
	err := r.server.call(ctx, request{method: http.MethodPost, path: "/v1/devices", credential: r.Key, repeatable: true}, device, &reply)
	return reply.Credential, err
}

// registerDevices registers the devices that are exposed to indicators. Their push
// tokens differ from those of earlier runs.
func (r *replay) registerDevices(ctx context.Context) error {
	if r.Exposed == 0 {
		return nil
	}
	run := strconv.FormatInt(time.Now().UnixNano(), 36)
	for i := range r.Devices {
		credential, err := r.registerDevice(ctx, "replay-"+run+"-"+strconv.Itoa(i), true)
		if err != nil {
			return err
		}
		r.deviceCredentials = append(r.deviceCredentials, credential)
	}
	return nil
}

// expose stores an exposure of a device to the line's indicator if the line is
// among the chosen percentage. A hash of the line's ID decides, so two runs
// choose the same lines. Malformed lines and retries are never chosen.
func (r *replay) expose(ctx context.Context, line replayLine) error {
	h := fnv.New32a()
	_, _ = h.Write([]byte(line.ClientID)) // never fails
	if len(r.deviceCredentials) == 0 || int(h.Sum32()%100) >= r.Exposed || line.Truth.Class == "malformed" || line.Truth.Class == "retry" {
		return nil
	}
	raw := line.indicator()
	if raw == nil { // a message: nobody is exposed to one
		return nil
	}
	var met map[string]any
	if err := json.Unmarshal(raw, &met); err != nil {
		return err
	}
	met["channel"], met["met_at"] = "call", time.Now().UTC().Format(time.RFC3339)
	if len(line.Region) > 0 {
		met["region"] = line.Region
	}
	body, err := json.Marshal(map[string]any{"exposures": []any{met}})
	if err != nil {
		return err
	}
	got, err := r.server.do(ctx, request{
		method: http.MethodPut, path: "/v1/devices/me/exposures", body: body,
		credential: r.deviceCredentials[int(h.Sum32()/100)%len(r.deviceCredentials)],
	})
	if err != nil {
		return err
	}
	r.tally.countExposure(got)
	return nil
}

// collectWarnings reads the inboxes of the exposed devices every second, until no
// warning is due any more or the time of --settle is over, and counts their states.
func (r *replay) collectWarnings(ctx context.Context) error {
	deadline := time.Now().Add(r.Settle)
	for {
		states := map[string]int{}
		for _, credential := range r.deviceCredentials {
			if err := r.inbox(ctx, credential, states); err != nil {
				return err
			}
		}
		r.tally.setWarnings(states)
		if states["due"] == 0 || time.Now().After(deadline) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// inbox adds the states of a device's warnings to states, page by page.
func (r *replay) inbox(ctx context.Context, credential string, states map[string]int) error {
	cursor := ""
	for {
		var page struct {
			Warnings []struct{ State string }
			Next     string `json:"next_cursor"`
		}
		err := r.server.call(ctx, request{method: http.MethodGet, path: "/v1/devices/me/warnings" + cursor, credential: credential}, nil, &page)
		if err != nil {
			return err
		}
		for _, w := range page.Warnings {
			states[w.State]++
		}
		if page.Next == "" {
			return nil
		}
		cursor = "?cursor=" + page.Next
	}
}
