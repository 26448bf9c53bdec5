package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
	"example.org/tocsin/verdictlog"
)

// verifyLogCommand is tocsin verify-log.
type verifyLogCommand struct {
	RestoredBy string `placeholder:"NAME" help:"State as NAME that this database was restored: nodes that have seen more accept its log."`
	Server     string `hidden:"" help:"Refused: see Run."`
}

// Run verifies the verdict log of the configured database, and prints its head; see
// verdictlog.Verify. With RestoredBy it then keeps the statement of a restore. It fails
// where there is no database: an empty one would pass for a whole log.
func (c verifyLogCommand) Run(ctx context.Context, env environment) (err error) {
	if c.Server != "" {
		return errors.New("verify-log reads the database itself and asks no server: leave out --server. " +
			"On MongoDB it runs beside the servers; the embedded engine's server must be stopped first")
	}
	cfg, err := config.Load(env.vars)
	if err != nil {
		return err
	}
	s, err := openExisting(ctx, env)
	if err != nil {
		return err
	}
	defer joinClose(&err, s.Close)
	by, err := s.signer(ctx, cfg)
	if err != nil {
		return err
	}
	last, changes, err := verdictlog.Verify(ctx, s)
	if err != nil {
		return err
	}
	if err := printHead(env.out, last, changes, by); err != nil || c.RestoredBy == "" {
		return err
	}
	if err := s.PutRestored(ctx, models.NewRestored(last, c.RestoredBy, time.Now(), by)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.out, "restored: nodes that have seen more accept this log from entry %d on\n", last.Seq)
	return err
}

// printHead prints where a verified log ends: what is to be kept elsewhere, so that a
// log that was rewritten shows. The signature is models.SignHead, in base64.
func printHead(out io.Writer, last models.Entry, changes int, by *models.Signer) error {
	signed := "unsigned"
	if by != nil {
		signed = fmt.Sprintf("signed by key %s: %s", by.KeyID(), base64.StdEncoding.EncodeToString(models.SignHead(last, by)))
	}
	_, err := fmt.Fprintf(out, "%d entries, %d changes, chain unbroken; head %x, %s\n", last.Seq, changes, last.Hash, signed)
	return err
}
