package extract

import (
	"slices"
	"testing"
	"unicode/utf8"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// FuzzExtract holds that findings are canonical, stand where they say, one
// behind the other, and do not depend on what stands far from them.
func FuzzExtract(f *testing.F) {
	for _, seed := range []string{
		"go to https://evil.example/a, example.com, hxxps://example[.]com", "请点击http://example.cn/a兑换",
		"+1 (202) 555-0123 or x@example.com", "DE89 3704 0044 0532 0130 00", "example (dot) com example dot com",
		"ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ。", "\xff\xfe[.]://", "4111 1111 1111 1111",
		"Telegram: @evil_name, my line id: evilname", "加微信 abc12345 微信号：evilname", `http:\\example.com\a example\.com h**p://example.com`,
		"https://example.com/\nlogin?id=1 https://example-\r\nbank.com/x", "call 0207 946\n0123 1 3 8 0 0 1 3 8 0 0 0",
		"visit example .com/pay, http://login. example.com",
		"com.example.pay.apk t.me/evil_name play.google.com/store/apps/details?id=com.example.pay",
		"exam\u200bple.c\u00adom １３８００１３８０００ +١٢٠٢٥٥٥٠١٢٣", "2026-01-31 1.2.3.4/a",
	} {
		f.Add(seed, "US")
	}
	f.Fuzz(func(t *testing.T, text, region string) {
		found := Indicators(text, region)
		if len(found) > maxFindings {
			t.Fatalf("%d findings", len(found))
		}
		before := 0
		for _, x := range found {
			if x.Span == nil || x.Span.Start < before || x.Span.Start >= x.Span.End || x.Span.End > len(text) || x.Where != "message" {
				t.Fatalf("%q: span %+v of %v", text, x.Span, x.Indicator)
			}
			before = x.Span.Start
			if again, err := canon.Indicator(x.Kind, x.Value, region); err != nil || again != x.Indicator {
				t.Fatalf("%q: %v becomes %v (%v)", text, x.Indicator, again, err)
			}
		}
		if len(found) == maxFindings {
			return
		}
		framed := Indicators("x\t"+text+"\ty", region)
		for _, x := range found {
			if !slices.ContainsFunc(framed, func(y models.Finding) bool { return x.Indicator == y.Indicator }) {
				t.Fatalf("%q: %v is not found in the middle of a text", text, x.Indicator)
			}
		}
	})
}

func FuzzMask(f *testing.F) {
	for _, seed := range []string{
		"4111 1111 1111 1111", "11010119900307966X", "219-09-9999", "DE89 3704 0044 0532 0130 00", "４１１１１１１１１１１１１１１１",
		"\xff4111111111111111",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		masked := Mask(text)
		if utf8.ValidString(text) && !utf8.ValidString(masked) {
			t.Fatalf("%q becomes %q", text, masked)
		}
		if again := Mask(masked); again != masked && len(again) > len(masked)+32 {
			t.Fatalf("%q becomes %q and then %q", text, masked, again)
		}
	})
}

// FuzzScanText holds that a text is only passed over if, folded, it holds no
// candidate, and that a folded text knows where its bytes stood.
func FuzzScanText(f *testing.F) {
	for _, seed := range []string{
		"１３８００１３８０００", "138\u200b0013\u200b8000", "example [.] com", "evil .com/x", "٠١٢٣٤٥٦٧٨٩", "a。com", "微信：evilname",
		"1(.)2(.)3(.)4/a", "\xe2\x80", `a\.com`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := newFoldedText(text)
		if len(v.offsets) != len(v.text)+1 || int(v.offsets[len(v.text)]) != len(text) || !slices.IsSorted(v.offsets) {
			t.Fatalf("%q: %q at %v", text, v.text, v.offsets)
		}
		if utf8.ValidString(text) && !utf8.ValidString(v.text) {
			t.Fatalf("%q becomes %q", text, v.text)
		}
		_, first := scanText(text)
		whole := extractor{foldedText: v, scanner: scanner{text: v.text}, country: "US"}
		if whole.extractAll(0); first < 0 && len(whole.findings) > 0 {
			t.Fatalf("%q was passed over, but holds %v", text, whole.findings)
		}
	})
}
