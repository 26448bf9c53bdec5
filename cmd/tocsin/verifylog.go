package main

import (
	"context"
	"fmt"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
)

type verifyLogCommand struct{}

// Run reads the whole verdict log of the configured database and fails at the
// first entry that was altered, removed or put in between.
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
	last, changes := models.Entry{}, 0
	for {
		entries, err := s.Entries(ctx, last.Seq, 50)
		if err != nil {
			return fmt.Errorf("read the verdict log: %w", err)
		}
		for _, e := range entries {
			if !e.Follows(last) {
				return fmt.Errorf("the verdict log is broken: entry %d does not follow entry %d", e.Seq, last.Seq)
			}
			last, changes = e, changes+len(e.Changes)
		}
		if len(entries) == 0 {
			_, err = fmt.Fprintf(env.out, "%d entries, %d changes, whole; head %x\n", last.Seq, changes, last.Hash)
			return err
		}
	}
}
