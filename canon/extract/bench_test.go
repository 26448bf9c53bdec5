package extract

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/canon/phone"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

// TestExtractFromRealMessages logs what messages cost and hold, by language.
// The floors are those of what may not be lost.
func TestExtractFromRealMessages(t *testing.T) {
	byLanguage := map[string][]corpus.Message{}
	kinds := map[string]map[models.IndicatorKind]int{}
	for _, m := range corpus.Messages(t) {
		byLanguage[m.Language] = append(byLanguage[m.Language], m)
		byLanguage["all"] = append(byLanguage["all"], m)
		if kinds[m.Label] == nil {
			kinds[m.Label] = map[models.IndicatorKind]int{}
		}
		for _, f := range Indicators(m.Text, m.Region()) {
			kinds[m.Label][f.Kind]++
		}
	}
	languages := make([]string, 0, len(byLanguage))
	for l := range byLanguage {
		languages = append(languages, l)
	}
	slices.Sort(languages)
	for _, l := range languages {
		group := byLanguage[l]
		bytes, idle, tries, best := 0, 0, 0, time.Hour
		for _, m := range group {
			v, first := scanText(m.Text)
			bytes += len(m.Text)
			if first < 0 {
				idle++
				continue
			}
			f := extractor{foldedText: v, scanner: scanner{text: v.text}, country: phone.Country(m.Region())}
			f.extractAll(first)
			tries += f.numberTries
		}
		for range 3 {
			start := time.Now() //nolint:forbidigo // this test measures time
			for _, m := range group {
				Indicators(m.Text, m.Region())
			}
			best = min(best, time.Since(start))
		}
		n := float64(len(group))
		t.Logf("%-8s %6d messages of %5.0f bytes: %5.0f ns each, %5.2f ns a byte, %4.1f %% without a candidate, %.3f numbers read",
			l, len(group), float64(bytes)/n, float64(best.Nanoseconds())/n, float64(best.Nanoseconds())/float64(bytes),
			100*float64(idle)/n, float64(tries)/n)
	}
	t.Logf("found: %v", kinds)
	if got := kinds["scam"][models.URL]; got < 1238 {
		t.Errorf("links in scam messages: got %d, want at least 1,238", got)
	}
	if got := kinds["scam"][models.Phone]; got < 317 {
		t.Errorf("numbers in scam messages: got %d, want at least 317", got)
	}
	if got := kinds["benign"][models.URL] + kinds["benign"][models.Phone]; got > 200 {
		t.Errorf("findings in benign messages: got %d, want at most 200", got)
	}
}

const (
	plainMessage   = "Ok lar... I'm joking with you, see u at 7.30 then? Mum says dinner is ready e.g. at 8, so don't be late again please."
	chineseMessage = "亲爱的，我刚上网看机票呢，发现二月三号飞机票是四百多……你要有魄力六号回来就可以坐一百多的飞机。你一定到年根回去吗，我们一起回去不好吗？"
	arabicMessage  = "مرحبا، كيف حالك اليوم؟ أنا في الطريق إلى البيت وسأصل بعد ساعة إن شاء الله، هل تريد شيئا من السوق؟"
	hindiMessage   = "नमस्ते, आप कैसे हैं? मैं आज शाम को बाजार जा रहा हूँ, क्या आपको कुछ चाहिए? कृपया मुझे बताइए।"
	scamMessage    = "Your parcel could not be delivered. Please confirm at https://post-track4711.example.com/x1 " +
		"within 12 hours or call +1 202 555 0123."
)

func BenchmarkExtractFrom(b *testing.B) {
	for _, m := range []struct{ name, text, region string }{
		{"plain", plainMessage, "GB"},
		{"Chinese", chineseMessage, "CN"},
		{"Arabic", arabicMessage, "SA"},
		{"Hindi", hindiMessage, "IN"},
		{"scam", scamMessage, "US"},
		{"prose", "I will be there in an hour or so, please wait for me at the station and bring an umbrella", "GB"},
		{"host", "Claim your prize at www.example-prize.com today", "US"},
		{"defanged", "Report: hxxps://login.example[.]com/pay and mule[at]example[.]com", "US"},
		{"many numbers", strings.Repeat("ref 2025550 on 12/05 ", 20), "US"},
	} {
		b.Run(m.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(m.text)))
			for b.Loop() {
				Indicators(m.text, m.region)
			}
		})
	}
}

// BenchmarkLookAtEachByte is the floor of the others: one look at each byte.
func BenchmarkLookAtEachByte(b *testing.B) {
	b.SetBytes(int64(len(plainMessage)))
	for b.Loop() {
		n := 0
		for i := range len(plainMessage) {
			if byteClass[plainMessage[i]] == digitByte {
				n++
			}
		}
		if n != 4 {
			b.Fatal(n)
		}
	}
}

func BenchmarkMask(b *testing.B) {
	for _, m := range []struct{ name, text string }{
		{"plain", plainMessage},
		{"Chinese", chineseMessage},
		{"a card", "he has my card 4111 1111 1111 1111 and my phone +1 202 555 0123"},
	} {
		b.Run(m.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(m.text)))
			for b.Loop() {
				Mask(m.text)
			}
		})
	}
}

func TestMessagesWithoutIndicatorsCostNoMemory(t *testing.T) {
	for _, text := range []string{plainMessage, chineseMessage, arabicMessage, hindiMessage} {
		if n := testing.AllocsPerRun(10, func() { Indicators(text, "US"); Mask(text) }); n > 0 {
			t.Errorf("%q: got %v allocations, want none", text, n)
		}
	}
}

func BenchmarkExtract(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(scamMessage)))
	for b.Loop() {
		Indicators(scamMessage, "US")
	}
}
