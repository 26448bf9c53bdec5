package link

import (
	"strings"

	"example.org/tocsin/canon/text"
)

// seriesKeyCap is more than the bytes of any series key.
const seriesKeyCap = 160

// AppendSeriesKey appends to dst the key that a canonical link shares with
// others of one series: the same page put up on one throw-away domain after
// another ("parcel.com-x1.example/us/", "parcel.com-q7.example/us"). The key is
// the first label of the host without what changes in it, and the skeleton of
// the path: letter case, numbers and identifiers gone, the query left out. An
// IP address stands for any other, since honest pages have names.
//
// It returns ok = false where that says too little, and so would join people
// who have nothing to do with each other: no path or one that every site has, a
// label that every site has, a registered name itself, a host whose users share
// its names. A path alone is never a key: scammers copy the paths of those they
// imitate. TestSeriesJoinsScamsAndNothingElse measures it. It takes no memory
// if dst has room for 160 bytes.
func AppendSeriesKey(dst []byte, value string) (key []byte, ok bool) {
	host, path, _ := strings.Cut(value, "/")
	path, _, _ = strings.Cut(path, "?")
	if path == "" {
		return dst, false
	}
	label := "*"
	if !IsIPAddress(host) {
		if label = seriesLabel(host); label == "" {
			return dst, false
		}
	}
	var s seriesKeyBuilder
	for i := range len(label) {
		s.put(label[i])
	}
	s.put('/')
	for path != "" && s.n < len(s.out) {
		var segment string
		segment, path, _ = strings.Cut(path, "/")
		s.addSegment(segment)
	}
	if !s.distinctive || s.letters < 2 || s.n >= len(s.out) || isSubdomainHost(host) || underHub(host) {
		return dst, false
	}
	return append(dst, s.out[:s.n-1]...), true
}

// seriesLabel returns what stays the same in the first label of a host's names,
// or "": there must be a name below the registered one, which is not looked up:
// of a country's domain, a short second label is taken for a part of the
// suffix. That is cheaper than the public suffix list, and right for nearly
// all.
func seriesLabel(host string) string {
	label, parent, _ := strings.Cut(host, ".")
	if label == "www" || label == "m" {
		label, parent, _ = strings.Cut(parent, ".")
	}
	second, tld, ok := strings.Cut(parent, ".")
	if !ok || len(tld) == 2 && len(second) <= 4 {
		return ""
	}
	n := 0
	for n < len(label) && text.IsLetter(label[n]) {
		n++
	}
	switch {
	case n >= 3:
		label = label[:n] // what follows is a number or a hyphen
	case n == 0 || len(label) < 3 || strings.HasPrefix(label, "xn--") || strings.ContainsAny(label, "0123456789_"):
		return ""
	}
	if isCommonLabel(label) {
		return ""
	}
	return label
}

// seriesKeyBuilder is a series key in the making.
type seriesKeyBuilder struct {
	out         [seriesKeyCap]byte // full: the link has no key
	n           int
	letters     int
	distinctive bool // some segment is not found on every site
}

// put appends one byte, if there is room.
func (s *seriesKeyBuilder) put(c byte) {
	if s.n < len(s.out) {
		s.out[s.n] = c
		s.n++
	}
}

// addSegment takes one segment of a path over: in lower case, with 0 for each
// number and for the whole of an identifier. An identifier is six bytes or
// more, a quarter of them digits.
func (s *seriesKeyBuilder) addSegment(segment string) {
	if segment == "" {
		return
	}
	start, letters, digits := s.n, 0, 0
	for i := range min(len(segment), seriesKeyCap) {
		switch c := segment[i]; {
		case text.IsDigit(c):
			digits++
			if s.n == 0 || s.out[s.n-1] != '0' {
				s.put('0')
			}
		case text.IsLetter(c):
			letters++
			s.put(c | 0x20)
		default:
			s.put(c)
		}
	}
	if len(segment) >= 6 && digits*4 >= len(segment) {
		s.n = start
		s.put('0')
	} else {
		s.letters += letters
		s.distinctive = s.distinctive || !isCommonPage(s.out[start:s.n])
	}
	s.put('/')
}

// isCommonPage lists the segments that honest sites share, whatever the ending
// of the file.
func isCommonPage(segment []byte) bool {
	for i, c := range segment {
		if c == '.' && i > 0 {
			segment = segment[:i]
			break
		}
	}
	switch string(segment) {
	case "0", "index", "default", "home", "main", "start", "welcome", "page", "pages", "app", "en", "www", "web", "public", "static",
		"assets", "images", "css", "js", "login", "log-in", "signin", "sign-in", "sign_in", "logon", "logout", "auth", "oauth", "sso",
		"account", "accounts", "user", "users", "profile", "register", "signup", "sign-up", "join", "password", "session", "sessions",
		"dashboard", "admin", "portal", "my", "about", "about-us", "contact", "contact-us", "faq", "faqs", "help", "support", "search",
		"news", "blog", "press", "jobs", "careers", "privacy", "terms", "legal", "security", "hc", "articles", "article", "category",
		"product", "products", "shop", "store", "cart", "checkout", "docs", "wiki", "api", "status", "download", "wp-login", "wp-admin",
		"wp-content", "wp-includes", "wp-json", "phpmyadmin", "cgi-bin", "manager", "owa", "ecp", "remote", "cas", "saml", "robots",
		"sitemap", "favicon", "feed", "rss":
		return true
	}
	return false
}

// isCommonLabel lists the first labels that honest hosts share.
func isCommonLabel(label string) bool {
	switch label {
	case "www", "web", "mobile", "app", "apps", "api", "apis", "cdn", "static", "assets", "img", "image", "images", "media", "video",
		"files", "file", "download", "downloads", "dl", "data", "cloud", "storage", "edge", "host", "server", "site", "sites", "page",
		"pages", "home", "main", "start", "portal", "gateway", "mail", "email", "webmail", "smtp", "imap", "exchange", "owa",
		"autodiscover", "outlook", "remote", "vpn", "citrix", "rdp", "ftp", "sftp", "dns", "login", "signin", "auth", "sso", "idp", "adfs",
		"oauth", "identity", "passport", "account", "accounts", "user", "users", "member", "members", "profile", "secure", "security",
		"ssl", "online", "internet", "ebanking", "banking", "bank", "pay", "payment", "payments", "billing", "invoice", "checkout",
		"wallet", "shop", "store", "order", "orders", "cart", "customer", "customers", "client", "clients", "partner", "partners",
		"business", "corporate", "service", "services", "help", "helpdesk", "support", "docs", "doc", "documentation", "wiki", "knowledge",
		"community", "forum", "forums", "faq", "learn", "learning", "academy", "training", "education", "student", "students", "campus",
		"library", "blog", "news", "info", "press", "about", "contact", "careers", "jobs", "events", "investors", "investor", "legal",
		"privacy", "status", "dev", "developer", "developers", "test", "testing", "stage", "staging", "demo", "beta", "sandbox", "preview",
		"prod", "production", "internal", "admin", "console", "panel", "dashboard", "manage", "management", "config", "update", "updates",
		"search", "maps", "map", "ads", "track", "tracking", "analytics", "stats", "metrics", "tag", "tags", "link", "links", "click",
		"redirect", "get", "go", "open", "play", "live", "chat", "meet", "teams", "survey", "forms", "form", "feedback", "global", "world",
		"europe", "asia", "america", "usa", "eng", "new", "old", "the", "git", "gitlab", "github", "jira", "confluence", "jenkins",
		"grafana", "nextcloud", "owncloud", "moodle", "canvas", "blackboard", "zabbix", "cpanel", "plesk", "webdisk", "phpmyadmin",
		"wordpress", "crm", "erp", "intranet", "extranet", "citizen", "city", "county", "office":
		return true
	}
	return false
}
