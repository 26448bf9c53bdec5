package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"time"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
	"example.org/tocsin/notify/fcm/fakefcm"
)

//go:embed samples/signatures.jsonl
var sampleSignatures []byte

// demoCommand is tocsin demo.
type demoCommand struct {
	Stay   bool   `help:"Keep the server running after the scenario, until Ctrl-C."`
	Listen string `help:"Address and port of the server." default:"127.0.0.1:0"`
}

// Run runs the scenario on a real server in this process, with the embedded
// engine in a temporary folder and a push server beside it. It stops both and
// removes the folder at the end.
func (c demoCommand) Run(ctx context.Context, env environment) (err error) {
	dir, err := os.MkdirTemp("", "tocsin-demo-")
	if err != nil {
		return err
	}
	defer joinClose(&err, func() error { return os.RemoveAll(dir) })
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	pushes := fakefcm.New(fakefcm.Options{})
	pushServer, pushDone := make(chan string, 1), make(chan error, 1)
	go func() { pushDone <- pushes.Listen(ctx, "127.0.0.1:0", func(url string) { pushServer <- url }) }()
	var endpoint string // of the push server, which listens on a free port
	select {
	case endpoint = <-pushServer:
	case err := <-pushDone:
		return fmt.Errorf("push server: %w", err)
	}

	cfg, err := config.Load(map[string]string{
		"TOCSIN_LISTEN": c.Listen, "TOCSIN_DATA_DIR": dir, "TOCSIN_LOG_LEVEL": "WARN",
		"TOCSIN_FCM_PROJECT": "demo", "TOCSIN_FCM_ENDPOINT": endpoint,
	})
	if err != nil {
		return err
	}
	// The log would stand between the steps; what fails shows in a step's reply.
	n, err := newNode(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- n.run(ctx) }()
	server := newClient("http://"+n.listener.Addr().String(), 4, 10*time.Second)
	s := &scenario{out: env.out, pushes: pushes, node: n, server: server}
	err = s.run(ctx)
	if err == nil {
		s.printNextSteps(c.Stay)
	}
	if err == nil && c.Stay {
		<-ctx.Done()
	}
	stop()
	return errors.Join(err, <-done, <-pushDone)
}

// createKey creates an API key in the node's own database and returns its secret.
func (n *node) createKey(ctx context.Context, name string, scopes ...models.Scope) (string, error) {
	key, credential := models.NewKey(name, scopes, 0, time.Now())
	return credential.Bearer(), n.store.PutKey(ctx, key)
}

// printNextSteps prints requests that the reader can send. If the server does not
// stay, the secrets of this run are worthless: shell variables stand for them.
func (s *scenario) printNextSteps(stays bool) {
	base := s.server.server
	s.printf("\nTo send requests yourself:\n\n")
	if !stays {
		s.printf("  go run ./cmd/tocsin demo --stay --listen 127.0.0.1:8080   keeps the server running and prints\n" +
			"  these commands with credentials that work:\n\n")
		base, s.device, s.callCentre = "http://127.0.0.1:8080", "$DEVICE", "$CENTRE"
	}
	s.printf("  curl -H \"Authorization: Bearer %s\" '%s/v1/checks/phone/%s'\n\n", s.device, base, url.PathEscape(scammerNumber))
	s.printf("  curl -H \"Authorization: Bearer %s\" -H 'Tocsin-Agent: me' -H 'Idempotency-Key: by-hand-1' \\\n"+
		"    -H 'Content-Type: application/json' \\\n"+
		"    -d '{\"at\":\"%s\",\"indicators\":[{\"kind\":\"domain\",\"value\":\"parcel-fee.example\"}]}' '%s/v1/reports'\n\n",
		s.callCentre, time.Now().UTC().Format(time.RFC3339), base)
	s.printf("  curl -H \"Authorization: Bearer %s\" '%s/v1/devices/me/warnings'\n\n", s.device, base)
	if stays {
		s.printf("The server runs until you press Ctrl-C.\n")
	}
}
