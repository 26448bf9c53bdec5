package models

// Hit is one signature recognised in one report or check, and how.
type Hit struct {
	Signature  string        `bson:"signature" json:"signature"`
	Rule       Rule          `bson:"rule"      json:"rule"`
	Kind       IndicatorKind `bson:"kind"      json:"kind"` // of the signature
	Level      Level         `bson:"level"     json:"level"`
	Category   Category      `bson:"category"  json:"category"`
	Reason     string        `bson:"reason"    json:"reason"`              // Signature.Reason
	Rev        int64         `bson:"rev"       json:"rev"`                 // Signature.LogRev, as the index has it
	Where      string        `bson:"where"     json:"where"`               // "indicators/0" or "message"
	Span       *Span         `bson:"span,omitempty" json:"span,omitempty"` // in the message; nil: no single place
	MatchType  MatchType     `bson:"how,omitempty" json:"how,omitempty"`
	Similarity float64       `bson:"weight,omitempty" json:"weight,omitempty"` // above 0 to 1; 0: no likeness was measured
}

// MatchType is the way in which a signature matched: shown beside it, so that a person sees why. It is stored with hits and
// part of the API.
type MatchType string

// The ways in which a signature of an indicator can match.
const (
	MatchSame        MatchType = "same"     // it is the value itself
	MatchUnderDomain MatchType = "under"    // the link or address is under its domain
	MatchPrefix      MatchType = "within"   // the link begins with its expression (host and path prefix)
	MatchRange       MatchType = "range"    // the number lies in its range
	MatchBlock       MatchType = "block"    // the number shares its block of 100 with several of that level: a lead, not the number itself
	MatchSeries      MatchType = "series"   // the same first label and path on another domain: a lead
	MatchSkeleton    MatchType = "skeleton" // look-alike: the same name once letters that look alike are taken for each other (UTS #39)
	MatchOneEdit     MatchType = "edit"     // look-alike: one letter more, less, other or swapped
	MatchContains    MatchType = "contains" // look-alike: the name with other words around it
	MatchSuffix      MatchType = "suffix"   // look-alike: the same name under another public suffix
	MatchBitFlip     MatchType = "bitflip"  // look-alike: one bit of one letter differs, as when memory fails
	MatchGuess       MatchType = "guessed"  // the value is a second reading of what was written: a lead
)

// The ways in which a signature of words can match.
const (
	MatchWords       MatchType = "words"       // as written, but for case, spaces and invisible characters
	MatchConfusables MatchType = "confusables" // once letters of other scripts are taken for those that they look like
	MatchDigits      MatchType = "digits"      // once digits and signs are taken for the letters that they stand for: "fr33"
	MatchSameText    MatchType = "text"        // script: the same text but for numbers and links
	MatchSimilarText MatchType = "similar"     // script: a similar text
)

// Lead reports whether a hit of this type is a likeness only: the signature is one of something else that is alike. Package
// risk lets it raise no verdict above caution, and nobody is warned because of it.
func (h MatchType) Lead() bool {
	switch h {
	case MatchBlock, MatchSeries, MatchSkeleton, MatchOneEdit, MatchContains, MatchSuffix, MatchBitFlip, MatchGuess:
		return true
	case MatchSame, MatchUnderDomain, MatchPrefix, MatchRange, MatchWords, MatchConfusables, MatchDigits, MatchSameText, MatchSimilarText:
	}
	return false
}

// LookAlike reports whether a hit of this type is a likeness to a protected domain. Each of them is a lead.
func (h MatchType) LookAlike() bool {
	switch h {
	case MatchSkeleton, MatchOneEdit, MatchContains, MatchSuffix, MatchBitFlip:
		return true
	case MatchSame, MatchUnderDomain, MatchPrefix, MatchRange, MatchBlock, MatchSeries, MatchGuess,
		MatchWords, MatchConfusables, MatchDigits, MatchSameText, MatchSimilarText:
	}
	return false
}

// MatchTypes lists every way to match, in the order of the constants.
func MatchTypes() []MatchType {
	return []MatchType{
		MatchSame, MatchUnderDomain, MatchPrefix, MatchRange, MatchBlock, MatchSeries,
		MatchSkeleton, MatchOneEdit, MatchContains, MatchSuffix, MatchBitFlip, MatchGuess,
		MatchWords, MatchConfusables, MatchDigits, MatchSameText, MatchSimilarText,
	}
}

// Advice is what the person should do now: a stable code, which apps translate, and an English sentence. risk.AdviceCodes
// lists the codes.
type Advice struct {
	Code string `bson:"code" json:"code"`
	Text string `bson:"text" json:"text"`
}

// Verdict is what is known of one report or check, and why. Package risk makes it.
type Verdict struct {
	Level    Level    `bson:"level"    json:"level"`
	Category Category `bson:"category,omitempty" json:"category,omitempty"`
	Reasons  []Hit    `bson:"reasons"  json:"reasons"` // worst first
	Advice   Advice   `bson:"advice"   json:"advice"`
	NextStep string   `bson:"next,omitempty" json:"next,omitempty"` // what happens with a report now; empty for a check
}

// MatchQuery is what the index is asked: which signatures match these findings and this text? Nothing of it is kept.
type MatchQuery struct {
	Findings []Finding // canonical
	Text     string    // of the message, as it was written
}
