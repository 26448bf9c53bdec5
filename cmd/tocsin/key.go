package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
)

type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Create a key and print its secret, once."`
	List   keyListCommand   `cmd:"" help:"List the keys."`
	Revoke keyRevokeCommand `cmd:"" help:"Revoke a key."`
}

// keyDesk is where keys are kept: the configured database itself, or a running
// server, since the embedded engine's file belongs to one process at a time.
type keyBackend struct {
	Server string `help:"Address of a running server; without it the configured database is opened directly." env:"TOCSIN_SERVER"`
	Key    string `help:"API key with the scope keys, for --server." env:"TOCSIN_API_KEY"`
}

// open opens the configured database.
func (keyBackend) open(ctx context.Context, env environment) (*storage, error) {
	cfg, err := config.Load(env.vars)
	if err != nil {
		return nil, err
	}
	return openStorage(ctx, cfg, logger(env.log, max(cfg.LogLevel, slog.LevelWarn))) // the output is for a person
}

// ask sends one request about keys to the running server.
func (d keyBackend) call(ctx context.Context, method, path string, in, out any) error {
	return newClient(d.Server, 1, 10*time.Second).call(ctx, request{method: method, path: path, credential: d.Key}, in, out)
}

type keyCreateCommand struct {
	keyBackend

	Name  string         `help:"Name of the organisation or the use." required:""`
	Scope []models.Scope `help:"What the key may do: reports, checks, signatures, devices, keys." enum:"reports,checks,signatures,devices,keys" required:""`
	Rate  int            `help:"Requests a second; 0: the server's default." default:"0"`
}

// Run creates a key and prints it: the only time that its secret is seen.
func (c keyCreateCommand) Run(ctx context.Context, env environment) (err error) {
	if c.Server != "" {
		var made struct{ Credential string }
		err := c.call(ctx, http.MethodPost, "/v1/keys", map[string]any{"name": c.Name, "scopes": c.Scope, "rate": c.Rate}, &made)
		if err == nil {
			_, err = fmt.Fprintln(env.out, made.Credential)
		}
		return err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer joinClose(&err, s.Close)
	key, credential := models.NewKey(c.Name, c.Scope, c.Rate, time.Now())
	if err := s.PutKey(ctx, key); err != nil {
		return fmt.Errorf("put key: %w", err)
	}
	_, err = fmt.Fprintln(env.out, credential.Bearer())
	return err
}

type keyListCommand struct{ keyBackend }

// Run lists the keys, without secrets.
func (c keyListCommand) Run(ctx context.Context, env environment) error {
	keys, err := c.keys(ctx, env)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tSCOPES\tRATE\tCREATED\tREVOKED")
	for _, k := range keys {
		scopes := make([]string, len(k.Scopes))
		for i, s := range k.Scopes {
			scopes[i] = string(s)
		}
		revoked := ""
		if !k.Revoked.IsZero() {
			revoked = k.Revoked.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", k.ID, k.Name, strings.Join(scopes, ","), k.Rate, k.Created.UTC().Format(time.RFC3339), revoked)
	}
	return w.Flush()
}

func (c keyListCommand) keys(ctx context.Context, env environment) (keys []models.Key, err error) {
	if c.Server != "" {
		var reply struct{ Keys []models.Key }
		err := c.call(ctx, http.MethodGet, "/v1/keys", nil, &reply)
		return reply.Keys, err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return nil, err
	}
	defer joinClose(&err, s.Close)
	return s.Keys(ctx)
}

type keyRevokeCommand struct {
	keyBackend

	ID string `arg:"" help:"Id of the key, key_..."`
}

// Run revokes a key. Nodes that have just used it may honour it for half a minute more.
func (c keyRevokeCommand) Run(ctx context.Context, env environment) (err error) {
	if c.Server != "" {
		return c.call(ctx, http.MethodDelete, "/v1/keys/"+c.ID, nil, nil)
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer joinClose(&err, s.Close)
	return s.RevokeKey(ctx, c.ID, time.Now())
}
