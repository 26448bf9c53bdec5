package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"example.org/tocsin/notify/fcm/fakefcm"
)

// fakeFCMCommand is tocsin fake-fcm.
type fakeFCMCommand struct {
	Listen  string        `help:"Address and port to listen on." default:"127.0.0.1:8085"`
	Latency time.Duration `help:"How long every reply takes." default:"0s"`
	Script  string        `help:"JSON file with faults to inject, in the format of POST /script." type:"existingfile"`
}

// Run serves until ctx ends. A server uses it when TOCSIN_FCM_ENDPOINT is its URL,
// which Run writes to the log together with the routes for tests.
func (c fakeFCMCommand) Run(ctx context.Context, env environment) error {
	server := fakefcm.New(fakefcm.Options{Latency: c.Latency})
	if c.Script != "" {
		script, err := os.ReadFile(c.Script)
		if err != nil {
			return err
		}
		if err := server.ReadScript(script); err != nil {
			return fmt.Errorf("read %s: %w", c.Script, err)
		}
	}
	return server.Listen(ctx, c.Listen, func(url string) {
		// It serves even if the line cannot be written.
		_, _ = fmt.Fprintf(env.log, "push server on %s: POST /script, GET /stats, GET /messages\n", url)
	})
}
