package edge

import (
	"strconv"
	"strings"

	"example.org/tocsin/models"
)

// ETag returns the strong entity tag of a revision (RFC 9110, 8.8.3).
func ETag(rev int64) string { return `"` + strconv.FormatInt(rev, 10) + `"` }

// IfMatch reads the revision that an If-Match header names. No header is
// models.Unconditional; a weak tag is models.Stale, since it never matches
// (RFC 9110, 13.1.1); a list, * or anything else is models.Malformed, since an
// edit says which revision it has seen.
func IfMatch(header string) (int64, error) {
	switch {
	case header == "":
		return 0, &models.Error{Kind: models.PreconditionRequired, Code: "if_match_missing", Detail: "Say with If-Match which revision you have seen."}
	case strings.HasPrefix(header, "W/"):
		return 0, &models.Error{Kind: models.Stale, Code: "revision_stale", Detail: "A weak entity tag matches nothing."}
	}
	inside, opened := strings.CutPrefix(header, `"`)
	inside, closed := strings.CutSuffix(inside, `"`)
	rev, err := strconv.ParseInt(inside, 10, 64)
	if err != nil || !opened || !closed || ETag(rev) != header {
		return 0, malformed("if_match_malformed", "If-Match takes one entity tag as we gave it.")
	}
	return rev, nil
}

// IdempotencyKey checks the name that a client gives a request so that it can
// repeat it: 1 to 128 visible ASCII characters.
func IdempotencyKey(value string) (string, error) {
	if value == "" {
		return "", malformed("idempotency_key_missing", "Give the request an Idempotency-Key, so that it can be repeated.")
	}
	if len(value) > 128 || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", malformed("idempotency_key_malformed", "An Idempotency-Key has 1 to 128 visible ASCII characters.")
	}
	return value, nil
}
