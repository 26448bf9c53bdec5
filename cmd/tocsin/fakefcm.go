package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"example.org/tocsin/notify/fcm/fakefcm"
)

type fakeFCMCommand struct {
	Listen  string        `help:"Address and port." default:"127.0.0.1:8085"`
	Latency time.Duration `help:"How long every answer takes." default:"0s"`
	Script  string        `help:"JSON file with faults to play, as POST /script takes them." type:"existingfile"`
}

// Run serves until ctx ends. Point TOCSIN_FCM_ENDPOINT at it.
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
		_, _ = fmt.Fprintf(env.log, "push server on %s: POST /script, GET /stats, GET /messages\n", url) // it serves without the line too
	})
}
