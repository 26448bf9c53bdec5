package words

import (
	"sync"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/canon/words"
	"example.org/tocsin/models"
)

// maxSets is the most phrase sets that are considered in one text.
const maxSets = 1024

// phraseSet is one phrase set.
type phraseSet struct {
	value    string
	required []uint32 // the numbers of the phrases that must be there
	excluded []string // the phrases that must not
}

// phraseSets are the phrase sets. Each is indexed under one member that must be
// there, and considered only where that was found: the one in the fewest sets when
// it came, so a word that most sets share costs nothing. What must not be there is
// looked for last and directly.
type phraseSets struct {
	mu        sync.RWMutex
	ids       map[string]uint32 // numbers of members; writer only
	setCounts []int             // how many sets have the member of that number; writer only
	byMember  [][]*phraseSet    // the sets indexed under it
	size      int64             // bytes of all sets
}

func (s *phraseSets) init() { s.ids = map[string]uint32{} }

// add takes in a set that is not there yet. Its new members are added to p after the
// set is in place, and outside the lock, so that a search never finds a member that
// leads nowhere.
func (s *phraseSets) add(value string, p *phraseIndex) {
	parsed, err := words.ParsePhraseSet(value)
	if err != nil {
		return
	}
	for _, member := range s.insert(value, parsed) {
		p.add(member, roleMember, s.ids[member])
	}
}

// insert takes in a set and returns the members that are new.
func (s *phraseSets) insert(value string, parsed words.PhraseSet) (fresh []string) {
	const setSize, memberSize = 24 + 24 + 24 + 16, 48 + 8 + 24 // bytes, those of maps and slices included
	s.mu.Lock()
	defer s.mu.Unlock()
	added := &phraseSet{value: value, excluded: parsed.None}
	rarest := uint32(0)
	for i, member := range parsed.All {
		n, ok := s.ids[member]
		if !ok {
			n = uint32(len(s.setCounts)) //nolint:gosec // members are fewer than 2^31
			s.ids[member] = n
			s.setCounts, s.byMember = append(s.setCounts, 0), append(s.byMember, nil)
			fresh = append(fresh, member)
		}
		if i == 0 || s.setCounts[n] < s.setCounts[rarest] {
			rarest = n
		}
		s.setCounts[n]++
		added.required = append(added.required, n)
	}
	s.byMember[rarest] = append(s.byMember[rarest], added)
	s.size += setSize + 4*int64(len(added.required)) + 16*int64(len(added.excluded)) + memberSize*int64(len(fresh))
	return fresh
}

// appendMatches appends the sets that match a message, given what was found there.
// The lock is taken only if there is a member among it.
func (s *phraseSets) appendMatches(dst []Match, message string, occurrences []occurrence) []Match {
	locked, remaining := false, maxSets
	for _, f := range occurrences {
		if f.item.role != roleMember {
			continue
		}
		if !locked {
			s.mu.RLock()
			defer s.mu.RUnlock()
			locked = true
		}
		for _, c := range s.byMember[f.item.ref] {
			if remaining--; remaining < 0 {
				return dst
			}
			if p, ok := c.match(message, occurrences); ok {
				dst = append(dst, p)
			}
		}
	}
	return dst
}

// match returns where a set stands: from the first of its members to the last. It
// reports false if a member is missing, or an excluded phrase is there.
func (s *phraseSet) match(message string, occurrences []occurrence) (Match, bool) {
	p := Match{Rule: models.PhraseSet, Value: s.value, Start: len(message)}
	for _, n := range s.required {
		f, ok := findMember(occurrences, n)
		if !ok {
			return Match{}, false
		}
		p.Start, p.End = min(p.Start, f.start), max(p.End, f.end)
	}
	for _, phrase := range s.excluded {
		if text.IndexPhrase(message, phrase) >= 0 {
			return Match{}, false
		}
	}
	return p, true
}

// findMember returns where the member of that number was found. A text has so few
// occurrences that a scan beats a map.
func findMember(occurrences []occurrence, number uint32) (occurrence, bool) {
	for _, f := range occurrences {
		if f.item.role == roleMember && f.item.ref == number {
			return f, true
		}
	}
	return occurrence{}, false
}

func (s *phraseSets) bytes() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.size
}
