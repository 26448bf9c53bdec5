package words

import "example.org/tocsin/canon/text"

const (
	// maxOccurrences is the most strings that are found in one text; room is made
	// for initialOccurrences at first.
	maxOccurrences     = 256
	initialOccurrences = 8
	// comparisonsPerByte is how many comparisons a text may cost for each of its
	// bytes, and minComparisons how many at least. Only many strings that share all
	// their grams could need more; they are then not all found.
	comparisonsPerByte = 8
	minComparisons     = 1024
	// bytesPerComparison is how many bytes of a string count as one comparison.
	bytesPerComparison = 32
)

// occurrence is where an item stands first in a text.
type occurrence struct {
	item       *item
	start, end int // bytes of the text, the last not included
}

// phraseIndex finds all of its strings in a text. They are grouped by length; each
// group is a pass over the text, which takes place only if there are such strings.
// The first is for nearly all; the second for two Chinese characters, the third for
// a short word; the last for what canon/words refuses, so that nothing that was
// added is passed over.
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

// find returns the strings that stand in text, which is normalised, each where it
// stands first. A phrase or member counts only if no word goes on beside it.
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

// phraseSearch is the search of one text.
type phraseSearch struct {
	text        string
	budget      int // how many more comparisons it may cost
	occurrences []occurrence
}

// scan finds the strings of one table, two grams at a time so that two loads of the
// filter are under way at once. Fields are copied to locals to stay in registers.
func (s *phraseSearch) scan(l *gramTable) {
	message, filter, key, mask, drop, step := s.text, l.filter, l.key, l.mask, l.filterShift&63, l.stride
	i := 0
	for ; i+step+8 <= len(message); i += 2 * step {
		a, b := (text.LoadUint64(message, i)&mask)*key, (text.LoadUint64(message, i+step)&mask)*key
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
	for ; i < len(message); i += step {
		if h := l.hash(loadPadded(message, i)); ^filter[h>>(drop&63)].Load()&bloomBits(h) == 0 {
			s.verify(l, h, i)
		}
	}
}

// verify finds the strings whose gram has this hash and stands at this byte of the text.
func (s *phraseSearch) verify(l *gramTable, h uint64, at int) {
	_, link := l.slot(h)
	for link != 0 && len(s.occurrences) < maxOccurrences && s.budget >= 0 {
		it, p := &l.items[(link-1)/2], int((link-1)%2)
		link = it.next[p]
		start := at - p - int(it.gramOffset)
		end := start + len(it.value)
		s.budget -= 1 + len(it.value)/bytesPerComparison
		if start < 0 || end > len(s.text) || len(it.value) >= 8 && text.LoadUint64(s.text, start+it.checkOffset()) != it.check {
			continue
		}
		if s.text[start:end] == it.value {
			s.addOccurrence(occurrence{it, start, end})
		}
	}
}

// addOccurrence keeps an occurrence unless the item was found before or, but for a
// literal, a word goes on beside it. Going through those found before counts as work too.
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
