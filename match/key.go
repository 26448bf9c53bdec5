package match

import (
	"hash/maphash"
	"math/bits"
	"strings"

	"example.org/tocsin/models"
)

// key names a signature by what it recognises.
type key struct {
	rule  models.Rule
	kind  models.IndicatorKind
	value string
}

// sort is a rule and a kind in one byte, never 0 for those that are known.
type ruleKind uint8

const (
	ruleExact ruleKind = (iota + 1) << 4
	ruleRange
	ruleExpression
	rulePhrase
	rulePhraseSet
	rulePattern
	ruleScript
)

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

	// Not signatures: what several of them have in common, see leads.
	blockKind  ruleKind = 0xF1
	seriesKind ruleKind = 0xF2
)

// sortOf returns the sort of a rule and a kind, or false for one that is not in models.
func ruleKindOf(rule models.Rule, kind models.IndicatorKind) (ruleKind, bool) {
	r, k := ruleBits(rule), kindBits(kind)
	return r | k, r != 0 && k != 0
}

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

// listed reports whether signatures of the sort are found by going through
// lists of them rather than by asking for their value.
func (s ruleKind) needsListing() bool {
	switch s &^ kindMask {
	case ruleRange, rulePhrase, rulePhraseSet, rulePattern, ruleScript:
		return true
	default:
		return false
	}
}

// rule returns the rule of the sort.
func (s ruleKind) rule() models.Rule {
	rules := [...]models.Rule{models.Exact, models.Range, models.Expression, models.Phrase, models.PhraseSet, models.Pattern, models.Script}
	return rules[s>>4-1]
}

// target is a key made ready for the table. Its value is head and tail in one: of a link the host
// and the path.
type target struct {
	hash       uint64
	digits     uint64 // of a phone number, see digitsOf; 0: the value is not one
	head, tail string
	ruleKind   ruleKind
}

func (t *target) value() string { return t.head + t.tail }

// hasher turns keys into 64-bit hashes. It is keyed at random, so that nobody
// can choose values that collide. A value is hashed in parts and the parts
// are mixed, so that the expressions of a link cost one hash for each host and
// one for each path, and the host's serves for its domain as well.
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

// mix folds two hashes of parts and a sort into one: both halves of a product
// depend on all of its factors.
func (h *hasher) combine(a, b uint64, s ruleKind) uint64 {
	const golden = 0x9E3779B97F4A7C15
	high, low := bits.Mul64(a^h.seedA^uint64(s)*golden, b^h.seedB)
	return high ^ low
}

// number hashes the digits of a phone number, or of its block. They are no hash yet, so they
// are spread first.
func (h *hasher) hashDigits(digits uint64, s ruleKind) uint64 {
	digits ^= h.seedA
	digits ^= digits >> 32
	return h.combine(digits*0xD6E8FEB86659FD93, 0, s)
}

// aim makes a target of a value. It fills the target in place: a returned struct would be
// copied by wide loads of what narrow stores have just written, and the processor waits for that.
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
	maxDigits    = 15 // E.164
	bitsPerDigit = 4
)

// digitsOf packs "+" and up to 15 digits into a word, four bits a digit, each
// one more than it says, so that 0 is none: a number has one form, and its block of 100 is
// the same word without the last eight bits. Anything else is 0.
func packPhone(phone string) uint64 {
	n := len(phone) - 1
	if n < 1 || n > maxDigits || phone[0] != '+' {
		return 0
	}
	if n < 8 {
		return packShort(phone[1:])
	}
	// The first eight digits and the last, which may overlap, each as one word.
	first, last := loadBigEndian(phone[1:9]), loadBigEndian(phone[n-7:])
	const high, zeros, sixes = 0xF0F0F0F0F0F0F0F0, 0x3030303030303030, 0x0606060606060606
	if ((first^zeros)|(last^zeros)|((first+sixes)^zeros)|((last+sixes)^zeros))&high != 0 {
		return 0
	}
	rest := bitsPerDigit * (n - 8) & 63
	return packNibbles(first)<<rest | packNibbles(last)&(1<<rest-1)
}

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

// eightBytes is one load; the compiler sees it.
func loadBigEndian(s string) uint64 {
	_ = s[7]
	return uint64(s[7]) | uint64(s[6])<<8 | uint64(s[5])<<16 | uint64(s[4])<<24 |
		uint64(s[3])<<32 | uint64(s[2])<<40 | uint64(s[1])<<48 | uint64(s[0])<<56
}

// nibbles moves eight digits together in three steps.
func packNibbles(x uint64) uint64 {
	x -= 0x2F2F2F2F2F2F2F2F
	x = (x | x>>4) & 0x00FF00FF00FF00FF
	x = (x | x>>8) & 0x0000FFFF0000FFFF
	return (x | x>>16) & 0xFFFFFFFF
}

// appendNumber appends the phone number of packed digits.
func appendPhone(dst []byte, packed uint64) []byte {
	dst = append(dst, '+')
	for n := (bits.Len64(packed) - 1) / bitsPerDigit; n >= 0; n-- {
		dst = append(dst, '0'+byte(packed>>(bitsPerDigit*n)&15)-1)
	}
	return dst
}
