package match

import (
	"sync"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// mostSets is the most phrase sets that are considered in one text.
const mostSets = 1024

// set is one phrase set.
type set struct {
	value string
	all   []uint32 // the numbers of the phrases that must be there
	none  []string // the phrases that must not
}

// sets are the phrase sets. Each is listed under one member that must be there, and
// considered only where that was found: the one in the fewest sets when it came, so a word that most sets
// hold costs nothing. What must not be there is looked for last and directly.
type sets struct {
	mu      sync.RWMutex
	numbers map[string]uint32 // of members
	held    []int             // how many sets hold the member of that number
	keyed   [][]*set          // the sets listed under it
	size    int64             // bytes of all sets
}

func (s *sets) init() { s.numbers = map[string]uint32{} }

// add takes in a set that is not there yet, and adds its new members to phrases.
func (s *sets) add(value string, p *phrases) {
	parsed, err := canon.ParsePhraseSet(value)
	if err != nil {
		return
	}
	for _, member := range s.put(value, parsed) {
		p.add(member, asMember, s.numbers[member])
	}
}

// put returns the members that are new.
func (s *sets) put(value string, parsed canon.PhraseSet) (fresh []string) {
	const setSize, memberSize = 24 + 24 + 24 + 16, 48 + 8 + 24
	s.mu.Lock()
	defer s.mu.Unlock()
	added := &set{value: value, none: parsed.None}
	rarest := uint32(0)
	for i, member := range parsed.All {
		n, ok := s.numbers[member]
		if !ok {
			n = uint32(len(s.held)) //nolint:gosec // members are fewer than 2^31
			s.numbers[member] = n
			s.held, s.keyed = append(s.held, 0), append(s.keyed, nil)
			fresh = append(fresh, member)
		}
		if i == 0 || s.held[n] < s.held[rarest] {
			rarest = n
		}
		s.held[n]++
		added.all = append(added.all, n)
	}
	s.keyed[rarest] = append(s.keyed[rarest], added)
	s.size += setSize + 4*int64(len(added.all)) + 16*int64(len(added.none)) + memberSize*int64(len(fresh))
	return fresh
}

// in appends the places of sets in text, given what was found there.
func (s *sets) in(text string, finds []find, dst []place) []place {
	locked, left := false, mostSets
	for _, f := range finds {
		if f.item.role != asMember {
			continue
		}
		if !locked {
			s.mu.RLock()
			defer s.mu.RUnlock()
			locked = true
		}
		for _, c := range s.keyed[f.item.ref] {
			if left--; left < 0 {
				return dst
			}
			if p, ok := c.in(text, finds); ok {
				dst = append(dst, p)
			}
		}
	}
	return dst
}

// in returns the place of one set: from the first of its members to the last.
func (s *set) in(text string, finds []find) (place, bool) {
	p := place{rule: models.PhraseSet, value: s.value, start: len(text)}
	for _, n := range s.all {
		f, ok := member(finds, n)
		if !ok {
			return place{}, false
		}
		p.start, p.end = min(p.start, f.start), max(p.end, f.end)
	}
	for _, phrase := range s.none {
		if canon.IndexPhrase(text, phrase) >= 0 {
			return place{}, false
		}
	}
	return p, true
}

func member(finds []find, number uint32) (find, bool) {
	for _, f := range finds {
		if f.item.role == asMember && f.item.ref == number {
			return f, true
		}
	}
	return find{}, false
}

func (s *sets) bytes() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.size
}
