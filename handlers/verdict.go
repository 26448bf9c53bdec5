package handlers

import (
	"encoding/json"
	"strconv"

	"example.org/tocsin/models"
)

// verdict is a models.Verdict as it is answered.
type verdict struct {
	Level    level    `json:"level" doc:"How bad it is known to be."`
	Category category `json:"category,omitempty" doc:"The kind of fraud, where it is known."`
	Reasons  []reason `json:"reasons" nullable:"false" doc:"The signatures that were recognised, the worst first."`
	Advice   advice   `json:"advice" doc:"What to do now."`
	Next     string   `json:"next,omitempty" doc:"What happens with a report now, in English."`
}

type reason struct {
	Signature string        `json:"signature" doc:"The id of the signature." example:"sig_5c4jmetp6rn2nghyohbddcqbwi"`
	Rule      rule          `json:"rule" doc:"How it recognises."`
	Kind      signatureKind `json:"kind" doc:"What it recognises."`
	Level     level         `json:"level" doc:"The level at which it counts: the signature's own, and of a lead a lower one."`
	Category  category      `json:"category,omitempty" doc:"The kind of fraud, where it is known."`
	Reason    string        `json:"reason" doc:"Why it has its level: a code such as list, reports or analyst." example:"list"`
	Rev       int64         `json:"rev" minimum:"0" doc:"The signature's revision."`
	Where     string        `json:"where" doc:"Where it was recognised: a place in the list of indicators, or the message." example:"indicators/0"`
	Span      *span         `json:"span,omitempty" doc:"Where in the message."`
	How       matchMethod   `json:"how,omitempty" doc:"The way in which it matched. What follows from a likeness (block, series, skeleton, edit, contains, suffix, bitflip, guessed, similar) is a lead: it asks for care and proves nothing." example:"same"`
	Weight    float64       `json:"weight,omitempty" minimum:"0" maximum:"1" doc:"How strong the likeness is, where it is one."`
}

type span struct {
	Start int `json:"start" minimum:"0" doc:"First byte, in UTF-8."`
	End   int `json:"end" minimum:"0" doc:"The byte behind the last, in UTF-8."`
}

type advice struct {
	Code string `json:"code" doc:"A stable code that apps translate." example:"do_not_answer"`
	Text string `json:"text" doc:"The advice in English."`
}

func verdictOf(v models.Verdict) verdict {
	out := verdict{
		Level: level(v.Level), Category: category(v.Category), Next: v.NextStep,
		Advice: adviceOf(v.Advice), Reasons: make([]reason, len(v.Reasons)),
	}
	for i, h := range v.Reasons {
		out.Reasons[i] = reason{
			Signature: h.Signature, Rule: rule(h.Rule), Kind: signatureKind(h.Kind), Level: level(h.Level),
			Category: category(h.Category), Reason: h.Reason, Rev: h.Rev, Where: h.Where,
			How: matchMethod(h.MatchType), Weight: h.Similarity,
		}
		if h.Span != nil {
			out.Reasons[i].Span = &span{Start: h.Span.Start, End: h.Span.End}
		}
	}
	return out
}

func adviceOf(a models.Advice) advice { return advice{Code: a.Code, Text: a.Text} }

// appendVerdict appends {"verdict": v} as encoding/json would write verdictOf(v):
// the reply of the hot read, without reflection. TestAppendVerdictIsWhatJSONWrites holds it to that.
func appendVerdict(b []byte, v *models.Verdict) []byte {
	b = append(b, `{"verdict":{"level":`...)
	b = appendString(b, string(v.Level))
	b = appendMember(b, `,"category":`, string(v.Category))
	b = append(b, `,"reasons":[`...)
	for i := range v.Reasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendReason(b, &v.Reasons[i])
	}
	b = append(b, `],"advice":{"code":`...)
	b = appendString(b, v.Advice.Code)
	b = append(b, `,"text":`...)
	b = appendString(b, v.Advice.Text)
	b = append(b, '}')
	b = appendMember(b, `,"next":`, v.NextStep)
	return append(b, `}}`...)
}

func appendReason(b []byte, h *models.Hit) []byte {
	b = append(b, `{"signature":`...)
	b = appendString(b, h.Signature)
	b = append(b, `,"rule":`...)
	b = appendString(b, string(h.Rule))
	b = append(b, `,"kind":`...)
	b = appendString(b, string(h.Kind))
	b = append(b, `,"level":`...)
	b = appendString(b, string(h.Level))
	b = appendMember(b, `,"category":`, string(h.Category))
	b = append(b, `,"reason":`...)
	b = appendString(b, h.Reason)
	b = append(b, `,"rev":`...)
	b = strconv.AppendInt(b, h.Rev, 10)
	b = append(b, `,"where":`...)
	b = appendString(b, h.Where)
	if h.Span != nil {
		b = append(b, `,"span":{"start":`...)
		b = strconv.AppendInt(b, int64(h.Span.Start), 10)
		b = append(b, `,"end":`...)
		b = strconv.AppendInt(b, int64(h.Span.End), 10)
		b = append(b, '}')
	}
	b = appendMember(b, `,"how":`, string(h.MatchType))
	if h.Similarity != 0 {
		b = strconv.AppendFloat(append(b, `,"weight":`...), h.Similarity, 'f', -1, 64)
	}
	return append(b, '}')
}

// appendMember appends a member of an object unless its value is empty.
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendString(append(b, name...), value)
}

// appendString appends a JSON string. Plain ASCII, which is nearly all, is copied; the rest is encoding/json's.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string always encodes
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
