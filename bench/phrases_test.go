package bench

import (
	"strconv"
	"strings"
	"testing"

	bobusumisu "github.com/BobuSumisu/aho-corasick"
	cloudflare "github.com/cloudflare/ahocorasick"
	petar "github.com/petar-dambovaliev/aho-corasick"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// phrases returns n phrases of two or three words that occur in the texts, though not together.
func phrases(texts []string, n int) []string {
	var words []string
	for _, message := range texts {
		words = append(words, strings.Fields(message)...)
	}
	r := random()
	seen := map[string]bool{}
	out := make([]string, 0, n)
	for len(out) < n {
		p := text.Normalise(words[r.IntN(len(words))] + " " + words[r.IntN(len(words))])
		if r.IntN(3) == 0 {
			p += " " + text.Normalise(words[r.IntN(len(words))])
		}
		if len(p) >= 8 && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// BenchmarkPhrases looks for many phrases in real messages. Peers: three Aho-Corasick
// libraries, on texts that are normalised already; Tocsin's figure is the whole query, with
// normalisation and the other readings of the text.
func BenchmarkPhrases(b *testing.B) {
	texts := messages(b)
	for i, message := range texts {
		texts[i] = text.Normalise(message)
	}
	for _, n := range []int{1_000, 10_000, 100_000} {
		list := phrases(texts, n)
		size := strconv.Itoa(n)
		x := match.New()
		changes := make([]models.Change, n)
		for i, p := range list {
			changes[i] = change(models.Phrase, models.Text, p)
		}
		x.Apply(changes)
		benchmarkTexts(b, size+"/of=tocsin", texts, func(s string) { x.Match(models.MatchQuery{Text: s}, noon) })
		trie := bobusumisu.NewTrieBuilder().AddStrings(list).Build()
		benchmarkTexts(b, size+"/of=bobusumisu", texts, func(s string) { trie.MatchString(s) })
		if n > 10_000 {
			continue // the others take minutes and gigabytes to build
		}
		builder := petar.NewAhoCorasickBuilder(petar.Opts{MatchKind: petar.StandardMatch, DFA: true})
		automaton := builder.Build(list)
		benchmarkTexts(b, size+"/of=petar", texts, func(s string) { automaton.FindAll(s) })
		matcher := cloudflare.NewStringMatcher(list)
		benchmarkTexts(b, size+"/of=cloudflare", texts, func(s string) { matcher.MatchThreadSafe([]byte(s)) })
	}
}
