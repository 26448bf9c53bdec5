package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"example.org/tocsin/models"
)

// keyCommand is tocsin key. Keys are for call centres, analysts and partners;
// devices get a credential when they register.
type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Create an API key and print its secret, which is shown only now."`
	List   keyListCommand   `cmd:"" help:"List the API keys, without their secrets."`
	Revoke keyRevokeCommand `cmd:"" help:"Revoke an API key and the keys that it has made."`
}

// keyBackend holds the flags that say where the keys are: in the configured
// database or behind a running server. Only one process can open the file of the
// embedded engine, so while a server runs on it the keys are reached through it.
type keyBackend struct {
	Server string `help:"Address of a running server; without it the command opens the configured database." env:"TOCSIN_SERVER"`
	Key    string `help:"API key with the scope keys; needed with --server." env:"TOCSIN_API_KEY"`
}

// call sends one request about keys to the running server.
func (d keyBackend) call(ctx context.Context, method, path string, in, out any) error {
	return newClient(d.Server, 1, 10*time.Second).call(ctx, request{method: method, path: path, credential: d.Key}, in, out)
}

// keyCreateCommand is tocsin key create.
type keyCreateCommand struct {
	keyBackend

	Name  string         `required:"" help:"Name of the organisation or the purpose."`
	Scope []models.Scope `required:"" enum:"reports,checks,signatures,devices,keys,operate" help:"What it may do (${enum}). Can be repeated."`
	Rate  int            `default:"0" help:"Requests a second; 0 is the server's default."`
	// Only the first key needs it: a database that is made by mistake looks like one that has lost everything.
	Create       bool   `help:"Make the database if there is none: for the first key of a new installation."`
	Organisation string `help:"Organisation that the key speaks for. Default: the key itself; with --server, the organisation of --key."`
}

// Run creates a key and prints its secret. The database holds only a hash of the
// secret, so it is never shown again.
func (c keyCreateCommand) Run(ctx context.Context, env environment) (err error) {
	if c.Server != "" && c.Create {
		return errors.New("--create makes a database on this machine, and --server asks a running server: leave out one of the two")
	}
	if c.Server != "" {
		var reply struct{ Credential string }
		order := map[string]any{"name": c.Name, "scopes": c.Scope, "rate": c.Rate, "organisation": c.Organisation}
		err := c.call(ctx, http.MethodPost, "/v1/keys", order, &reply)
		if err == nil {
			_, err = fmt.Fprintln(env.out, reply.Credential)
		}
		return err
	}
	open := openExisting
	if c.Create {
		open = openOrCreate
	}
	s, err := open(ctx, env)
	if err != nil {
		return err
	}
	defer joinClose(&err, s.Close)
	key, credential := models.NewKey(c.Name, c.Scope, c.Rate, time.Now())
	key.Organisation = cmp.Or(c.Organisation, key.Organisation)
	if err := s.PutKey(ctx, key); err != nil {
		return fmt.Errorf("put key: %w", err)
	}
	_, err = fmt.Fprintln(env.out, credential.Bearer())
	return err
}

// keyListCommand is tocsin key list.
type keyListCommand struct{ keyBackend }

// Run prints a table of the keys, revoked ones too.
func (c keyListCommand) Run(ctx context.Context, env environment) error {
	keys, err := c.keys(ctx, env)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tORGANISATION\tSCOPES\tRATE\tCREATED\tREVOKED")
	for _, k := range keys {
		scopes := make([]string, len(k.Scopes))
		for i, s := range k.Scopes {
			scopes[i] = string(s)
		}
		revoked := ""
		if !k.Revoked.IsZero() {
			revoked = k.Revoked.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", k.ID, k.Name, k.Organisation, strings.Join(scopes, ","), k.Rate,
			k.Created.UTC().Format(time.RFC3339), revoked)
	}
	return w.Flush()
}

// keys reads the keys from the database or the server.
func (c keyListCommand) keys(ctx context.Context, env environment) (keys []models.Key, err error) {
	if c.Server != "" {
		var reply struct{ Keys []models.Key }
		err := c.call(ctx, http.MethodGet, "/v1/keys", nil, &reply)
		return reply.Keys, err
	}
	s, err := openExisting(ctx, env)
	if err != nil {
		return nil, err
	}
	defer joinClose(&err, s.Close)
	return s.Keys(ctx)
}

// keyRevokeCommand is tocsin key revoke.
type keyRevokeCommand struct {
	keyBackend

	ID string `arg:"" help:"ID of the key, such as key_..."`
}

// Run revokes a key and those that it has made. A node that has just used it may accept it for up to 30
// seconds more, because nodes cache keys.
func (c keyRevokeCommand) Run(ctx context.Context, env environment) (err error) {
	if c.Server != "" {
		return c.call(ctx, http.MethodDelete, "/v1/keys/"+c.ID, nil, nil)
	}
	s, err := openExisting(ctx, env)
	if err != nil {
		return err
	}
	defer joinClose(&err, s.Close)
	_, err = s.RevokeKey(ctx, c.ID, time.Now())
	return err
}
