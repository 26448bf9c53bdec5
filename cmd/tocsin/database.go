package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
	"example.org/tocsin/store/embedded"
)

// openOrCreate opens the configured database for a command, and makes it where there is none.
func openOrCreate(ctx context.Context, env environment) (*storage, error) {
	return openDatabaseOf(ctx, env, false)
}

// openExisting opens the configured database for a command. Where there is none, the command runs in the wrong
// folder or with the wrong environment, and the error says where it has looked: nothing is made
// (TestNoCommandMakesADatabaseByMistake).
func openExisting(ctx context.Context, env environment) (*storage, error) {
	return openDatabaseOf(ctx, env, true)
}

// openDatabaseOf opens the database. Its log holds warnings and errors only, since a person reads the output.
func openDatabaseOf(ctx context.Context, env environment, existing bool) (*storage, error) {
	cfg, err := config.Load(env.vars)
	if err != nil {
		return nil, err
	}
	s, err := openStorage(ctx, cfg, logger(env.log, max(cfg.LogLevel, slog.LevelWarn)), existing)
	if err != nil {
		return nil, explainOpen(err, cfg)
	}
	return s, nil
}

// explainOpen says what to do about a database that cannot be opened.
func explainOpen(err error, cfg config.Config) error {
	folder, absErr := filepath.Abs(cfg.DataDir)
	if absErr != nil {
		folder = cfg.DataDir
	}
	const first = "the first key of a new installation is made with tocsin key create --create"
	switch {
	case errors.Is(err, embedded.Missing):
		return fmt.Errorf("there is no database in %s: run the command in the server's folder, "+
			"or set TOCSIN_DATA_DIR or MONGODB_URI as the server has them; %s",
			folder, first)
	case errors.Is(err, embedded.InUse):
		return fmt.Errorf("the database in %s is held by another process, such as a running server: "+
			"stop it, or ask it with --server and --key where the command has them", folder)
	case errors.Is(err, models.NotFound):
		return fmt.Errorf("%w: set MONGODB_URI and TOCSIN_DATABASE as the server has them; %s", err, first)
	}
	return err
}
