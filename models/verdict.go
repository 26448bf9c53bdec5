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
