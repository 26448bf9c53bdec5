package models

import "time"

// Rule is how a signature recognises. It is stored, part of the API, and part of Signature.ID.
type Rule string

// The rules.
const (
	Exact      Rule = "exact"      // the indicator itself; for a domain: it and every name below it
	Range      Rule = "range"      // phone numbers from the first to the last: "+12025550100-+12025550199"
	Expression Rule = "expression" // a link expression: host and path prefix, "evil.example/pay/"
	Phrase     Rule = "phrase"     // words in a message, normalised
	PhraseSet  Rule = "phrases"    // several of them, all in one message, and others not: "safe account" "transfer" -"never transfer"
	Pattern    Rule = "pattern"    // a regular expression that holds a literal of six bytes or more
	Script     Rule = "script"     // a whole message: it matches the same text with other numbers, links and light changes
)

// Rules lists every rule, those that cover least first: package risk orders reasons by it.
func Rules() []Rule { return []Rule{Exact, Range, Expression, Phrase, PhraseSet, Pattern, Script} }

// MatchesText reports whether r recognises words of a message rather than an indicator. Such a signature is of kind Text,
// and nobody is warned because of it, since no exposure holds a text.
func (r Rule) MatchesText() bool {
	return r == Phrase || r == PhraseSet || r == Pattern || r == Script
}

// Signature is what Tocsin knows: one rule that recognises an indicator or the words of a message, and what is known about
// whatever it recognises. Three revisions count its writes: Rev all of them, LogRev those that the verdict log tells,
// LevelRev those of its level (see Revise).
type Signature struct {
	ID        string        `bson:"_id"        json:"id"`
	Rule      Rule          `bson:"rule"       json:"rule"`
	Kind      IndicatorKind `bson:"kind"       json:"kind"`
	Value     string        `bson:"value"      json:"value"` // canonical
	Level     Level         `bson:"level"      json:"level"`
	Category  Category      `bson:"category"   json:"category"`
	Reason    string        `bson:"reason"     json:"reason"`                         // why it has this level: a code, see ReasonReports
	Source    string        `bson:"source"     json:"source"`                         // who said so first: a list, a key, or "reports"
	DecidedBy string        `bson:"decided_by,omitempty" json:"decided_by,omitempty"` // who set the level: as Source; empty unless Decided
	Note      string        `bson:"note"       json:"note,omitempty"`
	Score     float64       `bson:"score"      json:"score"` // log-odds by the evidence, see risk.Weights
	Reporters int           `bson:"reporters"  json:"reporters"`
	Decided   bool          `bson:"decided"    json:"decided"` // an analyst or a list set the level: reports never lower it
	// DecidedLevel and DecidedReason are what was decided, while reports have raised the level above it; else "".
	DecidedLevel  Level  `bson:"decided_level,omitempty"  json:"-"`
	DecidedReason string `bson:"decided_reason,omitempty" json:"-"`

	Rev      int64     `bson:"rev"        json:"rev"` // grows by one with every write
	LevelRev int64     `bson:"level_rev"  json:"-"`   // Rev at which it took its level: names fan-out jobs and warnings
	LogRev   int64     `bson:"log_rev"    json:"-"`   // Rev of its last change of level, category, reason or end
	Created  time.Time `bson:"created_at" json:"created_at"`
	Changed  time.Time `bson:"changed_at" json:"changed_at"`
	Ends     time.Time `bson:"ends_at,omitempty" json:"ends_at,omitzero"`     // zero: no end
	ReviewAt time.Time `bson:"review_at,omitempty" json:"review_at,omitzero"` // when it is weighed again without a report; zero: never
	Unlogged bool      `bson:"unlogged,omitempty" json:"-"`                   // written, its change not yet in the verdict log
	From     Level     `bson:"from,omitempty"     json:"-"`                   // the level before the unlogged change
}

// SignatureID returns the id of a signature: the same for the same rule, kind and canonical value, so that what is listed
// twice is one signature.
func SignatureID(rule Rule, kind IndicatorKind, value string) string {
	return "sig_" + digest(string(rule), string(kind), value)
}

// Change returns what the verdict log says of s: that it went from one level to its present one. Where both are the same,
// only the category, the reason or the end has changed: indexes must know it, and nobody is warned again.
func (s Signature) Change(from Level) Change {
	return Change{
		Signature: s.ID, Rule: s.Rule, Kind: s.Kind, Value: s.Value, From: from, To: s.Level,
		Category: s.Category, Reason: s.Reason, Rev: s.LogRev, Ends: s.Ends,
	}
}

// Raised reports whether reports have raised the level above the one that was decided.
func (s Signature) Raised() bool { return s.DecidedLevel != "" }

// Ended reports whether the signature's time is over, from the instant Ends on: it recognises nothing any more, and what
// an analyst or a list has decided about it does not bind the next writer.
func (s Signature) Ended(now time.Time) bool { return !s.Ends.IsZero() && !now.Before(s.Ends) }
