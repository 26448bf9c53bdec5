package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSkeletonIsWhatALabelLooksLike(t *testing.T) {
	for _, tt := range []struct{ name, label, want string }{
		{"a plain name", "bank", "bank"},
		{"upper case", "BaNK", "bank"},
		{"i, l, 1 and | are one", "il1I|", "lllll"},
		{"digits that stand for letters", "034578910", "oeastbglo"},
		{"a sign that stands for a letter", "a$$et", "asset"},
		{"other digits stay", "n26", "n26"},
		{"pairs that look like one letter", "arnvvclnn", "amwdm"},
		{"three letters are not two pairs", "vvv-rrn", "wvrm"},
		{"hyphens and underscores go, and pairs meet", "north-ban_k-r-n", "northbankm"},
		{"marks", "nörthbánk", "northbank"},
		{"marks of their own", "no\u0308rthbank", "northbank"},
		{"letters that have no mark apart", "nørthbańk", "northbank"},
		{"Cyrillic", "раураl", "paypal"},
		{"Greek", "ρaypαl", "paypal"},
		{"full width", "ｎｏｒｔｈ", "north"},
		{"a ligature", "oﬃce", "offlce"},
		{"digits of other scripts", "n٠rth", "north"},
		{"an A-label", "xn--nrthbank-n4a", "northbank"},
		{"an A-label in upper case", "XN--NRTHBANK-N4A", "northbank"},
		{"what only begins like an A-label", "xn--", "xn"},
		{"letters that look like no others stay", "東京", "東京"},
		{"hidden characters", "nor\u200bth", "north"},
		{"not UTF-8", "nor\xffth", "north"},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Skeleton(tt.label); got != tt.want {
				t.Errorf("Skeleton(%q) = %q, want %q", tt.label, got, tt.want)
			}
		})
	}
}

func TestSkeletonOfEveryRuneIsItsOwnSkeleton(t *testing.T) {
	for r := range unicode.MaxRune + 1 {
		if !utf8.ValidRune(r) {
			continue
		}
		once := Skeleton(string(r))
		if twice := Skeleton(once); twice != once {
			t.Errorf("Skeleton(%U) = %q, whose own is %q", r, once, twice)
		}
	}
}

func TestLettersOfASCIIKeepTheirPlaces(t *testing.T) {
	for c := range byte(utf8.RuneSelf) {
		if got := AppendLookalikes(nil, string(rune(c))); len(got) != 1 {
			t.Errorf("AppendLookalikes(%q) = %q, want one byte", c, got)
		}
	}
	if got, want := string(AppendLookalikes([]byte("x"), "n0rth-b4nk-rn")), "xnorth-bank-rn"; got != want {
		t.Errorf("AppendLookalikes = %q, want %q", got, want)
	}
}

func TestSkeletonOfALongLabelIsBounded(t *testing.T) {
	for _, label := range []string{
		strings.Repeat("a", 1000), strings.Repeat("\uFDFA", 63), strings.Repeat("ö", 1000), "xn--" + strings.Repeat("a", 1000),
	} {
		if got := utf8.RuneCountInString(Skeleton(label)); got > 63 {
			t.Errorf("a skeleton of %d runes", got)
		}
	}
}

func TestSkeletonOfASCIIAllocatesOnce(t *testing.T) {
	room := make([]byte, 0, 64)
	if got := testing.AllocsPerRun(100, func() { room = AppendSkeleton(room[:0], "arnaz0n-login") }); got != 0 {
		t.Errorf("AppendSkeleton allocates %.0f times", got)
	}
	if got := testing.AllocsPerRun(100, func() { Skeleton("arnaz0n-login") }); got > 1 {
		t.Errorf("Skeleton allocates %.0f times", got)
	}
}

func FuzzSkeleton(f *testing.F) {
	for _, s := range []string{"northbank", "n0rth-b4nk", "xn--nrthbank-n4a", "раураl", "vvvrrnncl", "\xff\xfe", "ﷺﷺﷺ", "xn--a", "XN--0ca"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, label string) {
		once := Skeleton(label)
		if twice := Skeleton(once); twice != once {
			t.Errorf("Skeleton(%q) = %q, whose own is %q", label, once, twice)
		}
		if n := utf8.RuneCountInString(once); n > maxLabelRunes || !utf8.ValidString(once) {
			t.Errorf("Skeleton(%q) = %q, %d runes", label, once, n)
		}
	})
}

func BenchmarkSkeleton(b *testing.B) {
	for name, label := range map[string]string{"ascii": "n0rthbank-login", "plain": "northbank", "a-label": "xn--nrthbank-n4a"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			room := make([]byte, 0, 256)
			for b.Loop() {
				room = AppendSkeleton(room[:0], label)
			}
		})
	}
}
