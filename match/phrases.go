package match

import "example.org/tocsin/canon"

const (
	// mostFinds is the most strings that are found in one text.
	mostFinds  = 256
	usualFinds = 8
	// workPerByte is how many comparisons a text may cost for each of its bytes, and
	// leastWork how many at least. Only many strings that share all their grams
	// could need more; they are then not all found.
	workPerByte = 8
	leastWork   = 1024
	// compared is how many bytes of a string count as one comparison.
	compared = 32
)

// find is where an item stands first in a text.
type find struct {
	item       *item
	start, end int
}

// phrases finds all strings of a list in a text. They are listed by length: each
// list is a pass over the text, which takes place only if there are such strings. The
// first is for nearly all; the second for two Chinese characters, the third for a
// short word; the last for what canon refuses, so that nothing that is listed is passed over.
type phrases struct {
	lists [4]grams
}

func (p *phrases) init() {
	p.lists = [...]grams{newGrams(8, 2), newGrams(5, 2), newGrams(4, 1), newGrams(1, 1)}
}

// add takes in a string that is not there yet in its role.
func (p *phrases) add(value string, as role, ref uint32) {
	for i := range p.lists {
		if g := &p.lists[i]; len(value) >= g.size+g.stride-1 {
			g.add(item{value: value, role: as, ref: ref})
			return
		}
	}
}

// in returns the strings that stand in text, which is normalised, each where it stands first.
func (p *phrases) in(text string) []find {
	s := search{text: text, work: leastWork + workPerByte*len(text)}
	for i := range p.lists {
		if l := p.lists[i].now.Load(); l != nil {
			s.pass(l)
		}
	}
	return s.finds
}

func (p *phrases) empty() bool {
	for i := range p.lists {
		if p.lists[i].now.Load() != nil {
			return false
		}
	}
	return true
}

func (p *phrases) bytes() (n int64) {
	for i := range p.lists {
		n += p.lists[i].bytes()
	}
	return n
}

// search is the search of one text.
type search struct {
	text  string
	work  int // how many more comparisons it may cost
	finds []find
}

// pass finds the strings of one listing, two grams at a time.
func (s *search) pass(l *listing) {
	text, filter, key, mask, drop, step := s.text, l.filter, l.key, l.mask, l.drop&63, l.step
	i := 0
	for ; i+step+8 <= len(text); i += 2 * step {
		a, b := (load(text, i)&mask)*key, (load(text, i+step)&mask)*key
		missA := ^filter[a>>drop].Load() & marks(a)
		missB := ^filter[b>>drop].Load() & marks(b)
		if missA != 0 && missB != 0 {
			continue
		}
		if missA == 0 {
			s.at(l, a, i)
		}
		if missB == 0 {
			s.at(l, b, i+step)
		}
		if s.work < 0 {
			return
		}
	}
	for ; i < len(text); i += step {
		if h := l.hash(loadEnd(text, i)); ^filter[h>>(drop&63)].Load()&marks(h) == 0 {
			s.at(l, h, i)
		}
	}
}

// at finds the strings whose gram has this hash and stands at this byte of the text.
func (s *search) at(l *listing, h uint64, at int) {
	_, link := l.slot(h)
	for link != 0 && len(s.finds) < mostFinds && s.work >= 0 {
		it, p := &l.items[(link-1)/2], int((link-1)%2)
		link = it.next[p]
		start := at - p - int(it.after)
		end := start + len(it.value)
		s.work -= 1 + len(it.value)/compared
		if start < 0 || end > len(s.text) || len(it.value) >= 8 && load(s.text, start+it.checked()) != it.check {
			continue
		}
		if s.text[start:end] == it.value {
			s.found(find{it, start, end})
		}
	}
}

// found keeps a find unless a word goes on beside it or the item was found before.
func (s *search) found(f find) {
	s.work -= len(s.finds) / compared
	for i := range s.finds {
		if s.finds[i].item == f.item {
			return
		}
	}
	if f.item.role != asLiteral && (!canon.IsWordBoundary(s.text, f.start) || !canon.IsWordBoundary(s.text, f.end)) {
		return
	}
	if s.finds == nil {
		s.finds = make([]find, 0, usualFinds)
	}
	s.finds = append(s.finds, f)
}
