package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"example.org/tocsin/models"
)

const cursorMACSize = 16 // bytes of HMAC-SHA-256 in a cursor

// CursorSigner makes and checks the cursors by which a list is continued. They
// are opaque and signed, so that no client builds one, and none is good for another
// list or caller (TestSignerVerifiesOnlyItsOwnCursors). All nodes share the secret.
type CursorSigner struct{ Secret []byte }

// sign returns the cursor of the page that begins behind the item after; "" for "".
func (c CursorSigner) sign(list, after string) string {
	if after == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(c.mac(list, after), after...))
}

// verify returns the item behind which the page begins; "" for the empty
// cursor. Any other text than a cursor of this list is models.Invalid.
func (c CursorSigner) verify(list, cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) <= cursorMACSize || !hmac.Equal(b[:cursorMACSize], c.mac(list, string(b[cursorMACSize:]))) {
		return "", models.NewInvalid("/cursor", "cursor_unknown", "The cursor does not belong to this list. Start again without a cursor.")
	}
	return string(b[cursorMACSize:]), nil
}

// mac authenticates both texts. The name of a list holds no NUL, so no other pair of texts has the same bytes.
func (c CursorSigner) mac(list, after string) []byte {
	mac := hmac.New(sha256.New, c.Secret)
	mac.Write([]byte("cursor"))
	mac.Write([]byte{0})
	mac.Write([]byte(list))
	mac.Write([]byte{0})
	mac.Write([]byte(after))
	return mac.Sum(nil)[:cursorMACSize]
}

// page cuts a list that was read with one item more than the limit, and reports whether more follows.
func page[T any](found []T, limit int) (cut []T, more bool) {
	if len(found) > limit {
		return found[:limit], true
	}
	return found, false
}
