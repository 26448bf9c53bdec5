package verdictlog_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/verdictlog"
)

func TestWhatKilledNodesOfEarlierReleasesLeftIsRemovedAtStart(t *testing.T) {
	folder := t.TempDir()
	file := verdictlog.SnapshotFile{Path: filepath.Join(folder, "index.snapshot")}
	longAgo := time.Now().Add(-2 * time.Hour)
	for name, old := range map[string]bool{
		"index.snapshot.123456789": true, "index.snapshot.42": true,
		"index.snapshot.77":  false, // a node of the earlier release may be writing it
		"index.snapshot.new": true, "index.snapshot.1.bak": true, "index.snapshot.old": true, "other.snapshot.42": true,
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte("half a snapshot"), 0o600); err != nil {
			t.Fatal(err)
		}
		if !old {
			continue
		}
		if err := os.Chtimes(path, longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := file.Read(match.New(), func(match.LogPosition) error { return nil }); err == nil {
		t.Error("a snapshot is read that was never written")
	}
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range left {
		names = append(names, entry.Name())
	}
	want := []string{"index.snapshot.1.bak", "index.snapshot.77", "index.snapshot.new", "index.snapshot.old", "other.snapshot.42"}
	if !slices.Equal(names, want) {
		t.Errorf("the folder holds %v, want %v", names, want)
	}
}

func TestASnapshotFileIsReplacedAsAWholeAndNeverHalfRead(t *testing.T) {
	file := verdictlog.SnapshotFile{Path: filepath.Join(t.TempDir(), "data", "index.snapshot")}
	accept := func(match.LogPosition) error { return nil }
	if _, err := file.Read(match.New(), accept); err == nil {
		t.Error("a snapshot is read that was never written")
	}
	if err := os.MkdirAll(filepath.Dir(file.Path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file.Path+".new", []byte("half a snapshot, left by a kill"), 0o600); err != nil {
		t.Fatal(err)
	}
	index := match.New()
	for rev, level := range []models.Level{models.Caution, models.Danger} {
		index.Apply([]models.Change{changeTo("+12025550100", int64(rev+1), level)})
		if err := file.Write(index, match.LogPosition{Seq: int64(rev + 1), Hash: "h"}); err != nil {
			t.Fatal(err)
		}
		read := match.New()
		position, err := file.Read(read, accept)
		if err != nil || position.Seq != int64(rev+1) || read.Stats().ByLevel[level] != 1 {
			t.Errorf("Read = position %d, %v, %v, want %d and one of %s", position.Seq, read.Stats().ByLevel, err, rev+1, level)
		}
	}
	names, err := os.ReadDir(filepath.Dir(file.Path))
	if err != nil || len(names) != 1 {
		t.Errorf("the folder holds %v, %v, want the snapshot alone", names, err)
	}
	whole, err := os.ReadFile(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file.Path, bytes.Clone(whole[:len(whole)-1]), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Read(match.New(), accept); err == nil {
		t.Error("a torn snapshot is read without an error")
	}
}
