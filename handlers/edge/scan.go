package edge

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// maxDepth is the depth to which objects and arrays can be nested.
const maxDepth = 32

// scan refuses JSON that two readers could understand differently. encoding/json
// accepts it: invalid UTF-8 and lone surrogates (it writes U+FFFD), repeated keys
// (it takes the last), keys in another case (it takes them), and unknown keys (it
// drops them). scan also bounds the depth. See RFC 8259 and RFC 7493 (I-JSON).
func scan(data []byte, s *shape) error {
	if !utf8.Valid(data) {
		return malformed("json_not_utf8", "The JSON must be UTF-8.")
	}
	if !json.Valid(data) {
		return malformed("json_malformed", "The body must be exactly one JSON value.")
	}
	w := walker{data: data}
	w.skipSpace()
	return w.value(s, 0)
}

// malformed returns the error of a request that cannot be read.
func malformed(code, detail string) error {
	return &models.Error{Kind: models.Malformed, Code: code, Detail: detail}
}

// walker goes through JSON that is known to be valid, so it never runs past the end.
type walker struct {
	data    []byte
	pos     int
	pointer []byte // JSON pointer (RFC 6901) to the value
}

// skipSpace skips white space, which in valid JSON is every byte up to a space outside
// strings.
func (w *walker) skipSpace() {
	for w.pos < len(w.data) && w.data[w.pos] <= ' ' {
		w.pos++
	}
}

// advance skips one character and the space after it.
func (w *walker) advance() {
	w.pos++
	w.skipSpace()
}

// value skips one value and checks its keys against s.
func (w *walker) value(s *shape, depth int) error {
	if depth > maxDepth {
		return malformed("json_too_deep", "The JSON is nested too deeply.")
	}
	switch w.data[w.pos] {
	case '{':
		return w.object(s, depth)
	case '[':
		return w.array(s, depth)
	case '"':
		_, _, err := w.rawString()
		return err
	}
	// A number, true, false or null: it ends where JSON's punctuation begins.
	for w.pos < len(w.data) && strings.IndexByte(",]} \t\r\n", w.data[w.pos]) < 0 {
		w.pos++
	}
	w.skipSpace()
	return nil
}

// object skips an object with known keys. Up to 64 of them are marked without allocating.
func (w *walker) object(s *shape, depth int) error {
	if s == nil || s.keys == nil {
		return w.dynamicObject(s, depth)
	}
	var few [64]bool
	seen := few[:]
	if len(s.keys) > len(few) {
		seen = make([]bool, len(s.keys))
	}
	for w.advance(); w.data[w.pos] != '}'; {
		key, err := w.key()
		if err != nil {
			return err
		}
		m, known := s.keys[string(key)]
		switch {
		case !known:
			return w.fault(models.Invalid, "key_unknown", "The object has an unknown key.")
		case seen[m.index]:
			return w.repeated()
		}
		seen[m.index] = true
		length := len(w.pointer)
		w.pointer = append(w.pointer, m.token...)
		if err := w.member(m.shape, m.nullable, depth); err != nil {
			return err
		}
		w.pointer = w.pointer[:length]
	}
	w.advance()
	return nil
}

// dynamicObject skips an object that can have any keys. The client chose them, so
// an error below one of them points at the object.
func (w *walker) dynamicObject(s *shape, depth int) error {
	var inner *shape
	if s != nil {
		inner = s.elem
	}
	seen := map[string]struct{}{}
	for w.advance(); w.data[w.pos] != '}'; {
		key, err := w.key()
		if err != nil {
			return err
		}
		if _, twice := seen[string(key)]; twice {
			return w.repeated()
		}
		seen[string(key)] = struct{}{}
		if err := w.member(inner, true, depth); err != nil {
			return err
		}
	}
	w.advance()
	return nil
}

// repeated returns the error of a key that the object has twice.
func (w *walker) repeated() error {
	return w.fault(models.Malformed, "key_repeated", "A key is repeated.")
}

// member skips the colon, the value and the comma.
func (w *walker) member(s *shape, null bool, depth int) error {
	w.advance()
	if w.data[w.pos] == 'n' && !null {
		return w.fault(models.Invalid, "value_null", "The value is null. Leave the key out instead.")
	}
	return w.element(s, depth)
}

// array skips an array.
func (w *walker) array(s *shape, depth int) error {
	var inner *shape
	if s != nil {
		inner = s.elem
	}
	length := len(w.pointer)
	w.advance()
	for i := 0; w.data[w.pos] != ']'; i++ {
		w.pointer = strconv.AppendInt(append(w.pointer, '/'), int64(i), 10)
		if err := w.element(inner, depth); err != nil {
			return err
		}
		w.pointer = w.pointer[:length]
	}
	w.advance()
	return nil
}

// element skips a value and the comma.
func (w *walker) element(s *shape, depth int) error {
	if err := w.value(s, depth+1); err != nil {
		return err
	}
	if w.data[w.pos] == ',' {
		w.advance()
	}
	return nil
}

// key skips the key of a member and returns it with its escapes decoded.
func (w *walker) key() ([]byte, error) {
	raw, escaped, err := w.rawString()
	if err != nil {
		return nil, err
	}
	if !escaped {
		return raw[1 : len(raw)-1], nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, malformed("json_malformed", "The body must be exactly one JSON value.")
	}
	return []byte(s), nil
}

// rawString skips a string and returns it undecoded, with its quotes.
func (w *walker) rawString() (raw []byte, escaped bool, err error) {
	start := w.pos
	for w.pos++; w.data[w.pos] != '"'; w.pos++ {
		if w.data[w.pos] == '\\' {
			escaped = true
			w.pos++
		}
	}
	raw = w.data[start : w.pos+1]
	w.advance()
	if escaped && loneSurrogate(raw) {
		return raw, true, w.fault(models.Malformed, "json_not_utf8", "A string has half of a surrogate pair.")
	}
	return raw, escaped, nil
}

// loneSurrogate reports whether a quoted string escapes half of a surrogate pair (RFC 8259, 8.2).
func loneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		switch unit := hex4(raw[i+1:]); {
		case unit < 0xd800 || unit > 0xdfff: // no surrogate
		case unit > 0xdbff || !bytes.HasPrefix(raw[i+5:], []byte(`\u`)):
			return true
		default:
			if low := hex4(raw[i+7:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 6
		}
		i += 4
	}
	return false
}

// hex4 reads the four hexadecimal digits of an escape, which valid JSON has.
func hex4(b []byte) uint64 {
	n, err := strconv.ParseUint(string(b[:min(4, len(b))]), 16, 32)
	if err != nil {
		return 0
	}
	return n
}

// fault returns an error at the value that the walker is in. Its pointer holds no unknown key.
func (w *walker) fault(kind models.ErrorKind, code, detail string) error {
	return &models.Error{Kind: kind, Code: code, Detail: detail, Field: string(w.pointer)}
}
