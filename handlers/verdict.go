package handlers

import (
	"encoding/json"
	"strconv"

	"example.org/tocsin/models"
)

// verdict is a models.Verdict in a reply.
type verdict struct {
	Level    level    `json:"level"`
	Category category `json:"category,omitempty"`
	Reasons  []reason `json:"reasons" nullable:"false" doc:"The signatures that were recognised, the most severe first."`
	Advice   advice   `json:"advice" doc:"What the person should do now."`
	Next     string   `json:"next,omitempty" doc:"What happens with the report now, in one English sentence. Absent for a check."`
}

// reason is a models.Hit in a reply. It does not hold the value of the signature: that
// would tell scammers which range or phrase to avoid.
type reason struct {
	Signature string        `json:"signature" doc:"The id of the signature." example:"sig_5c4jmetp6rn2nghyohbddcqbwi"`
	Rule      rule          `json:"rule"`
	Kind      signatureKind `json:"kind"`
	Level     level         `json:"level" doc:"The level that the hit adds to the verdict. For a lead it can be lower than the signature's."`
	Category  category      `json:"category,omitempty"`
	Reason    string        `json:"reason" doc:"Why the signature has its level: a code such as list, reports or analyst." example:"list"`
	Rev       int64         `json:"rev" minimum:"0" doc:"The revision of the signature."`
	Where     string        `json:"where" doc:"Where the hit is: indicators/N, with N from 0, or message." example:"indicators/0"`
	Span      *span         `json:"span,omitempty" doc:"Where the hit is in the message."`
	How       matchType     `json:"how,omitempty"`
	Weight    float64       `json:"weight,omitempty" minimum:"0" maximum:"1" doc:"The similarity, above 0 to 1. Absent if not measured."`
}

// span is a half-open range of bytes. Bytes and not characters, because languages
// count characters differently.
type span struct {
	Start int `json:"start" minimum:"0" doc:"Offset of the first byte in the UTF-8 text, from 0."`
	End   int `json:"end" minimum:"0" doc:"Offset of the byte after the last in the UTF-8 text."`
}

// advice is a models.Advice in a reply. Codes are only added, never changed, see
// package risk.
type advice struct {
	Code string `json:"code" doc:"A stable code for apps to translate." example:"hang_up"`
	Text string `json:"text" doc:"The advice in one English sentence."`
}

// verdictOf converts a verdict. Reasons is never null in JSON, so that clients can
// iterate over it.
func verdictOf(v models.Verdict) verdict {
	out := verdict{
		Level: level(v.Level), Category: category(v.Category), Next: v.NextStep,
		Advice: adviceOf(v.Advice), Reasons: make([]reason, len(v.Reasons)),
	}
	for i, h := range v.Reasons {
		out.Reasons[i] = reason{
			Signature: h.Signature, Rule: rule(h.Rule), Kind: signatureKind(h.Kind), Level: level(h.Level),
			Category: category(h.Category), Reason: h.Reason, Rev: h.Rev, Where: h.Where,
			How: matchType(h.MatchType), Weight: h.Similarity,
		}
		if h.Span != nil {
			out.Reasons[i].Span = &span{Start: h.Span.Start, End: h.Span.End}
		}
	}
	return out
}

func adviceOf(a models.Advice) advice { return advice{Code: a.Code, Text: a.Text} }

// appendVerdict appends the checkResult of v, byte for byte as encoding/json
// writes it (TestAppendVerdictIsWhatJSONWrites), but without reflection and
// without allocating. It is the reply of getCheck. A field that is added to the types above must be added here.
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

// appendReason appends one reason. The order of the members is that of the fields of reason.
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

// appendString appends a JSON string. Plain ASCII is copied, which covers nearly
// every string here; encoding/json writes the rest (FuzzAppendString).
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
