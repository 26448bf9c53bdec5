package canon

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// Handle returns platform:name in lower case, without an @. The platform is
// written in front ("telegram:@Evil_Name"), or the value is a link to a profile
// ("https://t.me/evil_name").
//
// Raw must have been checked by text.CheckInput. The error has the code
// handle_malformed.
func Handle(raw string) (string, error) {
	bad := models.NewInvalid("", "handle_malformed",
		"A handle is written platform:name, such as telegram:evil_name, or is a link to a profile.")
	s := strings.TrimSpace(norm.NFKC.String(strings.Map(text.Visible, raw)))
	if platform, name, ok := ParseProfileLink(s); ok {
		return canonicalHandle(platform, name, bad)
	}
	platform, name, ok := strings.Cut(s, ":")
	if !ok {
		return "", bad
	}
	return canonicalHandle(platform, name, bad)
}

// canonicalHandle joins a platform of 2 to 20 letters and a name; bad is the
// error if one is none.
func canonicalHandle(platform, name string, bad error) (string, error) {
	platform = strings.ToLower(text.StripSeparators(platform, ""))
	name = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "@"))
	if len(platform) < 2 || len(platform) > 20 || !text.IsUpperAlpha(strings.ToUpper(platform)) || !isHandleName(name) {
		return "", bad
	}
	return canonicalPlatform(platform) + ":" + name, nil
}

// canonicalPlatform gives platforms that have several names one. Others stay:
// any word may be a platform.
func canonicalPlatform(s string) string {
	switch s {
	case "tg", "tme":
		return "telegram"
	case "wa":
		return "whatsapp"
	case "ig", "insta":
		return "instagram"
	case "fb":
		return "facebook"
	case "twitter":
		return "x"
	case "weixin":
		return "wechat"
	}
	return s
}

// isHandleName reports whether s, in lower case, can be a name: letters and
// digits, and dots, underscores and dashes between them.
func isHandleName(s string) bool {
	hasAlnum := false
	for i := range len(s) {
		if !text.IsAlnum(s[i]) && s[i] != '.' && s[i] != '_' && s[i] != '-' {
			return false
		}
		hasAlnum = hasAlnum || text.IsAlnum(s[i])
	}
	return hasAlnum && len(s) >= 2 && len(s) <= 64
}

// ParseProfileLink returns the platform and the name that a link to a profile
// stands for, the name as it is written. It is false for paths that are no
// profile ("t.me/joinchat/...", "x.com/home"): these are links and nothing
// else.
func ParseProfileLink(s string) (platform, name string, ok bool) {
	value, err := link.ParseValue(s)
	if err != nil {
		return "", "", false
	}
	host, path, _ := strings.Cut(value, "/")
	platform = PlatformOfHost(strings.TrimPrefix(strings.TrimPrefix(host, "www."), "m."))
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimSuffix(path, "/")
	if platform == "tiktok" {
		if !strings.HasPrefix(path, "@") {
			return "", "", false
		}
		path = path[1:]
	}
	if platform == "" || path == "" || strings.Contains(path, "/") || isReservedPath(path) {
		return "", "", false
	}
	return platform, path, true
}

// PlatformOfHost returns the platform whose profiles are links to host, a
// canonical host without "www." and "m."; empty if it is none's.
func PlatformOfHost(host string) string {
	switch host {
	case "t.me", "telegram.me":
		return "telegram"
	case "wa.me":
		return "whatsapp"
	case "instagram.com":
		return "instagram"
	case "facebook.com":
		return "facebook"
	case "x.com", "twitter.com":
		return "x"
	case "tiktok.com":
		return "tiktok"
	}
	return ""
}

// isReservedPath lists paths that platforms keep for themselves, so that they
// are nobody's name.
func isReservedPath(path string) bool {
	switch strings.ToLower(path) {
	case "home", "login", "search", "share", "explore", "joinchat", "s", "c", "p", "reel", "watch", "groups", "pages", "profile.php",
		"help", "about", "settings":
		return true
	}
	return strings.HasPrefix(path, "+") // an invitation to a group
}
