package canon

import "strings"

// refang turns a link that somebody has made harmless back into a link:
// hxxps://evil[.]example. Only a link whose scheme or host is written so is
// touched, so that brackets in the path of another one stay.
func refang(s string) string {
	head, rest, ok := strings.Cut(s, "://")
	if !ok {
		if head, rest, ok = strings.Cut(s, "[:]//"); !ok {
			head, rest = "", s
		}
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	lower := strings.ToLower(head)
	broken := strings.HasPrefix(lower, "hxxp") || lower == "fxp"
	if !broken && !strings.ContainsAny(host, "[({") {
		return s
	}
	if strings.HasPrefix(host, "[") && !strings.HasPrefix(host, "[.") { // an IPv6 address
		return s
	}
	rest = dots().Replace(rest)
	if !ok {
		return rest
	}
	switch lower {
	case "hxxp":
		head = "http"
	case "hxxps":
		head = "https"
	case "fxp":
		head = "ftp"
	}
	return head + "://" + rest
}

func dots() *strings.Replacer {
	return strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "{dot}", ".", "[DOT]", ".", "(DOT)", ".",
		"[@]", "@", "[at]", "@", "(at)", "@", "[:]", ":", "[/]", "/")
}
