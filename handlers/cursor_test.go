package handlers

import (
	"strings"
	"testing"
)

func TestSignerVerifiesOnlyItsOwnCursors(t *testing.T) {
	signer := CursorSigner{Secret: []byte("0123456789abcdef")}
	signed := signer.sign("signatures", "sig_abc")
	if strings.Contains(signed, "sig_abc") {
		t.Errorf("the cursor %q is not opaque", signed)
	}
	for _, tt := range []struct {
		name, list, cursor, want string
		ok                       bool
	}{
		{"its own", "signatures", signed, "sig_abc", true},
		{"none", "signatures", "", "", true},
		{"another list's", "warnings dev_1", signed, "", false},
		{"cut short", "signatures", signed[:len(signed)-2], "", false},
		{"nothing but a sum", "signatures", signed[:21], "", false},
		{"altered", "signatures", "A" + signed[1:], "", false},
		{"no base64", "signatures", "!!", "", false},
		{"another server's", "signatures", CursorSigner{Secret: []byte("x")}.sign("signatures", "sig_abc"), "", false},
	} {
		got, err := signer.verify(tt.list, tt.cursor)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%s: got %q, %v; want %q, ok %v", tt.name, got, err, tt.want, tt.ok)
		}
	}
	if got := signer.sign("signatures", ""); got != "" {
		t.Errorf("the end of a list has the cursor %q", got)
	}
}

func FuzzCursor(f *testing.F) {
	signer := CursorSigner{Secret: []byte("k")}
	f.Add(signer.sign("l", "a"))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		after, err := signer.verify("l", cursor)
		if err == nil && after != "" && signer.sign("l", after)[:21] != cursor[:21] {
			t.Errorf("%q was verified as %q, whose cursor differs", cursor, after)
		}
	})
}
