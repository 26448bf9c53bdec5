package canon

import "strings"

// What Safe Browsing looks up: the host and its suffixes of two to seven
// labels, the path with and without query, and its first four directories.
const (
	expressionLabels      = 7
	expressionDirectories = 4
)

// Expressions returns the Safe Browsing expressions of a canonical link (host,
// path, query; no scheme): each suffix of the host with each prefix of the
// path, at most 42, the link itself first. An IP address has no suffixes. A
// value without a path is taken for one with the path "/".
func Expressions(link string) []string {
	host, rest, _ := strings.Cut(link, "/")
	path, _, queried := strings.Cut("/"+rest, "?")
	paths := make([]string, 0, expressionDirectories+2)
	if queried {
		paths = append(paths, "/"+rest)
	}
	paths = append(paths, path)
	paths = append(paths, directories(path)...)
	hosts := suffixes(host)
	out := make([]string, 0, len(hosts)*len(paths))
	for _, h := range hosts {
		for _, p := range paths {
			out = append(out, h+p)
		}
	}
	return out
}

// directories returns the first directories of path, the longest first,
// without path itself.
func directories(path string) []string {
	var out []string
	for i := 0; i < len(path) && len(out) < expressionDirectories; i++ {
		if path[i] == '/' && i+1 < len(path) {
			out = append(out, path[:i+1])
		}
	}
	for i, k := 0, len(out)-1; i < k; i, k = i+1, k-1 {
		out[i], out[k] = out[k], out[i]
	}
	return out
}

// suffixes returns host and its suffixes of at most seven and at least two labels.
func suffixes(host string) []string {
	out := []string{host}
	if isAddress(host) {
		return out
	}
	for labels := strings.Count(host, "."); labels >= 2; labels-- {
		_, host, _ = strings.Cut(host, ".")
		if labels <= expressionLabels {
			out = append(out, host)
		}
	}
	return out
}
