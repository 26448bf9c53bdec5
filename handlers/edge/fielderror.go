package edge

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// translate is a Huma transformer that turns Huma's errors into problems. Huma's
// errors hold submitted values; a problem holds only what the schema says. A
// transformer belongs to one API; huma.NewError is a variable of the whole process.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := newProblem(m.Status, "internal", "The server failed to handle the request.")
	switch m.Status {
	case http.StatusBadRequest:
		p = newProblem(m.Status, "body_malformed", "The body cannot be read.")
	case http.StatusUnprocessableEntity:
		p = newProblem(m.Status, "request_invalid", "The request does not match the schema of the operation.")
	case http.StatusUnsupportedMediaType:
		p = newProblem(m.Status, "media_type_unsupported", "The media type of the body is not supported.")
	}
	p.RequestID = RequestIDFrom(ctx.Context())
	if m.Status < http.StatusInternalServerError {
		for _, e := range m.Errors {
			if e != nil {
				p.Errors = append(p.Errors, fieldErrorOf(e))
			}
		}
	}
	return p, nil
}

// fieldErrorOf takes from a Huma error the location and what the schema asks for.
// An unknown message becomes value_invalid, so that a new version of Huma cannot
// leak a value.
func fieldErrorOf(e *huma.ErrorDetail) FieldError {
	in, rest, _ := strings.Cut(e.Location, ".")
	f := FieldError{Code: "value_invalid", Detail: "The value is not valid."}
	for _, known := range messages() {
		if !strings.HasPrefix(e.Message, known.prefix) {
			continue
		}
		f.Code, f.Detail = known.code, orDefault(known.detail, sentence(e.Message))
		break
	}
	switch f.Code {
	case "key_unknown": // the last step of the location is the key itself, which the client chose
		rest = rest[:max(strings.LastIndexByte(rest, '.'), 0)]
	case "key_missing":
		if name, ok := strings.CutPrefix(e.Message, "expected required property "); ok {
			name, _, _ = strings.Cut(name, " ")
			rest = strings.TrimPrefix(rest+"."+name, ".")
		}
	}
	if strings.HasPrefix(in, "body") {
		f.Pointer = pointer(in, rest)
		return f
	}
	f.Parameter = strings.TrimSuffix(in+"/"+rest, "/")
	return f
}

// sentence gives a message of Huma a capital letter and a full stop.
func sentence(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	return string(unicode.ToUpper(first)) + strings.TrimSpace(message[size:]) + "."
}

// pointer turns Huma's body[0].indicators[1].kind into the JSON pointer /0/indicators/1/kind.
func pointer(in, rest string) string {
	path := strings.TrimPrefix(in, "body")
	if rest != "" {
		path += "." + rest
	}
	return strings.NewReplacer("~", "~0", "/", "~1", ".", "/", "[", "/", "]", "").Replace(path)
}

// message is the beginning of one of Huma's messages. Where detail is empty, the
// rest of the message comes from the schema and is sent; otherwise the rest can hold
// the submitted value, and the detail is sent in its place.
type message struct {
	prefix string
	code   string
	detail string
}

// messages lists what Huma says. The first prefix that fits counts, so longer ones
// come first. Huma has no codes for its messages, only these texts, which can change
// with a release: TestBodiesThatAreRefused then fails, and a message that is not
// listed becomes value_invalid, without its text.
func messages() [28]message {
	return [...]message{
		{prefix: "unexpected property", code: "key_unknown", detail: "The object has an unknown key."},
		{prefix: "expected required property", code: "key_missing"},
		{prefix: "expected property ", code: "key_missing"},
		{prefix: "required ", code: "parameter_missing"},
		{prefix: "expected boolean", code: "type_wrong", detail: "The value must be a boolean."},
		{prefix: "expected number >", code: "value_out_of_range"},
		{prefix: "expected number <", code: "value_out_of_range"},
		{prefix: "expected number to be a multiple", code: "value_out_of_range"},
		{prefix: "expected number", code: "type_wrong", detail: "The value must be a number."},
		{prefix: "expected integer", code: "type_wrong", detail: "The value must be an integer."},
		{prefix: "expected string to be RFC 3339 date-time", code: "format_wrong", detail: "The value must be an RFC 3339 date and time."},
		{prefix: "expected string to be RFC 3339 date", code: "format_wrong", detail: "The value must be an RFC 3339 date."},
		{prefix: "expected string to be RFC 4122 uuid", code: "format_wrong", detail: "The value must be an RFC 4122 UUID."},
		{prefix: "expected string to be base64 encoded", code: "format_wrong", detail: "The value must be base64."},
		{prefix: "expected string to match pattern", code: "format_wrong"},
		{prefix: "expected string to be ", code: "format_wrong", detail: "The value has the wrong format."},
		{prefix: "expected string", code: "type_wrong", detail: "The value must be a string."},
		{prefix: "expected array length", code: "length_wrong"},
		{prefix: "expected array items to be unique", code: "value_repeated", detail: "The items of the array must be unique."},
		{prefix: "expected array", code: "type_wrong", detail: "The value must be an array."},
		{prefix: "expected object with", code: "length_wrong"},
		{prefix: "expected object", code: "type_wrong", detail: "The value must be an object."},
		{prefix: "expected length", code: "length_wrong"},
		{prefix: "expected value to be one of", code: "value_unknown"},
		{prefix: "expected duration", code: "format_wrong", detail: "The value must be a duration."},
		{prefix: "invalid integer", code: "type_wrong", detail: "The value must be an integer."},
		{prefix: "invalid float", code: "type_wrong", detail: "The value must be a number."},
		{prefix: "invalid boolean", code: "type_wrong", detail: "The value must be a boolean."},
	}
}
