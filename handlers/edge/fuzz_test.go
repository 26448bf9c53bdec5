package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"example.org/tocsin/models"
)

type fuzzed struct {
	A string             `json:"a"`
	B []fuzzed           `json:"b"`
	C map[string]float64 `json:"c"`
	D any                `json:"d"`
}

// FuzzScan compares scan with encoding/json. What scan accepts must have only one
// reading: a strict decoder accepts it, and encoding what was decoded keeps every member.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `{"a":"\ud83d\ude00","b":[{"a":"x"},{"c":{"k":1}}],"d":[1,"2",{"e":null}]}`, `{"a":"\ud83d"}`, `{"a":1,"a":2}`,
		`{"c":{"k":1,"\u006b":2}}`, `[[[[]]]]`, `{"d":{"x":{"x":1,"x":2}}}`, ` {"a" : "b" } `, `{"A":1}`, `"\\\""`, `{"d":"\\ud800"}`,
		"\xff", `1e5`, strings.Repeat("[", 64),
	} {
		f.Add([]byte(seed))
	}
	s := shapeOf(typeOf[fuzzed]())
	f.Fuzz(func(t *testing.T, data []byte) {
		err := scan(data, s)
		if err != nil {
			var e *models.Error
			if !errors.As(err, &e) || e.Kind != models.Malformed && e.Kind != models.Invalid {
				t.Fatalf("scan(%q) = %v, want Malformed or Invalid", data, err)
			}
			return
		}
		if !utf8.Valid(data) || !json.Valid(data) {
			t.Fatalf("scan accepted %q", data)
		}
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			return // a number that no float64 holds
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		replacement := []byte("\ufffd")
		submitted := bytes.Contains(bytes.ToLower(data), []byte("fffd")) || bytes.Contains(data, replacement)
		if bytes.Contains(encoded, replacement) && !submitted {
			t.Fatalf("scan accepted %q, which is read as %q", data, encoded)
		}
		if got, want := members(encoded), members(data); got != want {
			t.Fatalf("scan accepted %q with %d members, of which %d are read", data, want, got)
		}
		if _, object := value.(map[string]any); object {
			var v fuzzed
			strict := json.NewDecoder(bytes.NewReader(data))
			strict.DisallowUnknownFields()
			var mismatch *json.UnmarshalTypeError
			if err := strict.Decode(&v); err != nil && !errors.As(err, &mismatch) {
				t.Fatalf("scan accepted %q, the decoder says %v", data, err)
			}
		}
	})
}

// members counts the members of all objects in valid JSON: the colons outside strings.
func members(data []byte) (n int) {
	quoted := false
	for i := 0; i < len(data); i++ {
		switch {
		case quoted && data[i] == '\\':
			i++
		case data[i] == '"':
			quoted = !quoted
		case data[i] == ':' && !quoted:
			n++
		}
	}
	return n
}

func FuzzHopAddress(f *testing.F) {
	for _, seed := range []string{
		"192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80", "[2001:db8::1]", "2001:db8::1%eth0", "::ffff:192.0.2.1", "", "[]", "[:",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, ok := hopAddress(s)
		if ok != a.IsValid() || a.Zone() != "" || a.Is4In6() {
			t.Errorf("hopAddress(%q) = %v, %v", s, a, ok)
		}
	})
}

func FuzzIfMatch(f *testing.F) {
	for _, seed := range []string{`"1"`, `W/"1"`, `*`, ``, `"-1"`, `"9223372036854775808"`, `"1","2"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if rev, err := IfMatch(s); err == nil && ETag(rev) != s {
			t.Errorf("IfMatch(%q) = %d, whose tag is %s", s, rev, ETag(rev))
		}
	})
}

func FuzzIsMedia(f *testing.F) {
	for _, seed := range []string{
		"application/json", "application/json;charset=utf-8", "application/json; charset=\"UTF-8\"", ";", "application/json;x=y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if isMedia([]byte(s), mediaJSON) && !strings.Contains(strings.ToLower(s), mediaJSON) {
			t.Errorf("isMedia(%q)", s)
		}
	})
}
