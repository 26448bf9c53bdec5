package models

// Hit is one signature recognised in one report or check.
type Hit struct {
	Signature string        `bson:"signature" json:"signature"`
	Rule      Rule          `bson:"rule"      json:"rule"`
	Kind      IndicatorKind `bson:"kind"      json:"kind"` // of the signature
	Level     Level         `bson:"level"     json:"level"`
	Category  Category      `bson:"category"  json:"category"`
	Reason    string        `bson:"reason"    json:"reason"` // the signature's own: list, reports, analyst ...
	Rev       int64         `bson:"rev"       json:"rev"`
	Where     string        `bson:"where"     json:"where"` // "indicators/0" or "message"
	Span      *Span         `bson:"span,omitempty" json:"span,omitempty"`
	How       How           `bson:"how,omitempty" json:"how,omitempty"`
	Weight    float64       `bson:"weight,omitempty" json:"weight,omitempty"` // of a likeness, above 0 to 1; 0: not a likeness
}

// How is the way in which a signature matched: what to show beside it, so that
// a person sees why.
type How string

// How a signature of an indicator can match.
const (
	Same     How = "same"     // it is the value itself
	Under    How = "under"    // the link or address is under its domain
	Within   How = "within"   // the link begins with its expression
	InRange  How = "range"    // the number lies in its range
	InBlock  How = "block"    // the number shares its block of 100 with several of that level: a lead, not the number itself
	InSeries How = "series"   // the same first label and path on another domain: a lead
	Skeleton How = "skeleton" // look-alike: the same name once letters that look alike are taken for each other
	OneEdit  How = "edit"     // look-alike: one letter more, less, other or swapped
	Contains How = "contains" // look-alike: the name with other words around it
	Suffix   How = "suffix"   // look-alike: the same name under another public suffix
	BitFlip  How = "bitflip"  // look-alike: one bit of one letter differs, as when memory fails
	Guessed  How = "guessed"  // the value is a second reading of what was written: a lead
)

// How a signature of words can match.
const (
	Words       How = "words"       // as written, but for case, spaces and invisible characters
	Confusables How = "confusables" // once letters of other scripts are taken for those that they look like
	Digits      How = "digits"      // once digits and signs are taken for the letters that they stand for: "fr33"
	SameText    How = "text"        // script: the same text but for numbers and links
	AlikeText   How = "similar"     // script: a similar text
)

// Lead reports whether a hit of this kind only points somewhere: the signature
// is one of something else that is alike. Package risk lets it raise no verdict above caution, and
// nobody is warned because of it.
func (h How) Lead() bool {
	switch h {
	case InBlock, InSeries, Skeleton, OneEdit, Contains, Suffix, BitFlip, Guessed:
		return true
	case Same, Under, Within, InRange, Words, Confusables, Digits, SameText, AlikeText:
	}
	return false
}

// LookAlike reports whether a hit of this kind is a likeness to a protected domain.
func (h How) LookAlike() bool {
	switch h {
	case Skeleton, OneEdit, Contains, Suffix, BitFlip:
		return true
	case Same, Under, Within, InRange, InBlock, InSeries, Guessed, Words, Confusables, Digits, SameText, AlikeText:
	}
	return false
}

// Hows lists every way to match.
func Hows() []How {
	return []How{
		Same, Under, Within, InRange, InBlock, InSeries, Skeleton, OneEdit, Contains, Suffix, BitFlip, Guessed,
		Words, Confusables, Digits, SameText, AlikeText,
	}
}

// Advice is what the person should do now: a stable code, which apps translate, and an English sentence.
type Advice struct {
	Code string `bson:"code" json:"code"`
	Text string `bson:"text" json:"text"`
}

// Verdict is what we think of one report or check, and why.
type Verdict struct {
	Level    Level    `bson:"level"    json:"level"`
	Category Category `bson:"category,omitempty" json:"category,omitempty"`
	Reasons  []Hit    `bson:"reasons"  json:"reasons"` // worst first
	Advice   Advice   `bson:"advice"   json:"advice"`
	Next     string   `bson:"next,omitempty" json:"next,omitempty"` // what happens with a report now
}

// Question is a check: what somebody wants to know, canonical, nothing of it is kept.
type Question struct {
	Findings []Finding
	Text     string // of the message, original
}
