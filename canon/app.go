package canon

import (
	"strings"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// App returns the canonical form of a program: the SHA-256 of its file
// ("sha256:" and 64 hexadecimal digits in lower case), or its package name
// behind the system ("android:com.example.pay", "ios:com.example.pay"). A
// package name alone, or a link to Google Play that names one, is of Android.
// Package names keep their case on Android and lose it on iOS, where it does
// not tell them apart.
//
// Raw must have been checked by text.CheckInput. The error has the code
// app_malformed.
func App(raw string) (string, error) {
	bad := models.NewInvalid("", "app_malformed", "An app is a package name such as android:com.example.pay, or the SHA-256 of its file.")
	s := strings.TrimSpace(strings.Map(text.Visible, raw))
	if _, id, ok := strings.Cut(s, "play.google.com/store/apps/details?"); ok {
		s = "android:" + queryParam(id, "id")
	}
	head, rest, prefixed := strings.Cut(s, ":")
	if !prefixed {
		head, rest = "", s
		if hex := strings.ToLower(s); len(hex) == 64 && text.IsHexString(hex) {
			return "sha256:" + hex, nil
		}
	}
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(strings.TrimSpace(head)) {
	case "sha256":
		if hex := strings.ToLower(rest); len(hex) == 64 && text.IsHexString(hex) {
			return "sha256:" + hex, nil
		}
	case "", "android", "package":
		if IsPackageName(rest) {
			return "android:" + rest, nil
		}
	case "ios":
		if IsPackageName(strings.ReplaceAll(rest, "-", "")) { // bundle identifiers may hold hyphens
			return "ios:" + strings.ToLower(rest), nil
		}
	}
	return "", bad
}

// queryParam returns the value of one parameter of a query, not unescaped: a
// package name needs no escapes.
func queryParam(query, name string) string {
	query, _, _ = strings.Cut(query, "#")
	for pair := range strings.SplitSeq(query, "&") {
		if key, value, _ := strings.Cut(pair, "="); key == name {
			return value
		}
	}
	return ""
}

// IsPackageName reports whether s is a package name as Android defines it (an
// application ID): two or more parts of letters, digits and underscores, each
// of which begins with a letter.
func IsPackageName(s string) bool {
	parts := 0
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || !text.IsLetter(part[0]) {
			return false
		}
		for i := range len(part) {
			if !text.IsAlnum(part[i]) && part[i] != '_' {
				return false
			}
		}
		parts++
	}
	return parts >= 2 && len(s) <= 255
}
