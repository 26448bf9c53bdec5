package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.org/tocsin/config"
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

// secret returns the 32 bytes that all nodes of this deployment keep under name, and makes them once.
func (s *storage) secret(ctx context.Context, name string) ([]byte, error) {
	kept, err := s.Setting(ctx, name, newSecret())
	if err != nil {
		return nil, fmt.Errorf("read the secret %s: %w", name, err)
	}
	return kept, nil
}

// newSecret returns 32 random bytes.
func newSecret() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return b
}
