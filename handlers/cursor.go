package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"example.org/tocsin/models"
)

const cursorMACSize = 16 // bytes of HMAC-SHA-256 in a cursor

// CursorSigner makes and checks the cursors by which a list is continued. They are
// opaque and signed, so that nobody builds one and none is good for another list or caller.
type CursorSigner struct{ Secret []byte }

// sign returns the cursor for what a list's next page starts after; "" for "".
func (c CursorSigner) sign(list, after string) string {
	if after == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(c.mac(list, after), after...))
}

// verify returns what the page starts after; "" for the empty cursor.
func (c CursorSigner) verify(list, cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) <= cursorMACSize || !hmac.Equal(b[:cursorMACSize], c.mac(list, string(b[cursorMACSize:]))) {
		return "", models.NewInvalid("/cursor", "cursor_unknown", "The cursor is not one that this list gave out. Start again without a cursor.")
	}
	return string(b[cursorMACSize:]), nil
}

func (c CursorSigner) mac(list, after string) []byte {
	mac := hmac.New(sha256.New, c.Secret)
	mac.Write([]byte("cursor"))
	mac.Write([]byte{0})
	mac.Write([]byte(list))
	mac.Write([]byte{0})
	mac.Write([]byte(after))
	return mac.Sum(nil)[:cursorMACSize]
}

// page cuts a list, read with one more than the limit, and says whether it goes on.
func page[T any](found []T, limit int) (cut []T, more bool) {
	if len(found) > limit {
		return found[:limit], true
	}
	return found, false
}
