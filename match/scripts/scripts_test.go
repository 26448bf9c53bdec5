package scripts

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"example.org/tocsin/canon/words"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

// mutator changes messages as a scammer does from one to the next.
type mutator struct {
	*rand.Rand
	words []string // to put in
}

var (
	someDigits = regexp.MustCompile(`\d+`)
	someLink   = regexp.MustCompile(`(?i)(https?://|www\.)[!-~]+|\b[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|net|org|uk|co|info|tr|id|cn|top|xyz|vip|me|ly)\b(/[!-~]*)?`)
)

func (m mutator) word() string    { return m.words[m.IntN(len(m.words))] }
func (m mutator) ideograph() rune { return rune(0x4E00 + m.IntN(3000)) }

// message returns text with other numbers and links and, from level 1 up, with edits: one
// and a twelfth of its words, or of its characters where it has no spaces, times level.
// From level 2 a greeting is put in front of words.
func (m mutator) message(text string, level int) string {
	text = someDigits.ReplaceAllStringFunc(text, func(digits string) string {
		b := []byte(digits)
		for i := range b {
			b[i] = byte('0' + m.IntN(10))
		}
		return string(b)
	})
	text = someLink.ReplaceAllStringFunc(text, func(string) string {
		return fmt.Sprintf("http://%s%d.top/%x", strings.Map(onlyASCII, m.word()), m.IntN(99), m.IntN(1<<20))
	})
	switch {
	case level == 0:
		return text
	case denseShare(text) > 0.5:
		return m.characters([]rune(text), level)
	}
	text = m.spaced(strings.Fields(text), level)
	if level >= 2 {
		text = "Hi " + m.word() + ", " + text
	}
	return text
}

func onlyASCII(r rune) rune {
	if r >= utf8.RuneSelf {
		return -1
	}
	return r
}

func denseShare(text string) float64 {
	n, all := 0, 0
	for _, r := range text {
		if all++; dense(r) && r < 0xAC00 {
			n++
		}
	}
	return float64(n) / float64(all)
}

func (m mutator) characters(text []rune, level int) string {
	for range 1 + len(text)*level/12 {
		i := m.IntN(len(text))
		switch m.IntN(3) {
		case 0:
			text[i] = m.ideograph()
		case 1:
			text = slices.Delete(text, i, i+1)
		default:
			text = slices.Insert(text, i, m.ideograph())
		}
	}
	return string(text)
}

func (m mutator) spaced(text []string, level int) string {
	for range 1 + len(text)*level/12 {
		if len(text) <= 3 {
			break
		}
		i := m.IntN(len(text))
		switch m.IntN(4) {
		case 0:
			text[i] = m.word()
		case 1:
			text = slices.Delete(text, i, i+1)
		case 2:
			j := m.IntN(len(text))
			text[i], text[j] = text[j], text[i]
		default:
			text = slices.Insert(text, i, m.word())
		}
	}
	return strings.Join(text, " ")
}

// labelled is one message of the test data.
type labelledMessage struct {
	text, script string
	group, label string
}

// labelledMessages returns the text messages and calls of the test data by language.
func labelledMessages(t *testing.T) map[string][]labelledMessage {
	t.Helper()
	// The publisher of one collection wrote these words in place of contacts and numbers.
	filled := strings.NewReplacer("CELLPHONE", "13800138000", "HOTLINE", "4008001234", "URL", "http://evil.example/abc", "DIGIT", "50", "WECHAT", "abc123")
	byLanguage := map[string][]labelledMessage{}
	for _, m := range corpus.Messages(t) {
		if m.Source == "fbs-sms" {
			m.Text = filled.Replace(m.Text)
		}
		byLanguage[m.Language] = append(byLanguage[m.Language], labelledMessage{m.Text, words.Script(m.Text), m.Group, m.Label})
	}
	return byLanguage
}

// unlike returns up to most of the messages that are long enough for a script signature,
// one of each group, and none that is like another: what remains are
// messages of which each is its own script.
func distinctMessages(r *rand.Rand, messages []labelledMessage, most int) []labelledMessage {
	var kept []labelledMessage
	groups := map[string]bool{}
	grams := [][]uint16{}
	s := newScriptIndex()
	rd := new(gramProfile)
	for _, i := range r.Perm(len(messages)) {
		m := messages[i]
		if groups[m.group] || utf8.RuneCountInString(m.script) > 2000 {
			continue
		}
		groups[m.group] = true // also where this one is too short
		rd.read(m.script, &s.keys)
		alike := rd.letters < minScriptLetters
		for _, g := range grams {
			alike = alike || rd.jaccard(g) > 0.5
		}
		if !alike {
			grams = append(grams, slices.Clone(rd.grams))
			kept = append(kept, m)
		}
		rd.reset()
		if len(kept) == most {
			break
		}
	}
	return kept
}

func newScriptIndex(values ...string) *Index {
	s := new(Index)
	s.Init()
	for _, v := range values {
		s.Add(v)
	}
	return s
}

// figures are what a test of recognition finds, in shares.
type recognitionRates struct {
	scripts        int
	falsePositives float64    // of other messages that are like a script
	recall         [4]float64 // of edited messages whose script comes first, by level of the edits
}

// recognise makes scripts of half of the messages, and edits some of them.
func measureRecognition(r *rand.Rand, messages []labelledMessage) recognitionRates {
	half := len(messages) / 2
	s, m := newScriptIndex(), mutator{Rand: r}
	for _, x := range messages[:half] {
		s.Add(x.script)
		m.words = append(m.words, strings.Fields(x.script)...)
	}
	f := recognitionRates{scripts: half}
	for _, x := range messages[half:] {
		if len(s.appendSimilar(x.script, nil, nil)) > 0 {
			f.falsePositives += 1 / float64(len(messages)-half)
		}
	}
	for level := range f.recall {
		asked := 0
		for i := 0; i < half; i += 1 + half/1000 {
			asked++
			got := s.appendSimilar(words.Script(m.message(messages[i].text, level)), nil, nil)
			if len(got) > 0 && got[0].Value == messages[i].script {
				f.recall[level]++
			}
		}
		f.recall[level] /= float64(asked)
	}
	return f
}

func TestEditedMessagesAreRecognisedAndOthersAreNot(t *testing.T) {
	messages := labelledMessages(t)
	for _, language := range slices.Sorted(maps.Keys(messages)) {
		if len(messages[language]) < 500 {
			continue
		}
		t.Run(language, func(t *testing.T) {
			r := rand.New(rand.NewPCG(11, 12))
			f := measureRecognition(r, distinctMessages(r, messages[language], 5000))
			t.Logf("%d scripts, as many others: false %.2f %%; found with other numbers %.1f %%, light edits %.1f %%, medium %.1f %%, heavy %.1f %%",
				f.scripts, 100*f.falsePositives, 100*f.recall[0], 100*f.recall[1], 100*f.recall[2], 100*f.recall[3])
			if f.recall[0] < 0.99 || f.recall[1] < 0.98 || f.recall[2] < 0.85 {
				t.Error("too few are recognised")
			}
			if f.scripts >= 1000 && f.falsePositives > 0.01 { // of fewer, one in a hundred is one or two
				t.Error("too many others are recognised")
			}
		})
	}
}

func TestOneOfAGroupRecognisesTheOthersAndSparesOrdinaryMessages(t *testing.T) {
	messages := labelledMessages(t)
	for _, language := range slices.Sorted(maps.Keys(messages)) {
		if len(messages[language]) < 500 {
			continue
		}
		t.Run(language, func(t *testing.T) {
			s, first := newScriptIndex(), map[string]string{} // script by group
			for _, x := range messages[language] {
				if x.label == "scam" && first[x.group] == "" && validLength(x.script) {
					first[x.group] = x.script
					s.Add(x.script)
				}
			}
			found, asked, hits, benign := 0, 0, 0, 0
			for _, x := range messages[language] {
				got := s.appendSimilar(x.script, nil, nil)
				switch script := first[x.group]; {
				case x.label == "benign":
					benign++
					hits += min(len(got), 1)
				case script != "" && x.script != script:
					asked++
					found += min(len(got), 1)
				}
			}
			t.Logf("%d scripts: %d of %d others of their groups recognised, %d of %d ordinary messages", len(first), found, asked, hits, benign)
			if float64(found) < 0.95*float64(asked) {
				t.Error("too few are recognised")
			}
			if benign >= 1000 && float64(hits) > 0.001*float64(benign) {
				t.Error("too many ordinary messages are recognised")
			}
		})
	}
}

// fits reports whether a script is long enough for a signature and not too long.
func validLength(script string) bool {
	r := new(gramProfile)
	r.read(script, new([4]uint64))
	return r.letters >= minScriptLetters && utf8.RuneCountInString(script) <= 2000
}

func TestScriptIsRecognisedWithOtherNumbersAndWords(t *testing.T) {
	const (
		parcel = "Your parcel AB12CD34 is held at customs. Pay 1.99 EUR within 24 hours at https://post.example/x1 or it will be returned to the sender."
		frozen = "尊敬的客户，您的银行账户于3月5日已被冻结，请立即登录 https://bank.example/a 验证身份，否则将无法使用。"
		secret = "Hi mum, this is my new number +1 202 555 0123, my old phone is broken. Can you send me a message on it?"
	)
	s := newScriptIndex(words.Script(parcel), words.Script(frozen), words.Script(secret))
	for _, tt := range []struct {
		name, text, script string
		how                models.MatchType
	}{
		{"the same", parcel, parcel, models.MatchSameText},
		{"other numbers and link", "Your parcel ZZ98YY76 is held at customs, pay 2.49 EUR within 12 hours at www.other.example/q or it will be returned to the sender", parcel, models.MatchSameText},
		{"other words", "Dear customer, your package 4711 is held at the customs. Pay 3 EUR within 48 hours at https://c.example or it will be sent back to the sender.", parcel, models.MatchSimilarText},
		{"other words around it", "FWD: look what I got. " + parcel + " What is that?", parcel, models.MatchSimilarText},
		{"Chinese with other numbers", "尊敬的客户：您的银行账户于12月31日已被冻结，请立即登录 http://c.example 验证身份，否则将无法使用！", frozen, models.MatchSameText},
		{"Chinese with other words", "尊敬的用户，您的银行账户于今天已被冻结，请马上登录 http://c.example 验证您的身份，否则无法使用。", frozen, models.MatchSimilarText},
		{"capitals, signs and invisible characters", strings.ToUpper(strings.ReplaceAll(secret, " ", " \u200b")), secret, models.MatchSameText},
		{"an ordinary message", "Your parcel was delivered to your neighbour at number 12. Thank you for your order and have a nice day.", "", ""},
		{"an ordinary message in Chinese", "今天晚上我们一起去吃饭吧，我下班以后到学校门口等你们，不见不散。", "", ""},
		{"a part that is too short to tell", "Your parcel is", "", ""},
		{"nothing", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := s.appendSimilar(words.Script(tt.text), nil, nil)
			if tt.script == "" {
				if len(got) != 0 {
					t.Errorf("like %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Value != words.Script(tt.script) || got[0].MatchType != tt.how || (got[0].Similarity == 1) != (tt.how == models.MatchSameText) {
				t.Errorf("got %+v, want %s of %q", got, tt.how, words.Script(tt.script))
			}
		})
	}
}

func TestShortScriptIsRecognisedWordForWordAlone(t *testing.T) {
	s := newScriptIndex("you won call #")
	if got := s.appendSimilar("you won call #", nil, nil); len(got) != 1 || got[0].MatchType != models.MatchSameText {
		t.Errorf("the same: %+v", got)
	}
	if got := s.appendSimilar("you won so call #", nil, nil); len(got) != 0 {
		t.Errorf("a similar one: %+v", got)
	}
}

func TestScriptThatDoesNotHoldGivesWayToTheNextBest(t *testing.T) {
	text := "the bank has frozen your account please call us at # and tell us the code"
	near, far := text+" now", text+" that we have sent to you"
	s := newScriptIndex(text, near, far)
	for _, tt := range []struct {
		gone string
		want []string
	}{{"", []string{text}}, {text, []string{near, far}}} {
		var got []string
		for _, l := range s.appendSimilar(text, nil, func(value string) bool { return value != tt.gone }) {
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
	for i := range 800 {
		text := words.Script(m.message(values[i%len(values)], i%4))
		weights, read := map[string]float64{}, gramsOf(text)
		got := s.appendSimilar(text, nil, nil)
		for j, l := range got {
			weights[l.Value] = l.Similarity
			if want := similarity(read, grams[l.Value]); l.Similarity < want-0.02 || l.Similarity > want+0.02 {
				t.Errorf("%q is like %q by %.3f, want %.3f", text, l.Value, l.Similarity, want)
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
	for _, v := range values {
		if got := s.appendSimilar(v, nil, nil); len(got) != 1 || got[0].Value != v || got[0].Similarity != 1 {
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
	if got := s.appendSimilar(text+" please", nil, nil); len(got) != maxSimilar {
		t.Errorf("%d found, want %d: %+v", len(got), maxSimilar, got)
	}
	newest := text + " before midnight"
	s.Add(newest)
	got := s.appendSimilar(text+" before tomorrow", nil, nil)
	if !slices.ContainsFunc(got, func(l Match) bool { return l.Value == newest }) {
		t.Errorf("the newest is not found: %+v", got)
	}
	r.read(strings.Repeat(text+" ", 1000), &s.keys)
	s.byKeyGram.countCandidates(r)
	if n := len(r.topCandidates()); n > maxScriptCandidates || len(r.grams) > maxRunes || len(r.filledSlots) > candidateSlots/2 {
		t.Errorf("%d candidates, %d grams, %d votes", n, len(r.grams), len(r.filledSlots))
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
				if got := s.appendSimilar(v, nil, nil); len(got) == 0 || got[0].Value != v {
					t.Errorf("%q is not found", v)
					return
				}
				s.appendSimilar("so "+v, nil, nil)
			}
		})
	}
	for _, v := range values {
		s.Add(v)
		added.Add(1)
	}
	readers.Wait()
}
