package match

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
)

var testPosition = LogPosition{Seq: 42, Hash: "abc", At: 1_767_323_045_006}

// acceptAny accepts every snapshot.
func acceptAny(LogPosition) error { return nil }

func TestASnapshotThatIsNotAcceptedChangesNothing(t *testing.T) {
	x, foreign := New(), errors.New("of another log")
	got, err := x.ReadSnapshot(bytes.NewReader(snapshot(t, index(mixedChanges(30)...))), func(m LogPosition) error {
		if m != testPosition {
			t.Errorf("accept is called with %v, want %v", m, testPosition)
		}
		return foreign
	})
	if !errors.Is(err, foreign) || got != (LogPosition{}) || x.Stats().Signatures != 0 {
		t.Errorf("position %v, error %v, %d signatures", got, err, x.Stats().Signatures)
	}
}

func snapshot(t testing.TB, x *Index) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := x.WriteSnapshot(&b, testPosition); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// mixedChanges are changes of every rule and kind, many labels, ends and ids, and some to unknown.
func mixedChanges(n int) []models.Change {
	var out []models.Change
	for i := range n {
		value := fmt.Sprint(i)
		c := phoneChange(i)
		switch i % 7 {
		case 1:
			c = danger(models.Exact, models.URL, "s"+value+".example/pay/")
		case 2:
			c = danger(models.Phrase, models.Text, "send word"+value+" now")
		case 3:
			c = danger(models.Range, models.Phone, fmt.Sprintf("+1202%06d00-+1202%06d99", i, i))
		case 4:
			c = danger(models.Exact, models.Domain, "d"+value+".example")
			c.Ends = noon.Add(time.Duration(i%5-2) * time.Hour)
		case 5:
			c.Ends = noon.Add(time.Hour)
		}
		c.Rev, c.To = int64(i%9+1), models.Levels()[i%len(models.Levels())]
		c.Category = models.Categories()[i%len(models.Categories())]
		out = append(out, c)
	}
	return out
}

// matchAll queries an index for everything that mixedChanges names.
func matchAll(x *Index, n int) (out [][]models.Hit) {
	for _, c := range mixedChanges(n) {
		q := models.MatchQuery{Findings: []models.Finding{{Indicator: models.Indicator{Kind: c.Kind, Value: c.Value}}}}
		switch c.Rule {
		case models.Range:
			q.Findings[0].Value, _, _ = strings.Cut(c.Value, "-")
		case models.Phrase:
			q = models.MatchQuery{Text: "please " + c.Value}
		default:
		}
		out = append(out, x.Match(q, noon))
	}
	return out
}

func TestSnapshotBringsBackTheSameIndex(t *testing.T) {
	const n = 20_000
	x := index(mixedChanges(n)...)
	file := snapshot(t, x)
	y := New()
	in := io.MultiReader(bytes.NewReader(file), strings.NewReader("more"))
	got, err := y.ReadSnapshot(in, acceptAny)
	if err != nil || got != testPosition {
		t.Fatalf("ReadSnapshot: %v, %v, want %v", got, err, testPosition)
	}
	if rest, _ := io.ReadAll(in); string(rest) != "more" {
		t.Errorf("%q is left, want what follows the snapshot", rest)
	}
	if diff := cmp.Diff(matchAll(x, n), matchAll(y, n)); diff != "" {
		t.Error(diff)
	}
	want, have := x.Stats(), y.Stats()
	want.Bytes, have.Bytes = 0, 0
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
	late := mixedChanges(n)[8]
	late.Rev, late.To = 0, models.Danger
	y.Apply([]models.Change{late})
	if diff := cmp.Diff(matchAll(x, 9), matchAll(y, 9)); diff != "" {
		t.Errorf("an older change takes effect after the snapshot: %s", diff)
	}
}

func TestDamagedSnapshotIsRefused(t *testing.T) {
	file := snapshot(t, index(mixedChanges(30)...))
	for n := range file {
		if _, err := New().ReadSnapshot(bytes.NewReader(file[:n]), acceptAny); err == nil {
			t.Fatalf("cut after %d of %d bytes: no error", n, len(file))
		}
		flipped := bytes.Clone(file)
		flipped[n] ^= 0x10
		if _, err := New().ReadSnapshot(bytes.NewReader(flipped), acceptAny); err == nil {
			t.Fatalf("byte %d of %d flipped: no error", n, len(file))
		}
	}
}

func TestNothingOfABadBlockIsApplied(t *testing.T) {
	file := snapshot(t, index(mixedChanges(300)...))
	file[len(file)-100] ^= 1
	x := New()
	if _, err := x.ReadSnapshot(bytes.NewReader(file), acceptAny); err == nil {
		t.Error("no error")
	}
	if got := x.Stats(); got.Signatures != 0 {
		t.Errorf("%d signatures of a block with a wrong checksum", got.Signatures)
	}
}

type fullDisk struct{ left int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestFailedWriteIsAnError(t *testing.T) {
	x := index(mixedChanges(100)...)
	for _, left := range []int{0, 20, 100, 1000} {
		if err := x.WriteSnapshot(&fullDisk{left}, testPosition); err == nil {
			t.Errorf("%d bytes of room: no error", left)
		}
	}
}

// A snapshot that is written while changes come in holds all that was applied before.
func TestSnapshotIsWholeBesideAWriter(t *testing.T) {
	const n = 20_000
	x := index(mixedChanges(n)...)
	before := x.Stats().Signatures
	var wg sync.WaitGroup
	wg.Go(func() {
		for i, c := range mixedChanges(2 * n) {
			if i >= n || c.To != models.Unknown {
				c.Rev, c.Ends = 100, noon.Add(time.Hour) // moves the record
				x.Apply([]models.Change{c})
			}
		}
	})
	for range 5 {
		y := New()
		if _, err := y.ReadSnapshot(bytes.NewReader(snapshot(t, x)), acceptAny); err != nil {
			t.Fatal(err)
		}
		if got := y.Stats().Signatures; got < before {
			t.Fatalf("%d signatures, want at least %d", got, before)
		}
	}
	wg.Wait()
}

// withChecksums puts a right checksum on hostile blocks, so that what is behind it is reached.
func withChecksums(blocks ...[]byte) []byte {
	out := []byte(snapshotMagic)
	for _, b := range blocks {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(b)))
		out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(b, newCRCTable()))
		out = append(out, b...)
	}
	return out
}

func FuzzSnapshot(f *testing.F) {
	file := snapshot(f, index(mixedChanges(50)...))
	f.Add(file, []byte{}, []byte{})
	f.Add([]byte(snapshotMagic+"\xff\xff\xff\xff\x00\x00\x00\x00"), []byte{}, []byte{})
	size := binary.LittleEndian.Uint32(file[len(snapshotMagic):])
	first := file[len(snapshotMagic)+blockHeader:][:size]
	second := file[len(snapshotMagic)+blockHeader+int(size)+blockHeader:]
	f.Add([]byte{}, first, second[:len(second)-blockHeader-2])
	f.Add([]byte{}, first, []byte("RS\x01\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, raw, first, second []byte) {
		New().ReadSnapshot(bytes.NewReader(raw), acceptAny)
		x := New()
		x.ReadSnapshot(bytes.NewReader(withChecksums(first, second)), acceptAny)
		y := New()
		if _, err := y.ReadSnapshot(bytes.NewReader(snapshot(t, x)), acceptAny); err != nil {
			t.Fatalf("what was taken in comes out malformed: %v", err)
		}
	})
}

func BenchmarkSnapshot(b *testing.B) {
	for _, size := range benchSizes() {
		x := phoneIndex(size)
		var file bytes.Buffer
		b.Run(fmt.Sprintf("%d/write", size), func(b *testing.B) {
			for b.Loop() {
				file.Reset()
				if err := x.WriteSnapshot(&file, testPosition); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/entry")
			b.ReportMetric(float64(file.Len())/float64(size), "file-B/entry")
		})
		b.Run(fmt.Sprintf("%d/read", size), func(b *testing.B) {
			for b.Loop() {
				if _, err := New().ReadSnapshot(bytes.NewReader(file.Bytes()), acceptAny); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/entry")
		})
	}
}
