package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/all"
	"example.org/tocsin/store/embedded"
)

// storage is the database with the engine under it, if it is ours.
type storage struct {
	*all.Stores

	engine *embedded.Engine // nil: a MongoDB server
}

// openStorage opens the server that MONGODB_URI names, or the embedded engine. It makes a database that is not
// there yet, unless existing forbids that (see openExisting).
func openStorage(ctx context.Context, cfg config.Config, log *slog.Logger, existing bool) (*storage, error) {
	opt := store.Options{
		URI: string(cfg.Mongo), Database: cfg.Database, Timeout: cfg.StoreTimeout, Log: log, Production: cfg.Production, Existing: existing,
	}
	var s storage
	if cfg.Mongo == "" {
		engine, err := embedded.Open(cfg.DataDir, embedded.Options{Log: log, Existing: existing})
		if err != nil {
			return nil, fmt.Errorf("open the embedded engine: %w", err)
		}
		s.engine, opt.Dial = engine, engine.Dial
	}
	var err error
	if s.Stores, err = all.Open(ctx, opt); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store: %w", err), s.closeEngine())
	}
	return &s, nil
}

func (s *storage) closeEngine() error {
	if s.engine == nil {
		return nil
	}
	return s.engine.Close()
}

// Close ends the connection, and then the engine under it.
func (s *storage) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(s.Stores.Close(ctx), s.closeEngine())
}

// keyer returns the Keyer of this deployment: the configured key, or one that
// was made at the first start and is kept in the database. The latter hides
// nothing from whoever holds a copy of the whole database; the log says so.
func (s *storage) keyer(ctx context.Context, cfg config.Config, log *slog.Logger) (models.Keyer, error) {
	key, err := cfg.KeyBytes()
	if err != nil {
		return models.Keyer{}, err
	}
	if key == nil {
		log.WarnContext(ctx, "TOCSIN_KEY is not set: the key of the keyed hashes lies in the database beside them")
		if key, err = s.secret(ctx, "key"); err != nil {
			return models.Keyer{}, err
		}
	}
	return models.NewKeyer(key), nil
}

// secret returns the 32 bytes that all nodes of this deployment keep under name, and makes them once.
func (s *storage) secret(ctx context.Context, name string) ([]byte, error) {
	proposal := make([]byte, 32)
	_, _ = rand.Read(proposal) // crypto/rand.Read never fails
	kept, err := s.Setting(ctx, name, proposal)
	if err != nil {
		return nil, fmt.Errorf("read the secret %s: %w", name, err)
	}
	return kept, nil
}
