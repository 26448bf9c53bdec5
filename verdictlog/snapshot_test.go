package verdictlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
	"example.org/tocsin/verdictlog"
)

// memorySnapshots keeps one snapshot in memory.
type memorySnapshots struct {
	data  []byte
	reads int
}

func (s *memorySnapshots) Read(index *match.Index, accept func(match.LogPosition) error) (match.LogPosition, error) {
	s.reads++
	if s.data == nil {
		return match.LogPosition{}, errors.New("there is none yet")
	}
	return index.ReadSnapshot(bytes.NewReader(s.data), accept)
}

func (s *memorySnapshots) Write(index *match.Index, mark match.LogPosition) error {
	var out bytes.Buffer
	err := index.WriteSnapshot(&out, mark)
	s.data = out.Bytes()
	return err
}

// restarted returns a follower of the node's store that has loaded with these
// snapshots, and whether it used one.
func restarted(t *testing.T, n desktest.Node, s *memorySnapshots) (follower *verdictlog.IndexFollower, fromSnapshot bool) {
	t.Helper()
	log := &verdictlog.Log{Entries: n.DB, Logger: slog.New(slog.DiscardHandler), Clock: n.Now}
	f := verdictlog.FollowIndex(log, n.DB, match.New())
	f.Snapshots = s
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f, f.SnapshotPosition() > 0
}

func TestARestartGoesOnFromTheSnapshot(t *testing.T) {
	n := desktest.Fresh(t)
	for i := range 3 {
		n.Create(t, models.Phone, fmt.Sprintf("+120255501%02d", i), models.Danger)
	}
	s := &memorySnapshots{}
	n.Follower.Snapshots = s
	if err := n.Follower.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.Follower.WriteSnapshot(t.Context())
	first := bytes.Clone(s.data)
	n.Follower.WriteSnapshot(t.Context())
	if !bytes.Equal(first, s.data) || first == nil {
		t.Error("a snapshot is written though the log has not moved, or never")
	}
	n.Create(t, models.Phone, "+12025550199", models.Confirmed)
	if f, used := restarted(t, n, s); !used || f.Index.Stats().Signatures != 4 || f.Position() != 4 || f.ChainBreaks() != 0 {
		t.Errorf("used %v, %d signatures at %d with %d breaks, want 4 at 4", used, f.Index.Stats().Signatures, f.Position(), f.ChainBreaks())
	}
}

func TestASnapshotThatDoesNotFitIsNotUsed(t *testing.T) {
	n, other := desktest.Fresh(t), desktest.New(t, storetest.Open(t))
	n.Create(t, models.Phone, "+12025550100", models.Danger)
	other.Create(t, models.Phone, "+12025550101", models.Danger)
	foreign, cutShort := &memorySnapshots{}, &memorySnapshots{}
	for _, x := range []struct {
		node      desktest.Node
		snapshots *memorySnapshots
	}{{other, foreign}, {n, cutShort}} {
		x.node.Follower.Snapshots = x.snapshots
		if err := x.node.Follower.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		x.node.Follower.WriteSnapshot(t.Context())
	}
	cutShort.data = cutShort.data[:len(cutShort.data)-3]
	ahead := &memorySnapshots{}
	if err := ahead.Write(n.Index, match.LogPosition{Seq: 17, Hash: "x"}); err != nil {
		t.Fatal(err)
	}
	want := n.Index.Lookup(models.Indicator{Kind: models.Phone, Value: "+12025550100"}, n.Now())
	for name, s := range map[string]*memorySnapshots{"none": {}, "of another log": foreign, "cut short": cutShort, "ahead of the log": ahead} {
		f, used := restarted(t, n, s)
		if used || s.reads != 1 {
			t.Errorf("%s: used %v, read %d times", name, used, s.reads)
		}
		got := f.Index.Lookup(models.Indicator{Kind: models.Phone, Value: "+12025550100"}, n.Now())
		if diff := cmp.Diff(want, got); diff != "" || f.Index.Stats().Signatures != 1 || f.Position() != 1 {
			t.Errorf("%s: %d signatures at %d (-want +got):\n%s", name, f.Index.Stats().Signatures, f.Position(), diff)
		}
	}
}
