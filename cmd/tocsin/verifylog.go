package main

import (
	"context"
	"errors"
	"fmt"

	"example.org/tocsin/verdictlog"
)

// verifyLogCommand is tocsin verify-log.
type verifyLogCommand struct {
	Server string `hidden:"" help:"Refused: see Run."`
}

// Run verifies the verdict log of the configured database, and prints the hash of its
// last entry; see verdictlog.Verify. It fails where there is no database: an empty one would pass for a whole log.
func (c verifyLogCommand) Run(ctx context.Context, env environment) (err error) {
	if c.Server != "" {
		return errors.New("verify-log reads the database itself and asks no server: leave out --server. " +
			"On MongoDB it runs beside the servers; the embedded engine's server must be stopped first")
	}
	s, err := openExisting(ctx, env)
	if err != nil {
		return err
	}
	defer joinClose(&err, s.Close)
	last, changes, err := verdictlog.Verify(ctx, s)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.out, "%d entries, %d changes, chain unbroken; head %x\n", last.Seq, changes, last.Hash)
	return err
}
