package words

import "example.org/tocsin/canon/text"

const (
	// mostFinds is the most strings that are found in one text.
	maxOccurrences     = 256
	initialOccurrences = 8
	// workPerByte is how many comparisons a text may cost for each of its bytes, and
	// leastWork how many at least. Only many strings that share all their grams
	// could need more; they are then not all found.
	comparisonsPerByte = 8
	minComparisons     = 1024
	// compared is how many bytes of a string count as one comparison.
	bytesPerComparison = 32
)

// find is where an item stands first in a text.
type occurrence struct {
	item       *item
	start, end int
}

// phrases finds all strings of a list in a text. They are listed by length: each
// list is a pass over the text, which takes place only if there are such strings. The
// first is for nearly all; the second for two Chinese characters, the third for a
// short word; the last for what canon refuses, so that nothing that is listed is passed over.
type phraseIndex struct {
	byLength [4]gramIndex
}

func (p *phraseIndex) init() {
	p.byLength = [...]gramIndex{newGramIndex(8, 2), newGramIndex(5, 2), newGramIndex(4, 1), newGramIndex(1, 1)}
}

// add takes in a string that is not there yet in its role.
func (p *phraseIndex) add(value string, as role, ref uint32) {
	for i := range p.byLength {
		if g := &p.byLength[i]; len(value) >= g.size+g.stride-1 {
			g.add(item{value: value, role: as, ref: ref})
			return
		}
	}
}

// in returns the strings that stand in text, which is normalised, each where it stands first.
func (p *phraseIndex) find(text string) []occurrence {
	s := phraseSearch{text: text, budget: minComparisons + comparisonsPerByte*len(text)}
	for i := range p.byLength {
		if l := p.byLength[i].table.Load(); l != nil {
			s.scan(l)
		}
	}
	return s.occurrences
}

func (p *phraseIndex) empty() bool {
	for i := range p.byLength {
		if p.byLength[i].table.Load() != nil {
			return false
		}
	}
	return true
}

func (p *phraseIndex) bytes() (n int64) {
	for i := range p.byLength {
		n += p.byLength[i].bytes()
	}
	return n
}

// search is the search of one text.
type phraseSearch struct {
	text        string
	budget      int // how many more comparisons it may cost
	occurrences []occurrence
}

// pass finds the strings of one listing, two grams at a time.
func (s *phraseSearch) scan(l *gramTable) {
	text, filter, key, mask, drop, step := s.text, l.filter, l.key, l.mask, l.filterShift&63, l.stride
	i := 0
	for ; i+step+8 <= len(text); i += 2 * step {
		a, b := (loadUint64(text, i)&mask)*key, (loadUint64(text, i+step)&mask)*key
		missA := ^filter[a>>drop].Load() & bloomBits(a)
		missB := ^filter[b>>drop].Load() & bloomBits(b)
		if missA != 0 && missB != 0 {
			continue
		}
		if missA == 0 {
			s.verify(l, a, i)
		}
		if missB == 0 {
			s.verify(l, b, i+step)
		}
		if s.budget < 0 {
			return
		}
	}
	for ; i < len(text); i += step {
		if h := l.hash(loadUint64Padded(text, i)); ^filter[h>>(drop&63)].Load()&bloomBits(h) == 0 {
			s.verify(l, h, i)
		}
	}
}

// at finds the strings whose gram has this hash and stands at this byte of the text.
func (s *phraseSearch) verify(l *gramTable, h uint64, at int) {
	_, link := l.slot(h)
	for link != 0 && len(s.occurrences) < maxOccurrences && s.budget >= 0 {
		it, p := &l.items[(link-1)/2], int((link-1)%2)
		link = it.next[p]
		start := at - p - int(it.gramOffset)
		end := start + len(it.value)
		s.budget -= 1 + len(it.value)/bytesPerComparison
		if start < 0 || end > len(s.text) || len(it.value) >= 8 && loadUint64(s.text, start+it.checkOffset()) != it.check {
			continue
		}
		if s.text[start:end] == it.value {
			s.addOccurrence(occurrence{it, start, end})
		}
	}
}

// found keeps a find unless a word goes on beside it or the item was found before.
func (s *phraseSearch) addOccurrence(f occurrence) {
	s.budget -= len(s.occurrences) / bytesPerComparison
	for i := range s.occurrences {
		if s.occurrences[i].item == f.item {
			return
		}
	}
	if f.item.role != roleLiteral && (!text.IsWordBoundary(s.text, f.start) || !text.IsWordBoundary(s.text, f.end)) {
		return
	}
	if s.occurrences == nil {
		s.occurrences = make([]occurrence, 0, initialOccurrences)
	}
	s.occurrences = append(s.occurrences, f)
}
