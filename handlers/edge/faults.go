package edge

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// translate is a Huma transformer. Huma's errors hold the values that were
// submitted; what they become holds only what the schema says. A transformer
// belongs to one API, where huma.NewError is a variable of the whole process.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := newProblem(m.Status, "internal", "Something went wrong on our side.")
	switch m.Status {
	case http.StatusBadRequest:
		p = newProblem(m.Status, "body_malformed", "The body cannot be read.")
	case http.StatusUnprocessableEntity:
		p = newProblem(m.Status, "request_invalid", "The request breaks the rules of this operation.")
	case http.StatusUnsupportedMediaType:
		p = newProblem(m.Status, "media_type_unsupported", "The body is of a type that this does not take.")
	}
	p.RequestID = RequestIDFrom(ctx.Context())
	if m.Status < http.StatusInternalServerError {
		for _, e := range m.Errors {
			if e != nil {
				p.Errors = append(p.Errors, faultFrom(e))
			}
		}
	}
	return p, nil
}

// faultFrom keeps of a Huma error the place and what the schema asks for.
func faultFrom(e *huma.ErrorDetail) Fault {
	where, rest, _ := strings.Cut(e.Location, ".")
	f := Fault{Code: "value_invalid", Detail: "The value is not valid."}
	for _, known := range messages() {
		if !strings.HasPrefix(e.Message, known.prefix) {
			continue
		}
		f.Code, f.Detail = known.code, e.Message
		if known.cut {
			f.Detail = known.prefix
		}
		break
	}
	switch f.Code {
	case "key_unknown": // the last step of the place is the key itself, which somebody sent
		rest = rest[:max(strings.LastIndexByte(rest, '.'), 0)]
	case "key_missing":
		if name, ok := strings.CutPrefix(e.Message, "expected required property "); ok {
			name, _, _ = strings.Cut(name, " ")
			rest = strings.TrimPrefix(rest+"."+name, ".")
		}
	}
	if strings.HasPrefix(where, "body") {
		f.Pointer = pointer(where, rest)
		return f
	}
	f.Parameter = strings.TrimSuffix(where+"/"+rest, "/")
	return f
}

// pointer turns Huma's body[0].indicators[1].kind into /0/indicators/1/kind.
func pointer(where, rest string) string {
	path := strings.TrimPrefix(where, "body")
	if rest != "" {
		path += "." + rest
	}
	return strings.NewReplacer("~", "~0", "/", "~1", ".", "/", "[", "/", "]", "").Replace(path)
}

// message is the beginning of one of Huma's messages. What follows it comes
// from the schema, or else (cut) from the value.
type message struct {
	prefix string
	code   string
	cut    bool
}

func messages() [28]message {
	return [...]message{
		{"unexpected property", "key_unknown", true},
		{"expected required property", "key_missing", false},
		{"expected property ", "key_missing", false},
		{"required ", "parameter_missing", false},
		{"expected boolean", "type_wrong", true},
		{"expected number >", "value_out_of_range", false},
		{"expected number <", "value_out_of_range", false},
		{"expected number to be a multiple", "value_out_of_range", false},
		{"expected number", "type_wrong", true},
		{"expected integer", "type_wrong", true},
		{"expected string to be RFC 3339 date-time", "format_wrong", true},
		{"expected string to be RFC 3339 date", "format_wrong", true},
		{"expected string to be RFC 4122 uuid", "format_wrong", true},
		{"expected string to be base64 encoded", "format_wrong", true},
		{"expected string to match pattern", "format_wrong", false},
		{"expected string to be ", "format_wrong", true},
		{"expected string", "type_wrong", true},
		{"expected array length", "length_wrong", false},
		{"expected array items to be unique", "value_repeated", true},
		{"expected array", "type_wrong", true},
		{"expected object with", "length_wrong", false},
		{"expected object", "type_wrong", true},
		{"expected length", "length_wrong", false},
		{"expected value to be one of", "value_unknown", false},
		{"expected duration", "format_wrong", true},
		{"invalid integer", "type_wrong", true},
		{"invalid float", "type_wrong", true},
		{"invalid boolean", "type_wrong", true},
	}
}
