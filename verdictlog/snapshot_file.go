package verdictlog

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.org/tocsin/match"
)

// SnapshotFile keeps a snapshot of the index in a file, so that a node need not
// read every signature at its start. The file is replaced as a whole, by a
// rename, so a crash while it is written leaves the old one, and beside it a file
// that the next write replaces.
type SnapshotFile struct{ Path string }

// Read fills the index from the file and returns the position in the verdict log
// at which the snapshot was taken. It applies nothing when accept refuses
// the position. An error, also that there is no snapshot yet, leaves the caller to
// read the store. It is called at the start of a node, and removes what killed nodes have left.
func (s SnapshotFile) Read(index *match.Index, accept func(match.LogPosition) error) (match.LogPosition, error) {
	s.removeLeftovers()
	file, err := os.Open(s.Path)
	if errors.Is(err, os.ErrNotExist) {
		return match.LogPosition{}, errors.New("there is none yet")
	}
	if err != nil {
		return match.LogPosition{}, fmt.Errorf("open the snapshot: %w", err)
	}
	defer file.Close()
	position, err := index.ReadSnapshot(file, accept)
	if err != nil {
		return position, fmt.Errorf("read the snapshot: %w", err)
	}
	return position, nil
}

// removeLeftovers removes the unfinished files of earlier releases, which gave each a
// random number for its end (TestWhatKilledNodesOfEarlierReleasesLeftIsRemovedAtStart). One that is younger than
// an hour may be in the hands of such a node. A file that cannot be removed costs space and nothing else.
func (s SnapshotFile) removeLeftovers() {
	entries, err := os.ReadDir(filepath.Dir(s.Path))
	if err != nil {
		return
	}
	for _, entry := range entries {
		number, found := strings.CutPrefix(entry.Name(), filepath.Base(s.Path)+".")
		if !found || number == "" || strings.Trim(number, "0123456789") != "" {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.Remove(filepath.Join(filepath.Dir(s.Path), entry.Name()))
		}
	}
}

// Write replaces the file by a snapshot of the index at the given position. Only
// the owner may read it: it holds what the database holds of signatures.
func (s SnapshotFile) Write(index *match.Index, position match.LogPosition) error {
	if err := os.MkdirAll(filepath.Dir(s.Path), 0o700); err != nil {
		return fmt.Errorf("create the folder of the snapshot: %w", err)
	}
	file, err := os.OpenFile(s.Path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("create the snapshot: %w", err)
	}
	out := bufio.NewWriterSize(file, 1<<20)
	err = index.WriteSnapshot(out, position)
	if err == nil {
		err = errors.Join(out.Flush(), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), s.Path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the snapshot: %w", err), os.Remove(file.Name()))
	}
	return nil
}
