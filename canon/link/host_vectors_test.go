package link

import (
	"bufio"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

// discrepancies are the cases in which a standard and Tocsin differ, by the
// reason. Each reason has a number that it is expected to have.
type discrepancies map[string][]string

func (c discrepancies) add(class, example string) { c[class] = append(c[class], example) }

func (c discrepancies) check(t *testing.T, name string, agreed, all int, want map[string]int) {
	t.Helper()
	t.Logf("%s: %d of %d agree", name, agreed, all)
	for _, class := range slices.Sorted(maps.Keys(c)) {
		t.Logf("  %d %s, for example %q", len(c[class]), class, c[class][:min(3, len(c[class]))])
		if len(c[class]) > want[class] {
			t.Errorf("%s: %d %s, want at most %d: %q", name, len(c[class]), class, want[class], c[class][:min(20, len(c[class]))])
		}
	}
}

func TestPublicSuffixVectors(t *testing.T) {
	for name, line := range map[string]*regexp.Regexp{
		"test_psl.txt": regexp.MustCompile(`^checkPublicSuffix\('([^']*)', (?:'([^']*)'|(null))\);`),
		"tests.txt":    regexp.MustCompile(`^([^/\s]+) (?:([^n\s]\S*|n[^u\s]\S*)|(null))$`),
	} {
		file := corpus.Open(t, "vectors", "psl", name)
		passed := corpus.PassRate{Name: name}
		for lines := bufio.NewScanner(file); lines.Scan(); {
			m := line.FindStringSubmatch(lines.Text())
			if m == nil || m[1] == "null" {
				continue
			}
			want := ""
			if m[2] != "" {
				want, _ = HostName(m[2])
			}
			got := ""
			if name, ok := HostName(m[1]); ok {
				got = RegistrableDomain(name)
			}
			passed.Count(got == want, strings.Join(m[1:3], " => ")+" got "+got)
		}
		passed.Check(t, 1)
	}
}

type idnaRow struct{ source, ascii, status string }

// readIDNA reads the rows of the UTS 46 test file: source, toASCII without
// transitional processing, and its errors.
func readIDNA(t *testing.T) []idnaRow {
	t.Helper()
	unzipped := corpus.Open(t, "vectors", "idn", "IdnaTestV2.txt.gz")
	var rows []idnaRow
	for lines := bufio.NewScanner(unzipped); lines.Scan(); {
		text, _, _ := strings.Cut(lines.Text(), "#")
		columns := strings.Split(text, ";")
		if len(columns) < 5 {
			continue
		}
		for i := range columns {
			columns[i] = unquoteIDNA(strings.TrimSpace(columns[i]))
		}
		column := func(i, otherwise int) string {
			switch columns[i] {
			case "":
				return columns[otherwise]
			case `""`, "[]":
				return ""
			}
			return columns[i]
		}
		columns[1] = column(1, 0)
		columns[4] = column(4, 2)
		rows = append(rows, idnaRow{column(0, 0), column(3, 1), columns[4]})
	}
	return rows
}

func unquoteIDNA(s string) string {
	return regexp.MustCompile(`\\u[0-9A-F]{4}|\\x\{[0-9A-F]+\}`).ReplaceAllStringFunc(s, func(escape string) string {
		n, _ := strconv.ParseInt(strings.Trim(escape, `\ux{}`), 16, 32)
		return string(rune(n))
	})
}

// The library's tables are of Unicode 15.0 (of 17.0 from Go 1.27 on), the test
// file is of 17.0.
const (
	otherTables   = "other form: mapped anew since Unicode 15.1"
	refusedTables = "refused: disallowed or unassigned in Unicode 15.0"
)

// TestHostNamesAgreeWithUTS46 names each way in which HostName differs from
// the standard's toASCII.
func TestHostNamesAgreeWithUTS46(t *testing.T) {
	agreed, all := 0, 0
	differ := discrepancies{}
	for _, row := range readIDNA(t) {
		all++
		got, ok := HostName(row.source)
		valid := row.status == ""
		switch {
		case ok == valid && (!ok || got == row.ascii):
			agreed++
		case ok && valid:
			differ.add(otherTables, row.source+" "+got+" want "+row.ascii)
		case valid:
			differ.add(whyRefused(row), row.source+" want "+row.ascii)
		default:
			differ.add(whyAccepted(row), row.source+" got "+got+" in spite of "+row.status)
		}
	}
	differ.check(t, "UTS 46", agreed, all, map[string]int{
		otherTables:                     2,  // the capital sharp s
		refusedTables:                   52, // Georgian capitals, the turned F, the palochka, a new ideograph
		"refused: invisible characters": 20, // joiners, which hide what a name is
		"refused: one label":            140,
		"taken: A-labels and ASCII labels are not decoded and checked": 1822, // a name that nobody can register harms nobody
		"taken: directions": 295, // the bidi rule is not applied
		"taken: hyphens":    26,  // real scams have them
	})
}

func whyRefused(row idnaRow) string {
	switch last := row.ascii[strings.LastIndexByte(row.ascii, '.')+1:]; {
	case !strings.Contains(row.ascii, "."):
		return "refused: one label"
	case strings.ContainsFunc(row.source, text.IsInvisible):
		return "refused: invisible characters"
	case text.IsNumeric(last):
		return "refused: the last label is a number"
	case strings.HasPrefix(last, "-") || strings.Contains(last, "_"):
		return "refused: the last label"
	}
	return refusedTables
}

// whyAccepted names the rule of the standard that a name taken breaks: the one
// that matters most.
func whyAccepted(row idnaRow) string {
	switch {
	case text.AllASCII(row.source):
		return "taken: A-labels and ASCII labels are not decoded and checked"
	case strings.Contains(row.status, "C"):
		return "taken: joiners"
	case strings.Contains(row.status, "B"):
		return "taken: directions"
	case strings.Contains(row.status, "U1"):
		return "taken: signs"
	case strings.Contains(row.status, "V2") || strings.Contains(row.status, "V3"):
		return "taken: hyphens"
	case strings.Contains(row.status, "A4"):
		return "taken: lengths"
	}
	return "taken: " + row.status
}

type whatwgCase struct {
	Input    string  `json:"input"`
	Base     *string `json:"base"`
	Protocol string  `json:"protocol"`
	Hostname string  `json:"hostname"`
	Username string  `json:"username"`
	Failure  bool    `json:"failure"`
}

// TestLinksAndTheBrowsersStandard compares hosts with those of the URL standard
// of browsers, from which Safe Browsing's form differs.
func TestLinksAndTheBrowsersStandard(t *testing.T) {
	raw := corpus.Bytes(t, "vectors", "url", "whatwg_urltestdata.json")
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	agreed, all := 0, 0
	differ := discrepancies{}
	for _, item := range list {
		var c whatwgCase
		if json.Unmarshal(item, &c) != nil || c.Base != nil && !c.Failure && !strings.Contains(c.Input, "://") {
			continue // a comment, or a link that is nothing without its base
		}
		all++
		value, err := ParseValue(c.Input)
		switch {
		case err == nil && !c.Failure && Split(value).hosts[0] == strings.TrimSuffix(c.Hostname, "."),
			err != nil && c.Failure:
			agreed++
		case err == nil && !c.Failure:
			differ.add("other host", c.Input+" got "+value+" want "+c.Hostname)
		case err == nil:
			differ.add(whyBrowsersRefuse(c.Input, value), c.Input+" got "+value)
		default:
			differ.add(whyLinksAreRefused(c, models.CodeOf(err)), c.Input)
		}
	}
	differ.check(t, "URL standard", agreed, all, map[string]int{
		"refused: the scheme is not one of the web's": 224,
		"refused: a host of one label":                33, // nothing on the public Internet
		"refused: user or password":                   21, // made to mislead
		"refused: a private address":                  12,
		"refused: invisible characters":               3,
		"refused: a backslash for a slash":            2,
		"refused: fewer than two slashes":             14, // browsers guess them
		"refused: white space or signs in the host":   6,
		"taken: A-labels are not decoded":             6,
		"taken: escapes and mapped signs in the host": 4,
		"taken: a last label of 0x":                   4, // Safe Browsing takes it for a name
		"taken: a name, which was a relative link":    2,
	})
}

func whyBrowsersRefuse(input, value string) string {
	host, _, _ := strings.Cut(value, "/")
	switch {
	case !strings.Contains(input, "://"):
		return "taken: a name, which was a relative link"
	case strings.Contains(strings.ToLower(input), ".xn--"):
		return "taken: A-labels are not decoded"
	case strings.HasPrefix(host[strings.LastIndexByte(host, '.')+1:], "0x"):
		return "taken: a last label of 0x"
	}
	return "taken: escapes and mapped signs in the host"
}

func whyLinksAreRefused(c whatwgCase, code string) string {
	switch {
	case c.Protocol != "http:" && c.Protocol != "https:" && c.Protocol != "ftp:":
		return "refused: the scheme is not one of the web's"
	case code == "url_userinfo":
		return "refused: user or password"
	case code == "url_private_address":
		return "refused: a private address"
	case code == "url_hidden_characters":
		return "refused: invisible characters"
	case strings.Contains(c.Input, `\`):
		return "refused: a backslash for a slash"
	case !strings.Contains(c.Input, "://"):
		return "refused: fewer than two slashes"
	case !strings.Contains(c.Hostname, "."):
		return "refused: a host of one label"
	}
	return "refused: white space or signs in the host"
}
