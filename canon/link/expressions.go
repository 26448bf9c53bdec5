package link

import "strings"

// What Safe Browsing looks up (v4, "Suffix/prefix expressions"): the host and its
// suffixes of two to seven labels, the path with and without query, and its
// first four directories.
const (
	maxExpressionLabels = 7
	maxExpressionDirs   = 4
)

// Parts are the pieces of a canonical link that its expressions are made of:
// parts of the value itself, so that taking it apart costs no memory
// (TestScanTakesNoMemory). Each host with each path is one expression.
type Parts struct {
	hosts  [maxExpressionLabels]string
	paths  [maxExpressionDirs + 2]string
	nHosts int
	nPaths int
}

// Hosts returns the host and its suffixes, the longest first. The value of a
// link begins with the first; an IP address has no others.
func (p *Parts) Hosts() []string { return p.hosts[:p.nHosts] }

// Paths returns the path with its query, the path without, and its first
// directories, the longest first.
func (p *Parts) Paths() []string { return p.paths[:p.nPaths] }

// Split takes a canonical link (host, path, query; no scheme) apart. A value
// without a path is taken for one with the path "/".
func Split(link string) (p Parts) {
	slash := strings.IndexByte(link, '/')
	if slash < 0 {
		p.addHosts(link)
		p.addPath("/")
		return p
	}
	p.addHosts(link[:slash])
	path := link[slash:]
	if query := strings.IndexByte(path, '?'); query >= 0 {
		p.addPath(path)
		path = path[:query]
	}
	p.addPath(path)
	p.addDirectories(path)
	return p
}

// addPath adds one path. There is room for all that Split adds.
func (p *Parts) addPath(path string) {
	p.paths[p.nPaths] = path
	p.nPaths++
}

// addDirectories adds the first directories of path, the longest first, without
// path itself.
func (p *Parts) addDirectories(path string) {
	var ends [maxExpressionDirs]int
	n := 0
	for i := 0; i+1 < len(path) && n < len(ends); i++ {
		if path[i] == '/' {
			ends[n] = i + 1
			n++
		}
	}
	for n--; n >= 0; n-- {
		p.addPath(path[:ends[n]])
	}
}

// addHosts adds host and its suffixes of at most seven and at least two labels.
func (p *Parts) addHosts(host string) {
	p.hosts[0], p.nHosts = host, 1
	if IsIPAddress(host) {
		return
	}
	for labels := strings.Count(host, "."); labels >= 2; labels-- {
		_, host, _ = strings.Cut(host, ".")
		if labels <= maxExpressionLabels {
			p.hosts[p.nHosts] = host
			p.nHosts++
		}
	}
}

// Expressions returns the Safe Browsing expressions of a canonical link: each
// suffix of the host with each prefix of the path, at most 42, the link itself
// first. They are parts of one string, so that it takes two allocations
// whatever their number.
func Expressions(link string) []string {
	p := Split(link)
	bytes := 0
	for _, h := range p.Hosts() {
		for _, path := range p.Paths() {
			bytes += len(h) + len(path)
		}
	}
	var all strings.Builder
	all.Grow(bytes)
	out := make([]string, 0, p.nHosts*p.nPaths)
	for _, h := range p.Hosts() {
		for _, path := range p.Paths() {
			start := all.Len()
			all.WriteString(h)
			all.WriteString(path)
			out = append(out, all.String()[start:])
		}
	}
	return out
}
