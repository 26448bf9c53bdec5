package text

import (
	"archive/zip"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"example.org/tocsin/corpus"
)

var update = flag.Bool("update", false, "write confusables.txt from the ICU4J archive that TOCSIN_ICU4J names")

const confusablesHead = `# Source ; prototype: what looks like what, from the data of UTS #39,
# Unicode Security Mechanisms, version 17.0.0, as ICU4J 78.1 of 2025-10-30 holds it.
# Copyright (c) 2016-2025 Unicode, Inc. Licence: Unicode-3.0, see confusables.LICENSE.
# Written by: TOCSIN_ICU4J=icu4j-78.1.jar go test ./canon/text -run TestConfusablesAreThoseOfICU -update
`

func TestConfusablesAreThoseOfICU(t *testing.T) {
	path := os.Getenv("TOCSIN_ICU4J")
	if path == "" {
		t.Skip("TOCSIN_ICU4J names no ICU4J archive")
	}
	official := icuConfusables(t, path)
	if *update {
		var b strings.Builder
		b.WriteString(confusablesHead)
		for _, r := range slices.Sorted(maps.Keys(official)) {
			fmt.Fprintf(&b, "%04X ;", r)
			for _, p := range official[r] {
				fmt.Fprintf(&b, " %04X", p)
			}
			b.WriteByte('\n')
		}
		if err := os.WriteFile("confusables.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Skip("written; run again to compare")
	}
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if got, want := prototype(r), official[r]; got != want {
			t.Fatalf("prototype(%U) = %q, want %q", r, got, want)
		}
	}
}

// icuConfusables reads the data of ICU's spoof checker: a head of 16 bytes or
// more, then offsets and sizes, sorted keys (length less one in the highest
// byte, code point in the others), for each a UTF-16 unit or a place in the strings.
func icuConfusables(t *testing.T, path string) map[rune]string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	file, err := archive.Open("com/ibm/icu/impl/data/icudata/confusables.cfu")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	data = data[binary.BigEndian.Uint16(data):]
	if magic := binary.BigEndian.Uint32(data); magic != 0x3845fdef {
		t.Fatalf("magic %x", magic)
	}
	word := func(at int) int { return int(binary.BigEndian.Uint32(data[at:])) }
	unit := func(at int) uint16 { return binary.BigEndian.Uint16(data[at:]) }
	keys, count, values, text := word(12), word(16), word(20), word(28)
	table := map[rune]string{}
	for i := range count {
		key, value := word(keys+4*i), unit(values+2*i)
		units := []uint16{value}
		if n := key>>24 + 1; n > 1 {
			units = units[:0]
			for j := range n {
				units = append(units, unit(text+2*(int(value)+j)))
			}
		}
		table[rune(key&0xFFFFFF)] = string(utf16.Decode(units))
	}
	return table
}

func TestPrototypes(t *testing.T) {
	for _, c := range []struct {
		r    rune
		want string
	}{
		{'а', "a"},
		{'е', "e"},
		{'ο', "o"},
		{'Ꮪ', "S"},
		{'m', "rn"},
		{'1', "l"},
		{'0', "O"},
		{'a', ""},
		{'é', ""},
		{'中', ""},
		{'β', "ß"},
		{-1, ""},
		{0, ""},
		{utf8.MaxRune, ""},
		{0x7FFFFFFF, ""},
		{-0x80000000, ""},
		{'ﷺ', "صلى lللo علىo وسلم"},
	} {
		if got := prototype(c.r); got != c.want {
			t.Errorf("prototype(%q) = %q, want %q", c.r, got, c.want)
		}
	}
}

func TestTheTableOfConfusablesIsSortedAndWhole(t *testing.T) {
	n, last := 0, rune(-1)
	for line := range strings.Lines(confusablesText) {
		if line[0] == '#' {
			continue
		}
		var r rune
		if _, err := fmt.Sscanf(line, "%X ;", &r); err != nil || r <= last {
			t.Fatalf("%q after %U: %v", line, last, err)
		}
		n, last = n+1, r
		if p := prototype(r); p == "" || !utf8.ValidString(p) || strings.ContainsRune(p, utf8.RuneError) {
			t.Errorf("%U has the prototype %q", r, p)
		}
	}
	if n != 6565 {
		t.Errorf("%d prototypes, want 6565", n)
	}
}

func TestConfusablePairsShareASkeleton(t *testing.T) {
	same, all := 0, 0
	left := map[string]int{}
	for _, pair := range confusablePairs(t) {
		all++
		if uts39Skeleton(pair[0]) == uts39Skeleton(pair[1]) {
			same++
			continue
		}
		left[pairClass(pair[0], pair[1])]++
	}
	t.Logf("%d of %d pairs share a skeleton; the others: %v", same, all, left)
	if same < all*98/100 {
		t.Errorf("%d of %d pairs share a skeleton", same, all)
	}
}

func pairClass(a, b string) string {
	switch {
	case norm.NFD.String(a) != a || norm.NFD.String(b) != b:
		return "decomposed before the look-up"
	case strings.ContainsFunc(a+b, IsInvisible):
		return "invisible"
	}
	return "another prototype in a later version"
}

func confusablePairs(t *testing.T) [][2]string {
	t.Helper()
	rows := corpus.Rows(t, "vectors", "idn", "confusables.csv.gz")
	pairs := make([][2]string, 0, len(rows))
	for _, row := range rows {
		pairs = append(pairs, [2]string{row[0], row[2]})
	}
	return pairs
}

func BenchmarkPrototype(b *testing.B) {
	prototype('a')
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, r := range "раураl ассоunt вегifу 中文" {
			n += len(prototype(r))
		}
	}
	if n == 0 {
		b.Fatal("nothing looks like anything")
	}
}

// uts39Skeleton returns the skeleton of a text (UTS #39, section 4): two texts
// that have the same one can be taken for each other by eye. It is for
// comparison alone and may spell nothing: that of "m" is "rn".
func uts39Skeleton(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.Map(Visible, text)) {
		if p := prototype(r); p != "" {
			b.WriteString(p)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFD.String(b.String())
}
