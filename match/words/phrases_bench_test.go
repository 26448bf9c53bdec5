package words

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

// syntheticLanguage is a made-up language: words whose frequencies fall as those of
// real ones do.
type syntheticLanguage struct {
	r     *rand.Rand
	words []string
	han   bool
}

func newLatin(seed uint64, n int) *syntheticLanguage {
	r := rand.New(rand.NewPCG(seed, 1))
	m := &syntheticLanguage{r: r}
	const vowels, consonants = "aeiou", "bcdfghjklmnprstvwz"
	for range n {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			b.WriteByte(consonants[r.IntN(len(consonants))])
			b.WriteByte(vowels[r.IntN(len(vowels))])
			if r.IntN(2) == 0 {
				b.WriteByte(consonants[r.IntN(len(consonants))])
			}
		}
		m.words = append(m.words, b.String())
	}
	return m
}

func newHan(seed uint64, n int) *syntheticLanguage {
	r := rand.New(rand.NewPCG(seed, 2))
	m := &syntheticLanguage{r: r, han: true}
	for range n {
		var b strings.Builder
		for range 1 + r.IntN(2) {
			b.WriteRune(rune(0x4e00 + int(2500*r.Float64()*r.Float64())))
		}
		m.words = append(m.words, b.String())
	}
	return m
}

// sentence returns n words, common ones more often.
func (m *syntheticLanguage) sentence(n int) string {
	return m.join(n, func() float64 { f := m.r.Float64(); return f * f * f })
}

// phrase returns n words: one time in four such as messages have, else rare ones.
func (m *syntheticLanguage) phrase(n int) string {
	if m.r.IntN(4) == 0 {
		return m.sentence(n)
	}
	return m.join(n, m.r.Float64)
}

func (m *syntheticLanguage) join(n int, pick func() float64) string {
	out := make([]string, n)
	for i := range out {
		out[i] = m.words[int(pick()*float64(len(m.words)))]
	}
	if m.han {
		return strings.Join(out, "")
	}
	return strings.Join(out, " ")
}

// messageSource is messages, and phrases made of the words of messages.
type messageSource struct {
	name     string
	messages []string
	phrase   func() string
}

func syntheticSources() []messageSource {
	latin, han := newLatin(1, 5000), newHan(2, 5000)
	out := []messageSource{
		{name: "latin", phrase: func() string { return latin.phrase(2 + latin.r.IntN(4)) }},
		{name: "han", phrase: func() string { return han.phrase(2 + han.r.IntN(4)) }},
	}
	for range 2000 {
		out[0].messages = append(out[0].messages, latin.sentence(8+latin.r.IntN(20)))
		out[1].messages = append(out[1].messages, han.sentence(12+han.r.IntN(30)))
	}
	return out
}

// realSource returns labelled messages, and as phrases one time in four a few words
// of a scam among them, else words of several.
func realSource(b *testing.B) messageSource {
	l := messageSource{name: "real"}
	var scams []string
	for i, m := range corpus.Messages(b) {
		if i%20 == 0 { // so few that they stay in the processor's cache, as a message that has just been normalised is
			l.messages = append(l.messages, text.Normalise(m.Text))
		}
		if m.Label != "benign" {
			scams = append(scams, text.Normalise(m.Text))
		}
	}
	r := rand.New(rand.NewPCG(7, 8))
	l.phrase = func() string {
		if r.IntN(4) == 0 {
			return excerpt(r, scams, 3+r.IntN(4), 4+r.IntN(8))
		}
		return excerpt(r, scams, 1, 2+r.IntN(2)) + " " + excerpt(r, scams, 1, 2+r.IntN(2)) + excerpt(r, scams, 2, 3)
	}
	return l
}

// excerpt returns so many successive words of one of the messages, or so many runes
// of one written without spaces.
func excerpt(r *rand.Rand, messages []string, words, runes int) string {
	for {
		m := messages[r.IntN(len(messages))]
		if fields := strings.Fields(m); len(fields) > 8 {
			from := r.IntN(len(fields) - words)
			return strings.Join(fields[from:from+words], " ")
		}
		if m := []rune(m); len(m) > runes {
			from := r.IntN(len(m) - runes)
			return strings.TrimSpace(string(m[from : from+runes]))
		}
	}
}

// buildIndex returns an index of n different phrases, and these.
func (l messageSource) buildIndex(n int) (*Index, []string) {
	w := New()
	known := map[string]bool{}
	var values []string
	for len(values) < n {
		if p := l.phrase(); len(p) >= 9 && !known[p] {
			known[p] = true
			values = append(values, p)
			w.Add(models.Phrase, p)
		}
	}
	return w, values
}

func (l messageSource) bench(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("%s/%d phrases", l.name, n), func(b *testing.B) {
			w, values := l.buildIndex(n)
			bytes, hits := 0, 0
			for i, m := range l.messages {
				bytes += len(m)
				got := w.AppendMatches(nil, m)
				hits += len(got)
				if i%200 == 0 {
					verify(b, values, m, got)
				}
			}
			var buf []Match
			b.SetBytes(int64(bytes))
			for b.Loop() {
				again := 0
				for _, m := range l.messages {
					buf = w.AppendMatches(buf[:0], m)
					again += len(buf)
				}
				if again != hits {
					b.Fatalf("%d hits, want %d", again, hits)
				}
			}
			b.ReportMetric(float64(w.Bytes())/float64(n), "B/phrase")
			b.ReportMetric(float64(hits)/float64(len(l.messages)), "hits/message")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(l.messages)), "ns/message")
		})
	}
}

// verify compares the number of matches with that of a search for each phrase.
func verify(b *testing.B, values []string, message string, got []Match) {
	want := 0
	for _, v := range values {
		if text.IndexPhrase(message, v) >= 0 {
			want++
		}
	}
	if want != len(got) {
		b.Fatalf("%d phrases, want %d", len(got), want)
	}
}

func BenchmarkPhrases(b *testing.B) {
	for _, l := range syntheticSources() {
		l.bench(b)
	}
}

// BenchmarkPhrasesOfEveryLength adds, to ten thousand, one phrase for each further pass.
func BenchmarkPhrasesOfEveryLength(b *testing.B) {
	l := syntheticSources()[1]
	w, _ := l.buildIndex(10_000)
	bytes := 0
	for _, m := range l.messages {
		bytes += len(m)
	}
	for _, further := range []string{"", "刷单", "otp?"} {
		if further != "" {
			w.Add(models.Phrase, further)
		}
		b.Run("and "+further, func(b *testing.B) {
			b.SetBytes(int64(bytes))
			var buf []Match
			for b.Loop() {
				for _, m := range l.messages {
					buf = w.AppendMatches(buf[:0], m)
				}
			}
		})
	}
}

// BenchmarkAddWords adds up to 200,000 phrases, growth included.
func BenchmarkAddWords(b *testing.B) {
	l := syntheticSources()[0]
	_, values := l.buildIndex(200_000)
	var w *Index
	n := len(values)
	b.ReportAllocs()
	for b.Loop() {
		if n == len(values) {
			w, n = newTextIndex(), 0
		}
		w.Add(models.Phrase, values[n])
		n++
	}
}

func BenchmarkPhrasesInRealMessages(b *testing.B) { realSource(b).bench(b) }
