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

type demoCommand struct {
	Stay   bool   `help:"Keep the server running after the story, to go on by hand."`
	Listen string `help:"Address and port of the server." default:"127.0.0.1:0"`
}

// Run plays the story on a real server: the embedded engine in a folder of its
// own that is removed at the end, and a push server in this process.
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
	var endpoint string
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
	n, err := newNode(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- n.run(ctx) }()
	s := &story{out: env.out, pushes: pushes, node: n, server: newClient("http://"+n.listener.Addr().String(), 4, 10*time.Second)}
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

// key makes an API key in the demo's own database.
func (n *node) createKey(ctx context.Context, name string, scopes ...models.Scope) (string, error) {
	key, credential := models.NewKey(name, scopes, 0, time.Now())
	return credential.Bearer(), n.store.PutKey(ctx, key)
}

// byHand prints what the reader can go on with.
func (s *story) printNextSteps(stays bool) {
	base := s.server.server
	s.printf("\nTo go on by hand:\n\n")
	if !stays {
		s.printf("  go run ./cmd/tocsin demo --stay --listen 127.0.0.1:8080   keeps the server running and prints\n" +
			"  these lines with credentials that work:\n\n")
		base, s.device, s.callCentre = "http://127.0.0.1:8080", "$DEVICE", "$CENTRE"
	}
	s.printf("  curl -H 'Authorization: Bearer %s' '%s/v1/checks/phone/%s'\n\n", s.device, base, url.PathEscape(storyNumber))
	s.printf("  curl -H 'Authorization: Bearer %s' -H 'Tocsin-Agent: me' -H 'Idempotency-Key: by-hand-1' -H 'Content-Type: application/json' \\\n"+
		"    -d '{\"at\":\"%s\",\"indicators\":[{\"kind\":\"domain\",\"value\":\"parcel-fee.example\"}]}' '%s/v1/reports'\n\n",
		s.callCentre, time.Now().UTC().Format(time.RFC3339), base)
	s.printf("  curl -H 'Authorization: Bearer %s' '%s/v1/devices/me/warnings'\n\n", s.device, base)
	if stays {
		s.printf("The server runs until you press Ctrl-C.\n")
	}
}
