package match

import (
	"hash/maphash"
	"math/bits"
	"strings"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// key names a signature by what it recognises.
type key struct {
	rule  models.Rule
	kind  models.IndicatorKind
	value string
}

// ruleKind is a rule and a kind in one byte, never 0 for those that are known.
type ruleKind uint8

// The rules, in the upper half of a ruleKind.

const (
	ruleExact ruleKind = (iota + 1) << 4
	ruleRange
	ruleExpression
	rulePhrase
	rulePhraseSet
	rulePattern
	ruleScript
)

// The kinds, in the lower half of a ruleKind.
const (
	kindPhone ruleKind = iota + 1
	kindURL
	kindDomain
	kindEmail
	kindAccount
	kindWallet
	kindHandle
	kindApp
	kindText
	kindMask = 15
)

const (
	exactPhone    = ruleExact | kindPhone
	exactURL      = ruleExact | kindURL
	exactDomain   = ruleExact | kindDomain
	rangePhone    = ruleRange | kindPhone
	expressionURL = ruleExpression | kindURL

	// Not of signatures, but of what several of them have in common: see leads.
	// They keep such hashes apart from those of values.
	blockKind  ruleKind = 0xF1
	seriesKind ruleKind = 0xF2
)

// ruleKindOf returns rule and kind in one, or false for one that is not in models.
func ruleKindOf(rule models.Rule, kind models.IndicatorKind) (ruleKind, bool) {
	r, k := ruleBits(rule), kindBits(kind)
	return r | k, r != 0 && k != 0
}

// ruleBits returns the upper half for a rule, 0 for one that is not in models.
func ruleBits(rule models.Rule) ruleKind {
	switch rule {
	case models.Exact:
		return ruleExact
	case models.Range:
		return ruleRange
	case models.Expression:
		return ruleExpression
	case models.Phrase:
		return rulePhrase
	case models.PhraseSet:
		return rulePhraseSet
	case models.Pattern:
		return rulePattern
	case models.Script:
		return ruleScript
	}
	return 0
}

// kindBits returns the lower half for a kind, 0 for one that is not in models.
func kindBits(kind models.IndicatorKind) ruleKind {
	switch kind {
	case models.Phone:
		return kindPhone
	case models.URL:
		return kindURL
	case models.Domain:
		return kindDomain
	case models.Email:
		return kindEmail
	case models.Account:
		return kindAccount
	case models.Wallet:
		return kindWallet
	case models.Handle:
		return kindHandle
	case models.App:
		return kindApp
	case models.Text:
		return kindText
	}
	return 0
}

// needsListing reports whether signatures of that rule are found by going through
// candidates rather than by looking up their value.
func (s ruleKind) needsListing() bool {
	switch s &^ kindMask {
	case ruleRange, rulePhrase, rulePhraseSet, rulePattern, ruleScript:
		return true
	default:
		return false
	}
}

// rule returns the rule of a known ruleKind.
func (s ruleKind) rule() models.Rule {
	rules := [...]models.Rule{models.Exact, models.Range, models.Expression, models.Phrase, models.PhraseSet, models.Pattern, models.Script}
	return rules[s>>4-1]
}

// target is a key made ready for the table. Its value is head and tail in one: of a link
// the host and the path.
type target struct {
	hash       uint64
	digits     uint64 // of a phone number, see packPhone; 0: the value is not one
	head, tail string
	ruleKind   ruleKind
}

func (t *target) value() string { return t.head + t.tail }

// hasher turns keys into 64-bit hashes (package maphash). It is keyed at random, so that
// nobody can choose values that collide. A value is hashed in parts and the parts are
// combined, so that the expressions of a link cost one hash for each host and one for
// each path, and the host's serves for its domain as well.
type hasher struct {
	seed         maphash.Seed
	seedA, seedB uint64
	empty        uint64 // the hash of no text
}

func newHasher() hasher {
	seed := maphash.MakeSeed()
	return hasher{
		seed: seed, seedA: maphash.String(seed, "first"), seedB: maphash.String(seed, "second"),
		empty: maphash.String(seed, ""),
	}
}

func (h *hasher) hashString(s string) uint64 { return maphash.String(h.seed, s) }

func (h *hasher) hashBytes(b []byte) uint64 { return maphash.Bytes(h.seed, b) }

// combine folds two hashes of parts and a ruleKind into one, as wyhash does: both halves
// of a product depend on all of its factors.
func (h *hasher) combine(a, b uint64, s ruleKind) uint64 {
	const golden = 0x9E3779B97F4A7C15
	high, low := bits.Mul64(a^h.seedA^uint64(s)*golden, b^h.seedB)
	return high ^ low
}

// hashDigits hashes the digits of a phone number, or of its block. They are no hash yet,
// so they are spread over the word first.
func (h *hasher) hashDigits(digits uint64, s ruleKind) uint64 {
	digits ^= h.seedA
	digits ^= digits >> 32
	return h.combine(digits*0xD6E8FEB86659FD93, 0, s)
}

// fillTarget makes a target of a value. It fills the target in place: a returned struct
// would be copied by wide loads of what narrow stores have just written, and the
// processor waits for that (failed store forwarding).
func (h *hasher) fillTarget(t *target, s ruleKind, value string) {
	t.ruleKind, t.digits, t.head, t.tail = s, 0, value, ""
	if s == exactPhone {
		if t.digits = packPhone(value); t.digits != 0 {
			t.hash = h.hashDigits(t.digits, s)
			return
		}
	}
	if s&kindMask == kindURL {
		if slash := strings.IndexByte(value, '/'); slash >= 0 {
			t.head, t.tail = value[:slash], value[slash:]
		}
		t.hash = h.combine(h.hashString(t.head), h.hashString(t.tail), s)
		return
	}
	t.hash = h.combine(h.hashString(value), 0, s)
}

const (
	maxDigits    = 15 // of an international number (ITU-T E.164)
	bitsPerDigit = 4
)

// packPhone packs "+" and up to 15 digits into a word, four bits a digit, each one more
// than it says, so that 0 is none: a number has one form, and its block of 100 is the same
// word without the last eight bits. Anything else is 0.
// TestPhonesArePackedOneToOne holds it.
func packPhone(phone string) uint64 {
	n := len(phone) - 1
	if n < 1 || n > maxDigits || phone[0] != '+' {
		return 0
	}
	if n < 8 {
		return packShort(phone[1:])
	}
	// The first eight digits and the last, which may overlap, each as one word. All are
	// checked at once: a digit is 0x30 to 0x39, and six more still has the same upper half.
	first, last := bits.ReverseBytes64(text.LoadUint64(phone, 1)), bits.ReverseBytes64(text.LoadUint64(phone, n-7))
	const high, zeros, sixes = 0xF0F0F0F0F0F0F0F0, 0x3030303030303030, 0x0606060606060606
	if ((first^zeros)|(last^zeros)|((first+sixes)^zeros)|((last+sixes)^zeros))&high != 0 {
		return 0
	}
	rest := bitsPerDigit * (n - 8) & 63
	return packNibbles(first)<<rest | packNibbles(last)&(1<<rest-1)
}

// packShort packs fewer than eight digits, one by one.
func packShort(s string) (packed uint64) {
	for i := range len(s) {
		d := uint64(s[i] - '0')
		if d > 9 {
			return 0
		}
		packed = packed<<bitsPerDigit | (d + 1)
	}
	return packed
}

// packNibbles moves eight digits of a byte each together in three steps (SWAR).
func packNibbles(x uint64) uint64 {
	x -= 0x2F2F2F2F2F2F2F2F
	x = (x | x>>4) & 0x00FF00FF00FF00FF
	x = (x | x>>8) & 0x0000FFFF0000FFFF
	return (x | x>>16) & 0xFFFFFFFF
}

// appendPhone appends the phone number of packed digits.
func appendPhone(dst []byte, packed uint64) []byte {
	dst = append(dst, '+')
	for n := (bits.Len64(packed) - 1) / bitsPerDigit; n >= 0; n-- {
		dst = append(dst, '0'+byte(packed>>(bitsPerDigit*n)&15)-1)
	}
	return dst
}
