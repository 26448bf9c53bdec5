package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// importCommand is tocsin import.
type importCommand struct {
	remote

	Files  []string `arg:"" type:"existingfile" help:"Lists: CSV or TSV with a header, JSON Lines, or one value a line; .gz is unpacked."`
	Format string   `enum:"auto,csv,tsv,jsonl,list" default:"auto" help:"Format of the files (${enum}); auto decides by the name."`
	Kind   string   `help:"Kind if the list gives none: phone, url, domain, email, account, wallet, text."`
	// The signatures with level imitated are the protected register.
	Level    string `enum:"watch,caution,danger,imitated,cleared" default:"danger" help:"Level if the list gives none; imitated: protected."`
	Category string `help:"Category if the list gives none." default:"other"`
	Source   string `help:"Source if the list gives none: its name."`
	Region   string `help:"Country of national phone numbers if the list gives none (ISO 3166-1)."`
	DryRun   bool   `help:"Show what the import would do, and change nothing."`
	Refused  string `help:"File that gets one line for each refused line; '-' is standard error." default:"-"`
}

// importChunk is how many lines are in one request: a few hundred kilobytes.
const importChunk = 2000

// Run imports every file and prints how many of its lines were created, updated,
// unchanged or refused. A refused line is no error: the other lines are imported,
// and an import that was interrupted can be run again, because a line that is
// imported twice changes nothing the second time.
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

// importFile reads one list and posts it in chunks, three requests at a time, so
// that one is stored by the server while the next is on its way.
func (c *importCommand) importFile(ctx context.Context, path string, tally *importTally, progress io.Writer) error {
	list, err := openList(path, c.Format)
	if err != nil {
		return err
	}
	defer list.close()
	bar := list.bar(progress, path)
	server := newClient(c.Server, 4, time.Minute)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(3) // a fourth waits, so no more of a long list is in memory
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
			chunk = make([]listEntry, 0, importChunk) // the other one is being posted
			bar.draw()
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx) // no request failed, so the command was interrupted
}

// withDefaults returns the entry with the command's flags in the fields that the list leaves empty.
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

// guessKind returns the kind of a value by its shape, for plain lists, which hold
// phone numbers, links, mail addresses or hosts. The server parses the value as
// that kind and refuses the line where the guess is wrong.
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

// importLine is one line of the NDJSON reply: the result of one line of the
// request, or the last record, with done.
type importLine struct {
	Line   int    `json:"line"` // of the request, from 1
	Result string `json:"result"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Done   bool   `json:"done"`
	Error  *struct {
		Code, Detail string
	} `json:"error"` // of a last record that says why the rest has no result, such as that the server stops
}

// post sends a chunk of the list at path and counts the results. It may be sent
// again: see Run.
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
		method: http.MethodPost, path: target, credential: c.Key, body: body.Bytes(), repeatable: true,
		header: map[string]string{"Content-Type": "application/x-ndjson"},
	})
	if err == nil {
		err = reply.err()
	}
	if err != nil {
		return err
	}
	// The status says only that the import began: each line has a result of its own.
	return eachLine(reply.body, func(raw []byte) (bool, error) {
		var got importLine
		if err := json.Unmarshal(raw, &got); err != nil {
			return false, fmt.Errorf("read the reply: %w", err)
		}
		switch {
		case got.Done:
			return true, nil
		case got.Error != nil:
			return false, fmt.Errorf("the import broke off, and can be run again: %s: %s", got.Error.Code, got.Error.Detail)
		case got.Line < 1 || got.Line > len(chunk):
			return false, fmt.Errorf("the reply names line %d of %d: %s", got.Line, len(chunk), got.Code)
		case got.Result == "refused":
			tally.refuse(path, chunk[got.Line-1].line, got.Code, got.Detail)
		default:
			tally.count(got.Result)
		}
		return false, nil
	})
}
