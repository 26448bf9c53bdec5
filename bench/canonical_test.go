package bench

import (
	"net/url"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"mvdan.cc/xurls/v2"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/extract"
	"example.org/tocsin/canon/phone"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/corpus"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// BenchmarkPhone brings a number into canonical form. Peer: the library whose
// numbering plans Tocsin compiles.
func BenchmarkPhone(b *testing.B) {
	phone.Warm()
	for _, tt := range []struct{ name, raw, region string }{
		{"international", "+442079460958", ""}, {"written", "+44 20 7946 0958", ""}, {"national", "020 7946 0958", "GB"},
	} {
		b.Run(tt.name+"/of=tocsin", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := canon.Indicator(models.Phone, tt.raw, tt.region); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(tt.name+"/of=library", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n, err := phonenumbers.Parse(tt.raw, tt.region)
				if err != nil || !phonenumbers.IsValidNumber(n) || phonenumbers.Format(n, phonenumbers.E164) == "" {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLink brings a link into canonical form and looks up all its expressions among a
// million. Peer: net/url, which only takes it apart.
func BenchmarkLink(b *testing.B) {
	n := indexSize(b)
	x := newIndex(n, models.URL, linkAt)
	made := make([]string, queryCount)
	for i := range made {
		made[i] = "https://" + linkAt(n+i)
	}
	b.Run("made", func(b *testing.B) { benchmarkLinks(b, x, made) })
	b.Run("real", func(b *testing.B) {
		lines := corpus.Lines(b, "urls_scam.tsv.gz")[1:]
		seen := make([]string, 0, queryCount)
		for _, line := range lines[:queryCount] {
			link, _, _ := strings.Cut(line, "\t")
			seen = append(seen, link)
		}
		benchmarkLinks(b, x, seen)
	})
}

func benchmarkLinks(b *testing.B, x *match.Index, raw []string) {
	b.Run("of=tocsin", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if link, err := canon.Indicator(models.URL, raw[i&(queryCount-1)], ""); err == nil {
				x.Lookup(link, noon)
			}
		}
	})
	b.Run("of=net_url", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			_, _ = url.Parse(raw[i&(queryCount-1)])
		}
	})
}

// BenchmarkExtract finds the indicators in real messages. Peer: xurls, which finds links.
func BenchmarkExtract(b *testing.B) {
	texts := messages(b)
	strict, relaxed := xurls.Strict(), xurls.Relaxed()
	benchmarkTexts(b, "of=tocsin", texts, func(s string) { extract.Indicators(s, "US") })
	benchmarkTexts(b, "of=xurls_strict", texts, func(s string) { strict.FindAllString(s, -1) })
	benchmarkTexts(b, "of=xurls_relaxed", texts, func(s string) { relaxed.FindAllString(s, -1) })
}

// BenchmarkNormalise brings real messages into the form in which phrases are
// looked for. Peer: the two steps of it that x/text does.
func BenchmarkNormalise(b *testing.B) {
	texts := messages(b)
	benchmarkTexts(b, "of=tocsin", texts, func(s string) { text.Normalise(s) })
	benchmarkTexts(b, "of=x_text", texts, func(s string) { cases.Fold().String(norm.NFKC.String(s)) })
}

// benchmarkTexts runs work on one text after the other; the figures are of one text.
func benchmarkTexts(b *testing.B, name string, texts []string, work func(string)) {
	b.Run(name, func(b *testing.B) {
		total := 0
		for _, s := range texts {
			total += len(s)
		}
		b.SetBytes(int64(total / len(texts)))
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			work(texts[i%len(texts)])
		}
	})
}
