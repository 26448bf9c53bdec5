package link

import (
	"strings"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// canonicalEmail returns the canonical form of an address that somebody typed or pasted; see parseEmail.
func Email(raw string) (string, error) {
	if err := text.CheckInput(models.Email, raw, text.MaxValueBytes); err != nil {
		return "", err
	}
	return ParseEmail(raw)
}

// parseEmail returns local@host in lower case: mail systems that tell M from m in
// the local part do not occur among scammers. Quoted local parts are refused.
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
		return "", models.NewInvalid("", "email_malformed", "An e-mail address is written name@evil.example.")
	}
	return strings.ToLower(local) + "@" + host, nil
}

// isLocalPart is the dot-atom of RFC 5322, section 3.2.3, with dots anywhere,
// since some carriers hand such addresses out.
func isLocalPart(s string) bool {
	for i := range len(s) {
		if !text.IsAlnum(s[i]) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", rune(s[i])) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// isPlainLocalPart reports whether s is a local part as nearly all are, in lower case.
func isPlainLocalPart(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !text.IsDigit(c) && (!text.IsLetter(c) || c < 'a') && (i == 0 || c != '.' && c != '_' && c != '-' && c != '+') {
			return false
		}
	}
	return len(s) <= 64
}
