package main

import (
	"context"
	"fmt"

	"example.org/tocsin/config"
	"example.org/tocsin/verdictlog"
)

// verifyLogCommand is tocsin verify-log.
type verifyLogCommand struct{}

// Run verifies the verdict log of the configured database, and prints the hash of its
// last entry; see verdictlog.Verify.
func (verifyLogCommand) Run(ctx context.Context, env environment) (err error) {
	cfg, err := config.Load(env.vars)
	if err != nil {
		return err
	}
	s, err := openStorage(ctx, cfg, logger(env.log, cfg.LogLevel))
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
