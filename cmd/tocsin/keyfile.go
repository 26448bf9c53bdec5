package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"example.org/tocsin/config"
)

// keySet is the secret keys of an installation, each of 32 bytes; nil where there is none.
type keySet struct {
	Root     []byte `json:"root,omitempty"`     // TOCSIN_KEY
	Previous []byte `json:"previous,omitempty"` // TOCSIN_KEY_PREVIOUS
	Signing  []byte `json:"signing,omitempty"`  // TOCSIN_SIGNING_KEY
}

// configuredKeys returns the keys that the environment holds.
func configuredKeys(cfg config.Config) (k keySet, err error) {
	var errs [3]error
	k.Root, errs[0] = cfg.Key.Bytes()
	k.Previous, errs[1] = cfg.KeyPrevious.Bytes()
	k.Signing, errs[2] = cfg.SigningKey.Bytes()
	return k, errors.Join(errs[:]...)
}

// keyFile is the path of the file in which a trial keeps the keys that the environment does not hold. It is never in the
// database: a copy of the database shows nobody who met what. Only its owner may read it.
type keyFile string

// keyFileOf returns the file of an installation, in its data folder.
func keyFileOf(cfg config.Config) keyFile { return keyFile(filepath.Join(cfg.DataDir, "secret.json")) }

// complete adds the keys of the file to those that are configured. If mayMake, it makes those that neither holds, once: of
// several processes that share the folder all get the same.
func (f keyFile) complete(configured keySet, mayMake bool) (keySet, error) {
	if configured.Root != nil && configured.Signing != nil {
		return configured, nil // production, and whoever sets both
	}
	kept, err := f.read()
	if err == nil && mayMake {
		kept, err = f.make(configured, kept)
	}
	if err != nil {
		return keySet{}, err
	}
	if configured.Root == nil {
		configured.Root, configured.Previous = kept.Root, kept.Previous
	}
	if configured.Signing == nil {
		configured.Signing = kept.Signing
	}
	return configured, nil
}

// make makes the keys that neither the environment nor the file holds, and returns what the file then holds.
func (f keyFile) make(configured, kept keySet) (keySet, error) {
	before := kept
	if configured.Root == nil && kept.Root == nil {
		kept.Root = newSecret()
	}
	if configured.Signing == nil && kept.Signing == nil {
		kept.Signing = newSecret()
	}
	switch {
	case before.Root == nil && before.Signing == nil:
		err := f.write(kept, os.Link) // fails if the file exists, where a rename would replace it
		if errors.Is(err, fs.ErrExist) {
			return f.read() // another process was first
		}
		return kept, err
	case (kept.Root == nil) != (before.Root == nil), (kept.Signing == nil) != (before.Signing == nil):
		return kept, f.write(kept, os.Rename)
	}
	return kept, nil
}

// read returns the keys in the file; none when there is no file.
func (f keyFile) read() (k keySet, err error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return keySet{}, nil
	}
	if err != nil {
		return keySet{}, fmt.Errorf("read the keys: %w", err)
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return keySet{}, fmt.Errorf("%s is damaged: put a copy of it back: %w", f, err)
	}
	for _, key := range [][]byte{k.Root, k.Previous, k.Signing} {
		if key != nil && len(key) != 32 {
			return keySet{}, fmt.Errorf("%s is damaged: put a copy of it back: a key has %d bytes and not 32", f, len(key))
		}
	}
	return k, nil
}

// write puts the keys into a new file beside it, forces that to the disk and gives it the name with place, os.Link or
// os.Rename: after a crash the file is the old or the new one, never half of one.
func (f keyFile) write(k keySet, place func(from, to string) error) (err error) {
	folder := filepath.Dir(string(f))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("create the data folder: %w", err)
	}
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the keys: %w", err)
	}
	file, err := os.CreateTemp(folder, "secret-*.new") // mode 0600
	if err != nil {
		return fmt.Errorf("create the file of the keys: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // a rename has taken it away
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = place(file.Name(), string(f))
	}
	if err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	return syncFolder(folder)
}

// syncFolder forces the names in a folder to the disk.
func syncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // the operator's own folder
	if err != nil {
		return fmt.Errorf("open the data folder: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("sync the data folder: %w", err)
	}
	return nil
}
