package text

import "unicode/utf8"

// letters reports whether s is made of A to Z alone.
func IsUpperAlpha(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != ""
}

// alphanumeric reports whether s is made of ASCII letters and digits alone.
func IsAlphanumeric(s string) bool {
	for i := range len(s) {
		if !IsAlnum(s[i]) {
			return false
		}
	}
	return s != ""
}

// numeric reports whether s is made of ASCII digits alone.
func IsNumeric(s string) bool {
	for i := range len(s) {
		if !IsDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func IsDigit(c byte) bool { return c-'0' < 10 }

func IsLetter(c byte) bool { return c|0x20-'a' < 26 }

func IsAlnum(c byte) bool { return IsDigit(c) || IsLetter(c) }

func AllASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// lowerASCII lowers ASCII letters byte by byte: a host need not be UTF-8.
func LowerASCII(s string) string {
	upper := false
	for i := range len(s) {
		upper = upper || s[i] >= 'A' && s[i] <= 'Z'
	}
	if !upper {
		return s
	}
	out := []byte(s)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c | 0x20
		}
	}
	return string(out)
}

func IsHex(c byte) bool { return IsDigit(c) || c|0x20-'a' < 6 }

func Unhex(c byte) byte {
	if IsDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func IsHexString(s string) bool {
	for i := range len(s) {
		if !IsHex(s[i]) {
			return false
		}
	}
	return true
}
