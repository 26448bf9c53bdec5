package verdictlog_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/verdictlog"
)

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
