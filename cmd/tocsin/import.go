package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"
)

type importCommand struct {
	remote

	Files    []string `arg:"" help:"Lists to read: CSV or TSV with a header, JSON Lines, or one value a line; .gz is unpacked." type:"existingfile"`
	Format   string   `help:"Format of the files." enum:"auto,csv,tsv,jsonl,list" default:"auto"`
	Kind     string   `help:"Kind of the values where the list does not say (phone, url, domain, email, account, wallet, text)."`
	Level    string   `help:"Level where the list does not say; imitated fills the protected register." enum:"watch,caution,danger,imitated,cleared" default:"danger"`
	Category string   `help:"Category where the list does not say." default:"other"`
	Source   string   `help:"Name of the list where it does not say itself."`
	Region   string   `help:"Country of national numbers where the list does not say (ISO 3166)."`
	DryRun   bool     `help:"Say what would happen; change nothing."`
	Refused  string   `help:"Write one line for each refused line to this file ('-': standard error)." default:"-"`
}

// importChunk is how many lines travel in one request.
const importChunk = 2000

// Run imports every file and prints what came of its lines.
func (c *importCommand) Run(ctx context.Context, env environment) (err error) {
	refused := env.log
	if c.Refused != "-" {
		file, err := os.Create(c.Refused)
		if err != nil {
			return err
		}
		defer joinClose(&err, file.Close)
		refused = file
	}
	tally := &importTally{results: map[string]int{}, codes: map[string]int{}, refused: refused}
	start := time.Now()
	for _, path := range c.Files {
		if err := c.importFile(ctx, path, tally, env.log); err != nil {
			return fmt.Errorf("import %s: %w", path, err)
		}
	}
	return tally.print(env.out, time.Since(start), c.DryRun)
}

// file reads one list and posts it in chunks, three requests at a time: one
// being read, one on its way, one being stored.
func (c *importCommand) importFile(ctx context.Context, path string, tally *importTally, progress io.Writer) error {
	list, err := openList(path, c.Format)
	if err != nil {
		return err
	}
	defer list.close()
	bar := list.bar(progress, path)
	server := newClient(c.Server, 4, time.Minute)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(3)
	post := func(chunk []listEntry) {
		group.Go(func() error { return c.post(ctx, server, path, chunk, tally) })
	}
	chunk := make([]listEntry, 0, importChunk)
	for ctx.Err() == nil {
		entry, err := list.next()
		var bad malformedLine
		switch {
		case errors.As(err, &bad):
			tally.refuse(path, bad.line, "line_malformed", bad.cause.Error())
			continue
		case errors.Is(err, io.EOF):
			if len(chunk) > 0 {
				post(chunk)
			}
			err = group.Wait()
			bar.finish()
			return err
		case err != nil:
			return errors.Join(err, group.Wait())
		}
		if chunk = append(chunk, c.withDefaults(entry)); len(chunk) == importChunk {
			post(chunk)
			chunk = make([]listEntry, 0, importChunk)
			bar.draw()
		}
	}
	return group.Wait()
}

// filled puts the command's defaults where the list says nothing.
func (c *importCommand) withDefaults(e listEntry) listEntry {
	kind := c.Kind
	if kind == "" {
		kind = guessKind(e.Value)
	}
	for _, d := range []struct {
		field *string
		value string
	}{{&e.Kind, kind}, {&e.Level, c.Level}, {&e.Category, c.Category}, {&e.Source, c.Source}, {&e.Region, c.Region}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	return e
}

// guessKind tells the kind of a plain list's value by its shape. The server still has the last word on the value.
func guessKind(value string) string {
	switch {
	case strings.ContainsAny(value, "/?"):
		return "url"
	case strings.Contains(value, "@"):
		return "email"
	case strings.Trim(value, "+0123456789 -().") == "":
		return "phone"
	default:
		return "domain"
	}
}

// importLine is one line of the reply.
type importLine struct {
	Line   int    `json:"line"`
	Result string `json:"result"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Done   bool   `json:"done"`
}

func (c *importCommand) post(ctx context.Context, server *client, path string, chunk []listEntry, tally *importTally) error {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	for _, e := range chunk {
		if err := encoder.Encode(e); err != nil {
			return fmt.Errorf("encode line %d: %w", e.line, err)
		}
	}
	target := "/v1/signatures:import"
	if c.DryRun {
		target += "?dry_run=true"
	}
	reply, err := server.do(ctx, request{
		method: http.MethodPost, path: target, credential: c.Key, body: body.Bytes(),
		header: map[string]string{"Content-Type": "application/x-ndjson"},
	})
	if err == nil {
		err = reply.err()
	}
	if err != nil {
		return err
	}
	return eachLine(reply.body, func(raw []byte) (bool, error) {
		var got importLine
		if err := json.Unmarshal(raw, &got); err != nil {
			return false, fmt.Errorf("read the reply: %w", err)
		}
		switch {
		case got.Done:
			return true, nil
		case got.Line < 1 || got.Line > len(chunk):
			return false, fmt.Errorf("the reply speaks of line %d of %d: %s", got.Line, len(chunk), got.Code)
		case got.Result == "refused":
			tally.refuse(path, chunk[got.Line-1].line, got.Code, got.Detail)
		default:
			tally.count(got.Result)
		}
		return false, nil
	})
}

// importTally counts what came of the lines.
type importTally struct {
	mu       sync.Mutex
	results  map[string]int
	codes    map[string]int
	refused  io.Writer
	writeErr error
}

func (t *importTally) count(result string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.results[result]++
}

// refuse notes a refused line: its number and the reason, never the value.
func (t *importTally) refuse(path string, line int, code, detail string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.results["refused"]++
	t.codes[code]++
	if _, err := fmt.Fprintf(t.refused, "%s:%d: %s: %s\n", path, line, code, detail); err != nil {
		t.writeErr = err
	}
}

func (t *importTally) print(out io.Writer, took time.Duration, dry bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	total := 0
	for _, n := range t.results {
		total += n
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "lines\t%d\t\n", total)
	for _, result := range []string{"created", "updated", "unchanged", "refused"} {
		fmt.Fprintf(w, "%s\t%d\t\n", result, t.results[result])
	}
	for _, code := range slices.Sorted(maps.Keys(t.codes)) {
		fmt.Fprintf(w, "  %s\t%d\t\n", code, t.codes[code])
	}
	fmt.Fprintf(w, "seconds\t%.1f\t\n", took.Seconds())
	fmt.Fprintf(w, "lines a second\t%.0f\t\n", float64(total)/max(took.Seconds(), 0.001))
	if dry {
		fmt.Fprintln(w, "dry run: nothing was changed")
	}
	return errors.Join(t.writeErr, w.Flush())
}
