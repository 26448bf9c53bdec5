package main

import (
	"context"
	"fmt"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
)

// verifyLogCommand is tocsin verify-log.
type verifyLogCommand struct{}

// Run reads the whole verdict log of the configured database and fails at the
// first entry that was altered, removed or inserted: each entry holds the hash of
// the one before. It prints the hash of the last entry, to be compared with one
// that was noted elsewhere: whoever can write the database can also rewrite all
// entries behind an altered one.
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
			_, err = fmt.Fprintf(env.out, "%d entries, %d changes, chain unbroken; head %x\n", last.Seq, changes, last.Hash)
			return err
		}
	}
}
