package text

import "unicode/utf8"

// IsUpperAlpha reports whether s is made of A to Z alone, and not empty.
func IsUpperAlpha(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != ""
}

// IsAlphanumeric reports whether s is made of ASCII letters and digits alone,
// and not empty.
func IsAlphanumeric(s string) bool {
	for i := range len(s) {
		if !IsAlnum(s[i]) {
			return false
		}
	}
	return s != ""
}

// IsNumeric reports whether s is made of ASCII digits alone, and not empty.
func IsNumeric(s string) bool {
	for i := range len(s) {
		if !IsDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// IsDigit reports whether c is an ASCII digit. Like its neighbours it is one
// subtraction and one comparison: a byte below the range wraps round to a large
// one.
func IsDigit(c byte) bool { return c-'0' < 10 }

// IsLetter reports whether c is an ASCII letter of either case.
func IsLetter(c byte) bool { return c|0x20-'a' < 26 }

// IsAlnum reports whether c is an ASCII letter or digit.
func IsAlnum(c byte) bool { return IsDigit(c) || IsLetter(c) }

// AllASCII reports whether s holds no byte of a rune outside ASCII. It looks at
// eight bytes at a time.
func AllASCII(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if LoadUint64(s, i)&everyHighBit != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// LowerASCII returns s with its ASCII letters in lower case and every other
// byte as it is, also where s is no UTF-8: a host in a link need not be. A
// string without capitals is returned itself.
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

// IsHex reports whether c is a hexadecimal digit of either case.
func IsHex(c byte) bool { return IsDigit(c) || c|0x20-'a' < 6 }

// Unhex returns the value of a hexadecimal digit, 0 to 15. Of other bytes,
// which IsHex refuses, the result means nothing.
func Unhex(c byte) byte {
	if IsDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// IsHexString reports whether s is made of hexadecimal digits alone. An empty
// one is.
func IsHexString(s string) bool {
	for i := range len(s) {
		if !IsHex(s[i]) {
			return false
		}
	}
	return true
}
