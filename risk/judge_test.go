package risk

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.org/tocsin/models"
)

// hit returns a hit on the finding where.
func hit(kind models.IndicatorKind, level models.Level, where string) models.Hit {
	rule := models.Exact
	if kind == models.Text {
		rule = models.Phrase
	}
	return models.Hit{
		Signature: "sig_" + string(kind) + string(level), Rule: rule, Kind: kind, Level: level,
		Category: models.Category("of " + string(level)), Reason: "reports", Where: where,
	}
}

func TestJudgeGoesByTheWorstHitThatStands(t *testing.T) {
	for _, tt := range []struct {
		name    string
		hits    []models.Hit
		level   models.Level
		advice  string
		reasons int
	}{
		{"nothing known", nil, models.Unknown, NoneKnown, 0},
		{"the worst of several", []models.Hit{
			hit(models.Phone, models.Watch, "indicators/0"), hit(models.URL, models.Danger, "indicators/1"),
			hit(models.Email, models.Caution, "indicators/2"),
		}, models.Danger, DoNotOpen, 3},
		{"a protected number that was reported", []models.Hit{
			hit(models.Phone, models.Danger, "indicators/0"), hit(models.Phone, models.Imitated, "indicators/0"),
		}, models.Imitated, ImitatedNumber, 1},
		{"a protected number in a confirmed range", []models.Hit{
			hit(models.Phone, models.Confirmed, "indicators/0"), hit(models.Phone, models.Imitated, "indicators/0"),
		}, models.Imitated, ImitatedNumber, 1},
		{"a protected domain with a reported link", []models.Hit{
			hit(models.Domain, models.Imitated, "indicators/0"), hit(models.URL, models.Danger, "indicators/0"),
		}, models.Imitated, ImitatedAddress, 1},
		{"a protected domain with a confirmed link", []models.Hit{
			hit(models.Domain, models.Imitated, "indicators/0"), hit(models.URL, models.Confirmed, "indicators/0"),
		}, models.Confirmed, DoNotOpen, 2},
		{"a protected domain under a confirmed one", []models.Hit{
			hit(models.Domain, models.Imitated, "indicators/0"), hit(models.Domain, models.Confirmed, "indicators/0"),
		}, models.Imitated, ImitatedAddress, 1},
		{"a protected number beside a dangerous link", []models.Hit{
			hit(models.Phone, models.Imitated, "indicators/0"), hit(models.URL, models.Danger, "indicators/1"),
		}, models.Danger, DoNotOpen, 2},
		{"a protected number beside a watched link", []models.Hit{
			hit(models.Phone, models.Imitated, "indicators/0"), hit(models.URL, models.Watch, "indicators/1"),
		}, models.Watch, BeCareful, 2},
		{"cleared and dangerous", []models.Hit{
			hit(models.Domain, models.Cleared, "indicators/0"), hit(models.URL, models.Danger, "indicators/0"),
		}, models.Cleared, ClearedByAnalyst, 1},
		{"cleared and confirmed", []models.Hit{
			hit(models.Domain, models.Cleared, "indicators/0"), hit(models.URL, models.Confirmed, "indicators/0"),
		}, models.Confirmed, DoNotOpen, 2},
		{"cleared and protected", []models.Hit{
			hit(models.Domain, models.Cleared, "indicators/0"), hit(models.Domain, models.Imitated, "indicators/0"),
		}, models.Imitated, ImitatedAddress, 2},
		{"cleared elsewhere", []models.Hit{
			hit(models.Domain, models.Cleared, "indicators/0"), hit(models.URL, models.Danger, "indicators/1"),
		}, models.Danger, DoNotOpen, 2},
		{"phrases alone", []models.Hit{
			hit(models.Text, models.Watch, "message"), hit(models.Text, models.Watch, "message"), hit(models.Text, models.Watch, "message"),
		}, models.Watch, BeCareful, 3},
		{"a dangerous phrase", []models.Hit{hit(models.Text, models.Danger, "message")}, models.Danger, DoNotPay, 1},
		{"levels that are none of ours", []models.Hit{
			hit(models.Phone, "dreadful", "x"), hit(models.Phone, models.Unknown, "x"),
		}, models.Unknown, NoneKnown, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := Judge(tt.hits)
			if v.Level != tt.level || v.Advice.Code != tt.advice || len(v.Reasons) != tt.reasons {
				t.Errorf("level %s, advice %s, %d reasons; want %s, %s, %d", v.Level, v.Advice.Code, len(v.Reasons), tt.level, tt.advice, tt.reasons)
			}
			if tt.reasons > 0 && v.Category != v.Reasons[0].Category {
				t.Errorf("category %q, want the worst hit's %q", v.Category, v.Reasons[0].Category)
			}
		})
	}
}

func TestFindingsInOneMessageAreToldApartByTheirSpan(t *testing.T) {
	protected, bad := hit(models.Phone, models.Imitated, "message"), hit(models.Phone, models.Danger, "message")
	protected.Span, bad.Span = &models.Span{Start: 3, End: 9}, &models.Span{Start: 20, End: 29}
	if v := Judge([]models.Hit{protected, bad}); v.Level != models.Danger {
		t.Errorf("two numbers: level %s, want danger", v.Level)
	}
	bad.Span = &models.Span{Start: 3, End: 9}
	if v := Judge([]models.Hit{protected, bad}); v.Level != models.Imitated {
		t.Errorf("one number: level %s, want imitated", v.Level)
	}
	bad.Span = nil
	if v := Judge([]models.Hit{protected, bad}); v.Level != models.Danger {
		t.Errorf("only one has a span: level %s, want danger", v.Level)
	}
}

func TestReasonsAreWorstFirst(t *testing.T) {
	levels := []models.Level{models.Cleared, models.Watch, models.Confirmed, models.Imitated, models.Danger, models.Caution}
	var hits []models.Hit
	for _, l := range levels {
		hits = append(hits, hit(models.Phone, l, string(l)))
	}
	var got []models.Level
	for _, h := range Judge(hits).Reasons {
		got = append(got, h.Level)
	}
	want := []models.Level{models.Confirmed, models.Danger, models.Caution, models.Watch, models.Imitated, models.Cleared}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if hits[0].Level != models.Cleared {
		t.Error("the caller's hits were reordered")
	}
}

func TestNoReasonsAreAnEmptyListNotNull(t *testing.T) {
	if Judge(nil).Reasons == nil {
		t.Error("reasons are nil")
	}
}

func anyHit(t *rapid.T) models.Hit {
	h := hit(
		rapid.SampledFrom(append(models.IndicatorKinds(), models.Text)).Draw(t, "kind"),
		rapid.SampledFrom(models.Levels()).Draw(t, "level"),
		rapid.SampledFrom([]string{"indicators/0", "indicators/1", "message"}).Draw(t, "where"),
	)
	h.Signature += rapid.StringMatching("[a-c]").Draw(t, "signature")
	h.MatchType = rapid.SampledFrom(append(models.MatchTypes(), "")).Draw(t, "match type")
	h.Similarity = rapid.Float64Range(0, 1).Draw(t, "similarity")
	return h
}

func TestVerdictDoesNotDependOnTheOrderOfHits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hits := rapid.SliceOfNDistinct(rapid.Custom(anyHit), 0, 8, func(h models.Hit) [2]string {
			return [2]string{h.Signature, h.Where}
		}).Draw(t, "hits")
		if diff := cmp.Diff(Judge(hits), Judge(rapid.Permutation(hits).Draw(t, "shuffled"))); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestProtectedFindingIsNeverCalledAScam(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hits := rapid.SliceOf(rapid.Custom(anyHit)).Draw(t, "hits")
		hits = append(hits, hit(models.Phone, models.Imitated, "indicators/0"))
		for _, h := range Judge(hits).Reasons {
			if h.Where == "indicators/0" && h.Level.Rank() > 0 {
				t.Fatalf("a protected number is called %s", h.Level)
			}
		}
	})
}

func TestALeadIsNoMoreThanCaution(t *testing.T) {
	for _, tt := range []struct {
		how        models.MatchType
		level      models.Level
		similarity float64
		want       models.Level
		advice     string
	}{
		{models.MatchBlock, models.Confirmed, 0, models.Watch, Resembles},
		{models.MatchSeries, models.Danger, 0, models.Watch, Resembles},
		{models.MatchGuess, models.Confirmed, 0, models.Caution, Resembles},
		{models.MatchGuess, models.Watch, 0, models.Watch, Resembles},
		{models.MatchGuess, models.Imitated, 0, models.Imitated, ImitatedAddress},
		{models.MatchSimilarText, models.Confirmed, 0.9, models.Caution, BeCareful},
		{models.MatchSameText, models.Danger, 1, models.Danger, DoNotOpen},
		{models.MatchSkeleton, models.Imitated, 0.9, models.Caution, LooksAlike},
		{models.MatchOneEdit, models.Imitated, 0.6, models.Watch, LooksAlike},
		{models.MatchContains, models.Imitated, 0.4, models.Unknown, NoneKnown},
	} {
		h := hit(models.Domain, tt.level, "indicators/0")
		h.MatchType, h.Similarity = tt.how, tt.similarity
		v := Judge([]models.Hit{h})
		if v.Level != tt.want || v.Advice.Code != tt.advice {
			t.Errorf("%s of level %s and similarity %v: level %s, advice %s; want %s, %s",
				tt.how, tt.level, tt.similarity, v.Level, v.Advice.Code, tt.want, tt.advice)
		}
	}
}

func TestALikenessExemptsNothing(t *testing.T) {
	alike, bad := hit(models.Domain, models.Imitated, "indicators/0"), hit(models.Domain, models.Danger, "indicators/0")
	alike.MatchType, alike.Similarity = models.MatchSkeleton, 1
	if v := Judge([]models.Hit{alike, bad}); v.Level != models.Danger {
		t.Errorf("level %s, want danger: to look like a protected domain protects nobody", v.Level)
	}
	own := hit(models.Domain, models.Imitated, "indicators/0")
	if v := Judge([]models.Hit{alike, own}); v.Level != models.Imitated || len(v.Reasons) != 1 {
		t.Errorf("level %s with %d reasons, want imitated alone: the owner's own domain looks like itself", v.Level, len(v.Reasons))
	}
}

func TestPhrasesAloneNeverExceedTheirOwnLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		worst := models.Unknown
		var hits []models.Hit
		for range rapid.IntRange(0, 20).Draw(t, "phrases") {
			l := rapid.SampledFrom(models.Levels()).Draw(t, "level")
			hits = append(hits, hit(models.Text, l, "message"))
			if l.Rank() > worst.Rank() {
				worst = l
			}
		}
		if got := Judge(hits).Level; got.Rank() > worst.Rank() {
			t.Fatalf("level %s, worst phrase %s", got, worst)
		}
	})
}

func TestAdviceIsOneSentenceWithoutLinkOrNumber(t *testing.T) {
	bad := regexp.MustCompile(`[0-9]|://|www\.|\.[a-z]`)
	check := func(text string) {
		if bad.MatchString(text) || !strings.HasSuffix(text, ".") || strings.Count(text, ".") != 1 {
			t.Errorf("%q", text)
		}
	}
	codes := map[string]string{}
	for _, level := range models.Levels() {
		for _, kind := range append(models.IndicatorKinds(), models.Text) {
			a := Judge([]models.Hit{hit(kind, level, "message")}).Advice
			check(a.Text)
			if other, ok := codes[a.Code]; ok && other != a.Text {
				t.Errorf("%s has two texts", a.Code)
			}
			codes[a.Code] = a.Text
		}
		for _, channel := range []models.Channel{models.ChannelApp, models.ChannelCallCentre} {
			check(NextStep(models.Verdict{Level: level}, channel))
		}
	}
	for _, how := range []models.MatchType{models.MatchBlock, models.MatchSkeleton} {
		h := hit(models.Domain, models.Danger, "message")
		h.MatchType, h.Similarity = how, 1
		a := Judge([]models.Hit{h}).Advice
		check(a.Text)
		codes[a.Code] = a.Text
	}
	if len(codes) != 14 {
		t.Errorf("%d codes are ever given, want all 14", len(codes))
	}
	given := slices.Sorted(maps.Keys(codes))
	if diff := cmp.Diff(slices.Sorted(slices.Values(AdviceCodes())), given); diff != "" {
		t.Errorf("AdviceCodes (-) and what Judge ever gives (+): %s", diff)
	}
	texts := map[string]bool{}
	for _, text := range codes {
		texts[text] = true
	}
	if len(texts) != len(codes) {
		t.Error("two codes share a text")
	}
}

func TestNextStepSpeaksOfTheCallerToAnAgent(t *testing.T) {
	v := models.Verdict{Level: models.Danger}
	want := "Your report is kept and weighed; people who met the same scammer are warned."
	if got := NextStep(v, models.ChannelApp); got != want {
		t.Errorf("app: %q, want %q", got, want)
	}
	if got := NextStep(v, models.ChannelCallCentre); !strings.HasPrefix(got, "The caller's report is") {
		t.Errorf("call centre: %q", got)
	}
}
