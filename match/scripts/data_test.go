package scripts

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"example.org/tocsin/canon/words"
	"example.org/tocsin/corpus"
)

// labelledMessage is one message of the test data.
type labelledMessage struct {
	text, script string
	group, label string
}

// labelledMessages returns the text messages and calls of the test data by language.
func labelledMessages(t *testing.T) map[string][]labelledMessage {
	t.Helper()
	// The publisher of one collection wrote these words in place of contacts and numbers.
	filled := strings.NewReplacer("CELLPHONE", "13800138000", "HOTLINE", "4008001234",
		"URL", "http://evil.example/abc", "DIGIT", "50", "WECHAT", "abc123")
	byLanguage := map[string][]labelledMessage{}
	for _, m := range corpus.Messages(t) {
		if m.Source == "fbs-sms" {
			m.Text = filled.Replace(m.Text)
		}
		byLanguage[m.Language] = append(byLanguage[m.Language], labelledMessage{m.Text, words.Script(m.Text), m.Group, m.Label})
	}
	return byLanguage
}

// distinctMessages returns up to most of the messages that are long enough for a
// script signature, one of each group, and none that is like another: what remains
// are messages of which each is its own script.
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

// recognitionRates are what a test of recognition finds, in shares.
type recognitionRates struct {
	scripts        int
	falsePositives float64    // of other messages that are like a script
	recall         [4]float64 // of edited messages whose script comes first, by level of the edits
}

// measureRecognition makes scripts of half of the messages, edits some of them, and
// searches both these and the other half.
func measureRecognition(r *rand.Rand, messages []labelledMessage) recognitionRates {
	half := len(messages) / 2
	s, m := newScriptIndex(), mutator{Rand: r}
	for _, x := range messages[:half] {
		s.Add(x.script)
		m.words = append(m.words, strings.Fields(x.script)...)
	}
	f := recognitionRates{scripts: half}
	for _, x := range messages[half:] {
		if len(s.appendSimilar(nil, x.script, nil)) > 0 {
			f.falsePositives += 1 / float64(len(messages)-half)
		}
	}
	for level := range f.recall {
		searched := 0
		for i := 0; i < half; i += 1 + half/1000 {
			searched++
			got := s.appendSimilar(nil, words.Script(m.message(messages[i].text, level)), nil)
			if len(got) > 0 && got[0].Value == messages[i].script {
				f.recall[level]++
			}
		}
		f.recall[level] /= float64(searched)
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
			t.Logf("%d scripts, as many others: false %.2f %%; "+
				"found with other numbers %.1f %%, light edits %.1f %%, medium %.1f %%, heavy %.1f %%",
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
			found, searched, hits, benign := 0, 0, 0, 0
			for _, x := range messages[language] {
				got := s.appendSimilar(nil, x.script, nil)
				switch script := first[x.group]; {
				case x.label == "benign":
					benign++
					hits += min(len(got), 1)
				case script != "" && x.script != script:
					searched++
					found += min(len(got), 1)
				}
			}
			t.Logf("%d scripts: %d of %d others of their groups recognised, %d of %d ordinary messages",
				len(first), found, searched, hits, benign)
			if float64(found) < 0.95*float64(searched) {
				t.Error("too few are recognised")
			}
			if benign >= 1000 && float64(hits) > 0.001*float64(benign) {
				t.Error("too many ordinary messages are recognised")
			}
		})
	}
}

// validLength reports whether a script is long enough for a signature and not too long.
func validLength(script string) bool {
	r := new(gramProfile)
	r.read(script, new([4]uint64))
	return r.letters >= minScriptLetters && utf8.RuneCountInString(script) <= 2000
}
