package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"example.org/tocsin/match"
)

// snapshotFile keeps a snapshot of the index in a file. It is replaced as a
// whole, so that a crash leaves the old one.
type snapshotFile struct{ path string }

// Read fills the index from the file.
func (s snapshotFile) Read(index *match.Index, accept func(match.LogPosition) error) (match.LogPosition, error) {
	file, err := os.Open(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return match.LogPosition{}, errors.New("there is none yet")
	}
	if err != nil {
		return match.LogPosition{}, fmt.Errorf("open the snapshot: %w", err)
	}
	defer file.Close()
	mark, err := index.ReadSnapshot(file, accept)
	if err != nil {
		return mark, fmt.Errorf("read the snapshot: %w", err)
	}
	return mark, nil
}

// Write replaces the file.
func (s snapshotFile) Write(index *match.Index, mark match.LogPosition) error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("make the folder of the snapshot: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+".*")
	if err != nil {
		return fmt.Errorf("make the snapshot: %w", err)
	}
	out := bufio.NewWriterSize(file, 1<<20)
	err = index.WriteSnapshot(out, mark)
	if err == nil {
		err = errors.Join(out.Flush(), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), s.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the snapshot: %w", err), os.Remove(file.Name()))
	}
	return nil
}
