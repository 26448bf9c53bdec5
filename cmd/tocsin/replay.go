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

type replayCommand struct {
	remote

	File        string        `arg:"" help:"File of reports, one JSON object a line; .gz is unpacked." type:"existingfile"`
	Rate        float64       `help:"Reports a second; 0: as fast as they are taken." default:"0"`
	Concurrency int           `help:"Requests under way at once." default:"32"`
	Exposed     int           `help:"Percent of the reported indicators that a device has met shortly before." default:"2"`
	Devices     int           `help:"Devices that have met something." default:"200"`
	Limit       int           `help:"Stop after so many lines; 0: the whole file." default:"0"`
	Patience    time.Duration `help:"How long a line is tried again while the server is away or busy." default:"60s"`
	Settle      time.Duration `help:"How long to wait at the end for warnings that are still due." default:"60s"`
	Ledger      string        `help:"Write the id of every acknowledged report to this file." type:"path"`
}

// Run posts the file and prints the closing table. The key needs the scopes
// reports and devices: reports from the app are filed by devices, one for each
// reporter of the file, which are registered on the way. It fails when a line was neither accepted nor refused.
func (c *replayCommand) Run(ctx context.Context, env environment) (err error) {
	file, err := openReplay(c.File)
	if err != nil {
		return err
	}
	defer file.close()
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
	start := time.Now()
	if err := r.post(ctx, file, env.log); err != nil {
		return err
	}
	took := time.Since(start)
	if err := r.collectWarnings(ctx); err != nil {
		return fmt.Errorf("collect warnings: %w", err)
	}
	return r.tally.print(env.out, took)
}

// replay is one run of the command.
type replay struct {
	*replayCommand

	server            *client
	tally             *replayTally
	deviceCredentials []string // credentials of the devices that meet indicators
	ledger            io.Writer
	mu                sync.Mutex // guards reporters and ledger
	reporters         map[string]*reporter
}

// reporter is one person of the file and the device that person files with.
type reporter struct {
	once       sync.Once
	credential string
	err        error
}

func (r *replay) post(ctx context.Context, file *replayFile, progress io.Writer) error {
	bar := file.bar(progress, "reports")
	limiter := rate.NewLimiter(rate.Inf, 1)
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

// one posts one line: the exposure first when the line was chosen for one, then the report.
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
	if line.Channel == "app" {
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

// acknowledge writes an accepted report to the ledger.
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

// reporter returns the credential of the device of a reporter of the file.
func (r *replay) reporter(ctx context.Context, name string) (string, error) {
	r.mu.Lock()
	who, known := r.reporters[name]
	if !known {
		who = &reporter{}
		r.reporters[name] = who
	}
	r.mu.Unlock()
	who.once.Do(func() { who.credential, who.err = r.registerDevice(ctx, "", false) })
	return who.credential, who.err
}

func (r *replay) registerDevice(ctx context.Context, token string, consent bool) (string, error) {
	device := map[string]any{
		"platform": "android", "locale": "en",
		"consents": map[string]bool{"exposures": consent, "warnings": consent},
	}
	if token != "" {
		device["push"] = map[string]string{"kind": "token", "value": token}
	}
	var reply struct{ Credential string }
	err := r.server.call(ctx, request{method: http.MethodPost, path: "/v1/devices", credential: r.Key}, device, &reply)
	return reply.Credential, err
}

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

// expose lets a device meet the line's indicator when the line is among the chosen percent. The choice hangs on the
// line's id alone, so that two runs choose the same. A value that the server refuses was never met.
func (r *replay) expose(ctx context.Context, line replayLine) error {
	h := fnv.New32a()
	_, _ = h.Write([]byte(line.ClientID)) // never fails
	if len(r.deviceCredentials) == 0 || int(h.Sum32()%100) >= r.Exposed || line.Truth.Class == "malformed" || line.Truth.Class == "retry" {
		return nil
	}
	raw := line.indicator()
	if raw == nil {
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
		method: http.MethodPut, path: "/v1/devices/me/exposures", credential: r.deviceCredentials[int(h.Sum32()/100)%len(r.deviceCredentials)], body: body,
	})
	if err != nil {
		return err
	}
	r.tally.countExposure(got)
	return nil
}

// collectWarnings reads the inboxes of the devices that met something, until
// no warning is due any more or the time to settle is over.
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
