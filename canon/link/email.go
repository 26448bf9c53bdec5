package link

import (
	"strings"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// Email returns the canonical form of an e-mail address that somebody typed or
// pasted; see ParseEmail. The errors are those of text.CheckInput and
// email_malformed.
func Email(raw string) (string, error) {
	if err := text.CheckInput(models.Email, raw, text.MaxValueBytes); err != nil {
		return "", err
	}
	return ParseEmail(raw)
}

// ParseEmail returns local@host in lower case, of an address as it is pasted:
// also "Name <name@evil.example>", with "mailto:" in front or defanged. It does
// not bound the length of raw; Email does.
//
// RFC 5321 leaves case in the local part to the receiving host, but mail
// systems that tell M from m do not occur among scammers. Quoted local parts
// (RFC 5322, section 3.2.4) are refused.
func ParseEmail(raw string) (string, error) {
	if at := strings.IndexByte(raw, '@'); at > 0 && isPlainLocalPart(raw[:at]) && isPlainName(raw[at+1:]) { // the hot path
		return raw, nil
	}
	s := raw
	if _, after, ok := strings.Cut(s, "<"); ok {
		s, _, _ = strings.Cut(after, ">") // "Name <name@evil.example>"
	}
	s = Refang(trim(s))
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	local, host, ok := strings.Cut(s, "@")
	host, named := HostName(strings.TrimSuffix(host, "."))
	if !ok || !named || !isLocalPart(local) {
		return "", models.NewInvalid("", "email_malformed", "An e-mail address is written like name@evil.example.")
	}
	return strings.ToLower(local) + "@" + host, nil
}

// isLocalPart reports whether s is a dot-atom of RFC 5322, section 3.2.3, of at
// most 64 bytes (RFC 5321, section 4.5.3.1.1), with dots anywhere, since some
// carriers give such addresses to their customers.
func isLocalPart(s string) bool {
	for i := range len(s) {
		if !text.IsAlnum(s[i]) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", rune(s[i])) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// isPlainLocalPart reports whether s is a local part as nearly all are, in
// lower case: the hot path of ParseEmail.
func isPlainLocalPart(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !text.IsDigit(c) && (!text.IsLetter(c) || c < 'a') && (i == 0 || c != '.' && c != '_' && c != '-' && c != '+') {
			return false
		}
	}
	return len(s) <= 64
}
