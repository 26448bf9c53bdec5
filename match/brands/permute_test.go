package brands

import "strings"

// permutations returns what somebody might register to be taken for a domain, by
// the kinds that the documentation of dnstwist names.
func permutations(domain string) map[string][]string {
	label, suffix, _ := strings.Cut(domain, ".")
	out := map[string][]string{}
	add := func(kind, host string) { out[kind] = append(out[kind], host) }
	for i := range len(label) {
		before, c, after := label[:i], label[i], label[i+1:]
		add("omission", before+after+"."+suffix)
		add("repetition", before+string(c)+string(c)+after+"."+suffix)
		for bit := range 8 {
			if f := c ^ 1<<bit; 'a' <= f && f <= 'z' || isDigit(f) {
				add("bitsquatting", before+string(f)+after+"."+suffix)
			}
		}
		for _, key := range neighbours(c) {
			add("replacement", before+string(key)+after+"."+suffix)
			add("insertion", before+string(key)+string(c)+after+"."+suffix)
			add("insertion", before+string(c)+string(key)+after+"."+suffix)
		}
		for glyph := range strings.FieldsSeq(glyphs(c)) {
			add("homoglyph", before+glyph+after+"."+suffix)
			for j := range len(after) {
				for second := range strings.FieldsSeq(glyphs(after[j])) {
					add("homoglyph", before+glyph+after[:j]+second+after[j+1:]+"."+suffix)
				}
			}
		}
		if strings.IndexByte("aeiou", c) >= 0 {
			for _, v := range "aeiou" {
				if byte(v) != c {
					add("vowel-swap", before+string(v)+after+"."+suffix)
				}
			}
		}
		if i == 0 {
			continue
		}
		add("hyphenation", before+"-"+label[i:]+"."+suffix)
		add("subdomain", before+"."+label[i:]+"."+suffix)
		if c != label[i-1] {
			add("transposition", label[:i-1]+string(c)+string(label[i-1])+after+"."+suffix)
		}
	}
	for c := byte('a'); c <= 'z'; c++ {
		add("addition", label+string(c)+"."+suffix)
	}
	for _, word := range strings.Fields("login secure verify account pay support update online service auth") {
		for _, joint := range []string{"", "-"} {
			add("dictionary", label+joint+word+"."+suffix)
			add("dictionary", word+joint+label+"."+suffix)
		}
	}
	for _, other := range strings.Fields("top xyz net org info shop de co.uk com") {
		if other != suffix {
			add("tld-swap", label+"."+other)
		}
	}
	return out
}

// neighbours returns the keys beside one on a keyboard.
func neighbours(c byte) string {
	for _, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890"} {
		if i := strings.IndexByte(row, c); i >= 0 {
			return row[max(0, i-1):i] + row[i+1:min(len(row), i+2)]
		}
	}
	return ""
}

// glyphs returns what passes for a letter, spaces between.
func glyphs(c byte) string {
	const table = "aàáâãäåāɑа bḃƀɓв cçćċс dďđɗ eéèêëēėе fḟƒ gĝğġɡɢ hĥħһ iíìîïıl1 jĵј kķĸκ " +
		"lĺļł1i mṁɱ nńñņŋ oòóôõöøо0 pṗρр qɋ rŕřɾ sśşšѕ tťţŧ uùúûüū vṽν wŵẁ xẋх yýÿу zźżž "
	var out []string
	for group := range strings.FieldsSeq(table) {
		if group[0] != c {
			continue
		}
		for _, r := range group[1:] {
			out = append(out, string(r))
		}
	}
	switch c {
	case 'm':
		out = append(out, "rn", "nn")
	case 'w':
		out = append(out, "vv")
	case 'd':
		out = append(out, "cl")
	}
	return strings.Join(out, " ")
}
