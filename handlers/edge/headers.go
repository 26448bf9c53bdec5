package edge

import (
	"strconv"
	"strings"

	"example.org/tocsin/models"
)

// ETag returns the strong entity tag of a revision (RFC 9110, 8.8.3).
func ETag(rev int64) string { return `"` + strconv.FormatInt(rev, 10) + `"` }

// IfMatch returns the revision that an If-Match header names. Without a header it
// returns models.PreconditionRequired; for a weak tag models.Stale, since a weak
// tag never matches (RFC 9110, 13.1.1); for a list, * and anything else
// models.Malformed, since a change is based on exactly one revision.
func IfMatch(header string) (int64, error) {
	switch {
	case header == "":
		return 0, &models.Error{
			Kind: models.PreconditionRequired, Code: "if_match_missing", Detail: "The header If-Match with the ETag of the revision is missing.",
		}
	case strings.HasPrefix(header, "W/"):
		return 0, &models.Error{Kind: models.Stale, Code: "revision_stale", Detail: "A weak entity tag never matches."}
	}
	inside, opened := strings.CutPrefix(header, `"`)
	inside, closed := strings.CutSuffix(inside, `"`)
	rev, err := strconv.ParseInt(inside, 10, 64)
	if err != nil || !opened || !closed || ETag(rev) != header {
		return 0, malformed("if_match_malformed", "If-Match must be one ETag exactly as the server returned it.")
	}
	return rev, nil
}

// IdempotencyKey returns the value of an Idempotency-Key header if it has 1 to
// 128 visible ASCII characters, and otherwise models.Malformed. With such a key a
// client can send a request again without its effect happening twice.
func IdempotencyKey(value string) (string, error) {
	if value == "" {
		return "", malformed("idempotency_key_missing", "The header Idempotency-Key is missing.")
	}
	if len(value) > 128 || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", malformed("idempotency_key_malformed", "An Idempotency-Key must be 1 to 128 visible ASCII characters.")
	}
	return value, nil
}
