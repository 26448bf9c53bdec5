package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// maxLabelRunes is the most runes of a label that are looked at, and the most
// of its skeleton. It is the longest label of the DNS in bytes (RFC 1035,
// section 2.3.4).
const maxLabelRunes = 63

// maxLookalikeDepth bounds the steps from a rune to the letters that it looks
// like, so that no table can lead in circles. It is enough for every rune
// (TestSkeletonOfEveryRuneIsItsOwnSkeleton).
const maxLookalikeDepth = 4

// asciiSkeleton holds what each ASCII character is read as: letters in lower
// case; digits and signs that stand for letters as those; i, l and 1 the same.
const asciiSkeleton = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f" +
	" !\"#s%&'()*+,-./" + "ol2eas6tbg:;<=>?" +
	"@abcdefghljklmnopqrstuvwxyz[\\]^_" + "`abcdefghljklmnopqrstuvwxyz{l}~\x7f"

// Skeleton returns what a label of a host looks like at a glance: two labels
// with one skeleton can be taken for each other. An A-label is decoded (RFC
// 3492); letters become lower case and lose their marks (NFKD); letters of
// other scripts become those that they look like (UTS #39), digits and signs
// those that they stand for; rn and nn become m, vv w, cl d; hyphens and
// underscores go. It joins more than the skeleton of UTS #39, on purpose: that
// one answers whether two names could be the same picture, this one whether a
// hurried reader takes one for the other.
//
// It is for comparison alone, never for display, and is its own skeleton. Of a
// label longer than 63 characters, which no host has, the rest is left out.
func Skeleton(label string) string {
	var room [4 * maxLabelRunes]byte
	return string(AppendSkeleton(room[:0], label))
}

// AppendSkeleton appends the skeleton of label to dst. For a label in ASCII it
// allocates nothing if dst has room for it (TestSkeletonOfASCIIAllocatesOnce).
func AppendSkeleton(dst []byte, label string) []byte {
	from := len(dst)
	dst = AppendLookalikes(dst, label)
	to, runes := from, 0
	for _, c := range dst[from:] {
		if c == '-' || c == '_' {
			continue
		}
		if to > from {
			if m := mergedPair(dst[to-1], c); m != 0 {
				dst[to-1] = m
				continue
			}
		}
		if utf8.RuneStart(c) {
			if runes++; runes > maxLabelRunes {
				break
			}
		}
		dst[to] = c
		to++
	}
	return dst[:to]
}

// mergedPair returns the letter that two beside each other look like, or 0. No
// result is part of a pair itself, so one pass is enough.
func mergedPair(a, b byte) byte {
	switch {
	case b == 'n' && (a == 'r' || a == 'n'):
		return 'm'
	case a == 'v' && b == 'v':
		return 'w'
	case a == 'c' && b == 'l':
		return 'd'
	}
	return 0
}

// AppendLookalikes appends what the characters of label look like, one by one:
// the skeleton before pairs are merged and hyphens left out. ASCII that is not
// an A-label keeps its length, so places in the result are places in the label
// (TestLettersOfASCIIKeepTheirPlaces).
func AppendLookalikes(dst []byte, label string) []byte {
	if u, ok := decodeALabel(label); ok {
		label = u
	}
	n := 0
	for _, r := range label {
		if n++; n > maxLabelRunes {
			break
		}
		if r < utf8.RuneSelf {
			dst = append(dst, asciiSkeleton[r])
		} else {
			dst = appendLookalike(dst, r, 0)
		}
	}
	return dst
}

// appendLookalike appends the letters that r looks like.
func appendLookalike(dst []byte, r rune, depth int) []byte {
	if r < utf8.RuneSelf {
		return append(dst, asciiSkeleton[r])
	}
	r = unicode.ToLower(r)
	if r == utf8.RuneError || unicode.Is(unicode.M, r) || IsInvisible(r) {
		return dst
	}
	if r < utf8.RuneSelf {
		return append(dst, asciiSkeleton[r])
	}
	look := ""
	if depth < maxLookalikeDepth {
		look = nextLookalike(r)
	}
	if look == "" {
		return utf8.AppendRune(dst, r)
	}
	for _, l := range look {
		dst = appendLookalike(dst, l, depth+1)
	}
	return dst
}

// nextLookalike returns the next step from r, a lower-case rune outside ASCII,
// to what it looks like; empty if there is none.
func nextLookalike(r rune) string {
	if decomposition := norm.NFKD.PropertiesString(string(r)).Decomposition(); len(decomposition) > 0 {
		return string(decomposition)
	}
	if unicode.IsDigit(r) {
		return string(asciiDigit(r))
	}
	if p := prototype(r); p != "" && p != string(r) {
		return p
	}
	return variantOf(r)
}

// variantOf returns the letter of which r is a variant that UTS #39 keeps
// apart, because it looks different beside it: small capitals, letters with a
// hook, a stroke or a tail. At a glance, in the middle of a word, they do pass
// for it.
func variantOf(r rune) string {
	for i := 0; i < len(variants); {
		letter := variants[i : i+1]
		end := i + strings.IndexByte(variants[i:], ' ')
		if strings.ContainsRune(variants[i+1:end], r) {
			return letter
		}
		i = end + 1
	}
	return ""
}

// variants holds ASCII letters, each with its variants behind it and a space at
// the end.
const variants = "aᴀɐɑᶏⱥ bʙßɓƀƃƅᵬᶀв cᴄƈȼɕꞓ dᴅɖɗđðȡƌᵭᶁ eᴇəɘɇɛᶒⱸ fƒꜰᵮᶂ gɢɠǥᶃɡ hʜɦħⱨһн iɪɨɩᵻᶖı jʝɉᴊȷ kᴋƙⱪĸᶄκк " +
	"lʟɫɬɭƚłⱡᶅ mᴍɱᵯᶆм nɴɲɳŋƞꞑᵰᶇŉп oᴏɵøⱺ pᴘƥᵽᵱᶈƿþ qʠɋ rʀɍɽɾɼɹᵲᵳᶉг sꜱʂȿᵴᶊ tᴛƫƭʈŧⱦᵵτт uᴜʉᵾᶙʊ vᴠʋⱱⱴᶌ wᴡⱳʍɯω xᶍχ yʏɏƴỿ zᴢƶʐʑȥɀⱬᵶᶎ "

// decodeALabel returns the letters of an A-label, and false if label is none
// (RFC 5890, RFC 3492). It is more lenient than IDNA: what is not allowed in
// names is decoded all the same, since it is shown.
func decodeALabel(label string) (string, bool) {
	if len(label) < len("xn--") || label[2] != '-' || !strings.EqualFold(label[:4], "xn--") {
		return "", false
	}
	u, err := idna.Punycode.ToUnicode(strings.ToLower(label))
	return u, err == nil && u != "" && u != label
}
