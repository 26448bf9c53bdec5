package edge

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// maxDepth is how deep objects and arrays may be nested.
const maxDepth = 32

// scan refuses JSON that two readers could understand differently, which
// encoding/json does not: invalid UTF-8 and lone surrogates (it puts U+FFFD),
// a key twice (it takes the last), a key in another case (it takes it), a key
// that nobody reads (it drops it). It also bounds the depth. RFC 8259, RFC 7493
// (I-JSON).
func scan(data []byte, s *shape) error {
	if !utf8.Valid(data) {
		return malformed("json_not_utf8", "The JSON is not UTF-8.")
	}
	if !json.Valid(data) {
		return malformed("json_malformed", "This is not one JSON value.")
	}
	w := walker{data: data}
	w.skipSpace()
	return w.value(s, 0)
}

func malformed(code, detail string) error {
	return &models.Error{Kind: models.Malformed, Code: code, Detail: detail}
}

// walker goes through JSON that is known to be valid.
type walker struct {
	data    []byte
	pos     int
	pointer []byte // JSON pointer to the value
}

func (w *walker) skipSpace() {
	for w.pos < len(w.data) && w.data[w.pos] <= ' ' {
		w.pos++
	}
}

// step goes over one character and the space behind it.
func (w *walker) advance() {
	w.pos++
	w.skipSpace()
}

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
	for w.pos < len(w.data) && strings.IndexByte(",]} \t\r\n", w.data[w.pos]) < 0 {
		w.pos++
	}
	w.skipSpace()
	return nil
}

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
			return w.fault(models.Invalid, "key_unknown", "There is a key that this does not have.")
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

// open goes through an object that may have any keys. They are not ours, so
// what is wrong below one points at the object.
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

func (w *walker) repeated() error {
	return w.fault(models.Malformed, "key_repeated", "A key is there twice.")
}

// member goes over the colon, the value and the comma.
func (w *walker) member(s *shape, null bool, depth int) error {
	w.advance()
	if w.data[w.pos] == 'n' && !null {
		return w.fault(models.Invalid, "value_null", "There is null: leave the key out instead.")
	}
	return w.element(s, depth)
}

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

// element goes over a value and the comma.
func (w *walker) element(s *shape, depth int) error {
	if err := w.value(s, depth+1); err != nil {
		return err
	}
	if w.data[w.pos] == ',' {
		w.advance()
	}
	return nil
}

// key goes over the key of a member and returns it without its escapes.
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
		return nil, malformed("json_malformed", "This is not one JSON value.")
	}
	return []byte(s), nil
}

// text goes over a string and returns it as it stands, with its quotes.
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
		return raw, true, w.fault(models.Malformed, "json_not_utf8", "A text holds half a surrogate pair.")
	}
	return raw, escaped, nil
}

// loneSurrogate reports whether a string in quotes escapes half of a surrogate pair.
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
		case unit < 0xd800 || unit > 0xdfff:
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

// hex4 reads the four digits of an escape, which are known to be there.
func hex4(b []byte) uint64 {
	n, err := strconv.ParseUint(string(b[:min(4, len(b))]), 16, 32)
	if err != nil {
		return 0
	}
	return n
}

// fault points at the value that the walker is in. It never names a key that is not ours.
func (w *walker) fault(kind models.ErrorKind, code, detail string) error {
	return &models.Error{Kind: kind, Code: code, Detail: detail, Field: string(w.pointer)}
}
