package scripts

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.org/tocsin/canon/words"
	"example.org/tocsin/models"
)

func newScriptIndex(values ...string) *Index {
	s := New()
	for _, v := range values {
		s.Add(v)
	}
	return s
}

func TestScriptIsRecognisedWithOtherNumbersAndWords(t *testing.T) {
	const (
		parcel = "Your parcel AB12CD34 is held at customs. Pay 1.99 EUR within 24 hours at https://post.example/x1 " +
			"or it will be returned to the sender."
		frozen = "尊敬的客户，您的银行账户于3月5日已被冻结，请立即登录 https://bank.example/a 验证身份，否则将无法使用。"
		secret = "Hi mum, this is my new number +1 202 555 0123, my old phone is broken. Can you send me a message on it?"
	)
	s := newScriptIndex(words.Script(parcel), words.Script(frozen), words.Script(secret))
	for _, tt := range []struct {
		name, text, script string
		how                models.MatchType
	}{
		{"the same", parcel, parcel, models.MatchSameText},
		{
			"other numbers and link",
			"Your parcel ZZ98YY76 is held at customs, pay 2.49 EUR within 12 hours at www.other.example/q " +
				"or it will be returned to the sender",
			parcel, models.MatchSameText,
		},
		{
			"other words",
			"Dear customer, your package 4711 is held at the customs. Pay 3 EUR within 48 hours at https://c.example " +
				"or it will be sent back to the sender.",
			parcel, models.MatchSimilarText,
		},
		{"other words around it", "FWD: look what I got. " + parcel + " What is that?", parcel, models.MatchSimilarText},
		{
			"Chinese with other numbers",
			"尊敬的客户：您的银行账户于12月31日已被冻结，请立即登录 http://c.example 验证身份，否则将无法使用！",
			frozen, models.MatchSameText,
		},
		{
			"Chinese with other words",
			"尊敬的用户，您的银行账户于今天已被冻结，请马上登录 http://c.example 验证您的身份，否则无法使用。",
			frozen, models.MatchSimilarText,
		},
		{
			"capitals, signs and invisible characters", strings.ToUpper(strings.ReplaceAll(secret, " ", " \u200b")),
			secret, models.MatchSameText,
		},
		{
			"an ordinary message",
			"Your parcel was delivered to your neighbour at number 12. Thank you for your order and have a nice day.", "", "",
		},
		{"an ordinary message in Chinese", "今天晚上我们一起去吃饭吧，我下班以后到学校门口等你们，不见不散。", "", ""},
		{"a part that is too short to tell", "Your parcel is", "", ""},
		{"nothing", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := s.appendSimilar(nil, words.Script(tt.text), nil)
			if tt.script == "" {
				if len(got) != 0 {
					t.Errorf("like %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Value != words.Script(tt.script) || got[0].MatchType != tt.how ||
				(got[0].Similarity == 1) != (tt.how == models.MatchSameText) {
				t.Errorf("got %+v, want %s of %q", got, tt.how, words.Script(tt.script))
			}
		})
	}
}

func TestShortScriptIsRecognisedWordForWordAlone(t *testing.T) {
	s := newScriptIndex("you won call #")
	if got := s.appendSimilar(nil, "you won call #", nil); len(got) != 1 || got[0].MatchType != models.MatchSameText {
		t.Errorf("the same: %+v", got)
	}
	if got := s.appendSimilar(nil, "you won so call #", nil); len(got) != 0 {
		t.Errorf("a similar one: %+v", got)
	}
}

func TestInactiveScriptGivesWayToTheNextBest(t *testing.T) {
	text := "the bank has frozen your account please call us at # and tell us the code"
	near, far := text+" now", text+" that we have sent to you"
	s := newScriptIndex(text, near, far)
	for _, tt := range []struct {
		gone string
		want []string
	}{{"", []string{text}}, {text, []string{near, far}}} {
		var got []string
		for _, l := range s.appendSimilar(nil, text, func(value string) bool { return value != tt.gone }) {
			got = append(got, l.Value)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("without %q: %q, want %q", tt.gone, got, tt.want)
		}
	}
}

// gramsOf returns the short grams of a text themselves.
func gramsOf(text string) map[string]bool {
	set, runes := map[string]bool{}, []rune("  "+text)
	for i := 2; i < len(runes); i++ {
		from := i - 2
		if dense(runes[i]) {
			from = i - 1
		}
		set[string(runes[from:i+1])] = true
	}
	return set
}

func similarity(x, y map[string]bool) float64 {
	both := 0
	for g := range x {
		if y[g] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

func TestScriptsFindWhatAComparisonWithEachFinds(t *testing.T) {
	language := newTextGenerator(3)
	m := mutator{Rand: language.Rand, words: language.words}
	s := newScriptIndex()
	var values []string
	grams := map[string]map[string]bool{}
	for len(values) < 200 {
		text := language.sentence()
		if len(values)%4 > 0 { // alike in part
			text = values[len(values)-1][:70] + text[70:]
		}
		values = append(values, words.Script(text))
		s.Add(values[len(values)-1])
	}
	for _, v := range values {
		grams[v] = gramsOf(v)
	}
	alike, missed := 0, 0
	compared, collided := 0, 0 // by the hashes of grams, whose key differs with every run
	for i := range 800 {
		text := words.Script(m.message(values[i%len(values)], i%4))
		weights, read := map[string]float64{}, gramsOf(text)
		got := s.appendSimilar(nil, text, nil)
		for j, l := range got {
			weights[l.Value] = l.Similarity
			compared++
			switch off := math.Abs(l.Similarity - similarity(read, grams[l.Value])); {
			case off > 0.05:
				t.Errorf("%q is like %q by %.3f, which is off by %.3f", text, l.Value, l.Similarity, off)
			case off > 0.02:
				collided++
			}
			if j > 0 && l.Similarity > got[j-1].Similarity {
				t.Errorf("%q: the better one comes later", text)
			}
		}
		same := len(got) > 0 && got[0].MatchType == models.MatchSameText
		for _, v := range values {
			if same || len(got) == maxSimilar {
				break
			}
			if similarity(read, grams[v]) >= minSimilaritySpaced+0.02 {
				alike++
				if weights[v] == 0 {
					missed++
				}
			}
		}
	}
	if alike < 400 || missed*100 > alike {
		t.Errorf("%d of %d missed", missed, alike)
	}
	if collided*100 > compared {
		t.Errorf("%d of %d are off by more than 0.02: more than collisions of 16-bit hashes explain", collided, compared)
	}
	for _, v := range values {
		if got := s.appendSimilar(nil, v, nil); len(got) != 1 || got[0].Value != v || got[0].Similarity != 1 {
			t.Errorf("%q is not found: %+v", v, got)
		}
	}
}

func TestManyAlikeScriptsTakeBoundedWorkAndTheNewestIsFound(t *testing.T) {
	s, r := newScriptIndex(), new(gramProfile)
	text := "the bank has frozen your account please call us at # and tell our officer the secret code that we have just sent to you"
	for i := range 3000 {
		s.Add(fmt.Sprintf("%s x%c%c%c", text, 'a'+i/676%26, 'a'+i/26%26, 'a'+i%26))
	}
	if got := s.appendSimilar(nil, text+" please", nil); len(got) != maxSimilar {
		t.Errorf("%d found, want %d: %+v", len(got), maxSimilar, got)
	}
	newest := text + " before midnight"
	s.Add(newest)
	got := s.appendSimilar(nil, text+" before tomorrow", nil)
	if !slices.ContainsFunc(got, func(l Match) bool { return l.Value == newest }) {
		t.Errorf("the newest is not found: %+v", got)
	}
	r.read(strings.Repeat(text+" ", 1000), &s.keys)
	s.byKeyGram.countCandidates(r)
	if n := len(r.topCandidates()); n > maxScriptCandidates || len(r.grams) > maxRunes || len(r.filledSlots) > candidateSlots/2 {
		t.Errorf("%d candidates, %d grams, %d scripts counted", n, len(r.grams), len(r.filledSlots))
	}
}

func TestScriptIsFoundFromTheMomentItIsAdded(t *testing.T) {
	language := newTextGenerator(4)
	values := make([]string, 4000)
	for i := range values {
		values[i] = words.Script(language.sentence())
	}
	s := newScriptIndex()
	var added atomic.Int64
	var readers sync.WaitGroup
	for reader := range 3 {
		readers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(reader), 5))
			for n := int64(0); n < int64(len(values)); {
				if n = added.Load(); n == 0 {
					continue
				}
				v := values[r.Int64N(n)]
				if got := s.appendSimilar(nil, v, nil); len(got) == 0 || got[0].Value != v {
					t.Errorf("%q is not found", v)
					return
				}
				s.appendSimilar(nil, "so "+v, nil)
			}
		})
	}
	for _, v := range values {
		s.Add(v)
		added.Add(1)
	}
	readers.Wait()
}
