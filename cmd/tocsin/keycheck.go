package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
)

const (
	keyCheckSetting = "key_check"
	purposeReporter = "reporter" // of the sealed reporter key
)

// keyCheck is what the database keeps of the keys of an installation. A node with other keys would find no exposure of the
// others, and warn nobody: it does not start (TestANodeWithAnotherKeyDoesNotStart). All of it is one setting, so that a
// rotation is one write.
type keyCheck struct {
	Root     string `json:"root"`               // models.RootCheck of the root under which nodes write from their next start on
	Previous string `json:"previous,omitempty"` // of the root before, until the rotation is finished
	Reporter []byte `json:"reporter"`           // the key of the reporters, sealed under Root; it never changes
	Signing  []byte `json:"signing"`            // the public key of the signing key

	// PreviousUsed is when a node was last known to write under the previous root.
	PreviousUsed time.Time `json:"previous_used,omitzero"`

	stored []byte // as it was read, for the write that replaces it
}

// keyer returns the Keyer of this installation.
func (s *storage) keyer(ctx context.Context, cfg config.Config, log *slog.Logger) (models.Keyer, error) {
	keys, check, err := s.keys(ctx, cfg)
	if err != nil {
		return models.Keyer{}, err
	}
	if cfg.Key == "" {
		log.WarnContext(ctx, "TOCSIN_KEY is not set: the key lies in a file; keep a copy of it apart from the copies of the database",
			"file", string(keyFileOf(cfg)))
	}
	if keys.Previous != nil && check.Previous == "" {
		log.WarnContext(ctx, "TOCSIN_KEY_PREVIOUS is set, and no rotation is under way: run tocsin secret rotate, or remove the variable")
	}
	return check.keyer(keys)
}

// signer returns what this installation signs with.
func (s *storage) signer(ctx context.Context, cfg config.Config) (*models.Signer, error) {
	keys, _, err := s.keys(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return models.NewSigner(keys.Signing)
}

// keys returns the keys of this installation, and what the database keeps of them. What is not configured is made once, in
// the data folder, but never for a database that has been used with other keys
// (TestALostKeyFileIsNotReplacedByANewKey).
func (s *storage) keys(ctx context.Context, cfg config.Config) (keySet, keyCheck, error) {
	configured, err := configuredKeys(cfg)
	if err != nil {
		return keySet{}, keyCheck{}, err
	}
	check, err := s.readKeyCheck(ctx)
	isNew := errors.Is(err, models.NotFound)
	if err != nil && !isNew {
		return keySet{}, keyCheck{}, err
	}
	file := keyFileOf(cfg)
	keys, err := file.complete(configured, isNew)
	if err == nil && isNew {
		check, err = s.proposeKeyCheck(ctx, keys)
	}
	if err == nil {
		err = errors.Join(check.checkRoots(keys, cfg), check.checkSigning(keys, cfg))
	}
	return keys, check, err
}

// readKeyCheck returns what the database keeps of the keys; models.NotFound when it is a new one.
func (s *storage) readKeyCheck(ctx context.Context) (keyCheck, error) {
	text, err := s.Setting(ctx, keyCheckSetting, nil)
	if err != nil {
		return keyCheck{}, fmt.Errorf("read the check of the keys: %w", err)
	}
	return parseKeyCheck(text)
}

func parseKeyCheck(text []byte) (keyCheck, error) {
	c := keyCheck{stored: text}
	if err := json.Unmarshal(text, &c); err != nil {
		return keyCheck{}, fmt.Errorf("the setting %s of the database is damaged: %w", keyCheckSetting, err)
	}
	return c, nil
}

// proposeKeyCheck binds a new database to the keys, and makes the key of the reporters. Where another node was first, it
// returns what that one has written.
func (s *storage) proposeKeyCheck(ctx context.Context, k keySet) (keyCheck, error) {
	text, err := json.Marshal(keyCheck{
		Root:     models.RootCheck(k.Root),
		Reporter: models.NewKeyer(k.Root).Seal(purposeReporter, newSecret()),
		Signing:  publicKey(k.Signing),
	})
	if err != nil {
		return keyCheck{}, fmt.Errorf("encode the check of the keys: %w", err)
	}
	kept, err := s.Setting(ctx, keyCheckSetting, text)
	if err != nil {
		return keyCheck{}, fmt.Errorf("propose the check of the keys: %w", err)
	}
	return parseKeyCheck(kept)
}

// replaceKeyCheck writes next in place of c; models.Stale when somebody else has replaced c meanwhile.
func (s *storage) replaceKeyCheck(ctx context.Context, c, next keyCheck) error {
	text, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("encode the check of the keys: %w", err)
	}
	return s.ReplaceSetting(ctx, keyCheckSetting, c.stored, text)
}

// keyer returns a Keyer that writes under the root of the check, and knows the other one as well.
func (c keyCheck) keyer(k keySet) (models.Keyer, error) {
	current, other := k.Root, k.Previous
	if models.RootCheck(current) != c.Root {
		current, other = other, current
	}
	keyer := models.NewKeyer(current)
	if other != nil {
		keyer = keyer.Also(other)
	}
	reporter, err := keyer.Open(purposeReporter, c.Reporter)
	if err != nil {
		return models.Keyer{}, fmt.Errorf("open the key of the reporters: %w", err)
	}
	return keyer.WithReporterKey(reporter), nil
}

// checkRoots returns an error unless the keys hold every root that the check names. Which variable holds which of the two
// does not matter at a start: the check says under which one nodes write.
func (c keyCheck) checkRoots(k keySet, cfg config.Config) error {
	known := map[string]bool{}
	for _, root := range [][]byte{k.Root, k.Previous} {
		if root != nil {
			known[models.RootCheck(root)] = true
		}
	}
	switch file := keyFileOf(cfg); {
	case k.Root == nil:
		return fmt.Errorf("TOCSIN_KEY is not set, and %s, which may have kept the key of this database, holds none: put that file back, "+
			"or set TOCSIN_KEY to the key that the other nodes have; under a new key nothing of what people have met would be found", file)
	case known[c.Root] && (c.Previous == "" || known[c.Previous]):
		return nil
	case known[c.Root]:
		return errors.New("TOCSIN_KEY_PREVIOUS is not the key before the rotation that is under way: set it to that key " +
			"until tocsin secret rotate --finish has been run; what was stored under it is not found otherwise")
	case c.Previous != "" && known[c.Previous]:
		return errors.New("TOCSIN_KEY has been replaced by tocsin secret rotate: " +
			"set TOCSIN_KEY to the new key that the other nodes have, and TOCSIN_KEY_PREVIOUS to the one before")
	case cfg.Key == "":
		return fmt.Errorf("the key in %s is not the key of this database: put the file back that belongs to it, "+
			"or set TOCSIN_KEY to the key that the other nodes have", file)
	}
	return errors.New("TOCSIN_KEY is not the key of this database: set it to the key that the other nodes have; " +
		"a node with another key finds nothing of what people have met, and warns nobody")
}

// checkSigning returns an error unless the signing key is that of the check.
func (c keyCheck) checkSigning(k keySet, cfg config.Config) error {
	switch file := keyFileOf(cfg); {
	case k.Signing == nil:
		return fmt.Errorf("TOCSIN_SIGNING_KEY is not set, and %s, which may have kept the signing key, holds none: put that file back, "+
			"or set TOCSIN_SIGNING_KEY to the key that the other nodes have", file)
	case bytes.Equal(publicKey(k.Signing), c.Signing):
		return nil
	case cfg.SigningKey == "":
		return fmt.Errorf("the signing key in %s is not that of this database: put the file back that belongs to it, "+
			"or set TOCSIN_SIGNING_KEY to the key that the other nodes have", file)
	}
	return errors.New("TOCSIN_SIGNING_KEY is not the signing key of this database: set it to the key that the other nodes have")
}

// publicKey returns the public key of an Ed25519 seed.
func publicKey(seed []byte) []byte {
	private := ed25519.NewKeyFromSeed(seed)
	return private[ed25519.SeedSize:]
}
