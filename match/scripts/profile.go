package scripts

import (
	"math/bits"

	"example.org/tocsin/canon/text"
)

const (
	maxRunes       = 4096 // the most runes of a text that are read
	manyLongGrams  = 40   // a text with so many shares several key grams with each script that it is like
	candidateSlots = 2048 // a power of two
)

// gramProfile is what one text has: its grams, and the scripts with which it shares
// key grams. It is large and used again, so sets of grams are bitmaps that are
// cleared bit by bit.
type gramProfile struct {
	letters     int             // a letter of a dense writing counts as two
	dense       int             // those of letters that are of one
	grams       []uint16        // distinct short grams, by hash
	longGrams   []uint32        // distinct long grams, by hash, in the order of the text
	gramSet     [1 << 10]uint64 // grams as bits, all 16 of the hash
	longGramSet [1 << 10]uint64 // longGrams as bits, 16 of the hash: two may share one

	cursors         []tagCursor // of long grams that are key grams of scripts
	candidateCounts [candidateSlots]candidateCount
	filledSlots     []uint16 // which of candidateCounts are in use
	top             [maxScriptCandidates]uint32
}

// candidateCount is a slot of a hash table from scripts to the key grams that they
// share with the text.
type candidateCount struct {
	script uint32 // its number plus one; 0: empty
	count  uint32
}

// read takes in the grams of a text. Short ones have two runes in writings without
// spaces and in Korean, three in others; long ones are a short one and those before
// it, eight runes or four together. Spaces and placeholders are part of grams and no
// letters.
func (r *gramProfile) read(text string, keys *[4]uint64) {
	p2, p1 := uint64(' '), uint64(' ') // the runes before
	var past [8]uint64                 // the short grams before, a ring buffer
	i := uint(0)
	for _, c := range text {
		if i++; i > maxRunes {
			break
		}
		p0 := uint64(c) //nolint:gosec // not negative
		gram, before := p2<<42|p1<<21|p0, past[(i-3)&7]+bits.RotateLeft64(past[(i-5)&7], 29)
		if c != ' ' && c != '#' && c != '@' {
			r.letters++
		}
		if dense(c) {
			gram, before = p1<<21|p0, past[(i-2)&7]
			r.letters++
			r.dense += 2
		}
		gram = mix(gram^keys[0], keys[1])
		past[i&7] = gram
		r.addGram(uint16(gram)) //nolint:gosec // a part of it
		r.addLongGram(uint32(mix(gram^keys[2], before^keys[3]) >> 32))
		p2, p1 = p1, p0
	}
}

// addGram keeps a short gram once.
func (r *gramProfile) addGram(g uint16) {
	if word, bit := &r.gramSet[g>>6], uint64(1)<<(g&63); *word&bit == 0 {
		*word |= bit
		r.grams = append(r.grams, g)
	}
}

// addLongGram keeps a long gram once. That two share a bit costs one of them.
func (r *gramProfile) addLongGram(m uint32) {
	if word, bit := &r.longGramSet[m>>6&1023], uint64(1)<<(m&63); *word&bit == 0 {
		*word |= bit
		r.longGrams = append(r.longGrams, m)
	}
}

// reset makes r ready for another text, in time proportional to what the last one had.
func (r *gramProfile) reset() {
	for _, g := range r.grams {
		r.gramSet[g>>6] = 0
	}
	for _, m := range r.longGrams {
		r.longGramSet[m>>6&1023] = 0
	}
	for _, at := range r.filledSlots {
		r.candidateCounts[at] = candidateCount{}
	}
	r.letters, r.dense = 0, 0
	r.grams, r.longGrams, r.filledSlots = r.grams[:0], r.longGrams[:0], r.filledSlots[:0]
}

// countCandidate counts a key gram in common with a script. Once half of the slots
// are in use, further scripts are not counted.
func (r *gramProfile) countCandidate(script uint32) {
	at := script * 0x9E3779B1 % candidateSlots
	for {
		switch v := &r.candidateCounts[at]; v.script {
		case script + 1:
			v.count++
			return
		case 0:
			if len(r.filledSlots) < candidateSlots/2 {
				*v = candidateCount{script + 1, 1}
				r.filledSlots = append(r.filledSlots, uint16(at))
			}
			return
		}
		at = (at + 1) % candidateSlots
	}
}

// topCandidates returns the numbers of the scripts with the most key grams in
// common, maxScriptCandidates at most; with a histogram instead of sorting. Where a
// text has many long grams, one in common is chance.
func (r *gramProfile) topCandidates() []uint32 {
	if len(r.filledSlots) == 0 {
		return nil
	}
	var histogram [maxKeyGrams + 1]int // how many scripts share so many key grams
	for _, at := range r.filledSlots {
		histogram[min(r.candidateCounts[at].count, maxKeyGrams)]++
	}
	threshold, above := uint32(maxKeyGrams), 0
	least := uint32(1)
	if len(r.longGrams) >= manyLongGrams {
		least = 2
	}
	for threshold > least && above+histogram[threshold] < maxScriptCandidates {
		above += histogram[threshold]
		threshold--
	}
	remaining := maxScriptCandidates - above // for those with just enough
	top := r.top[:0]
	for _, at := range r.filledSlots {
		v := r.candidateCounts[at]
		if v.count == threshold {
			if remaining == 0 {
				continue
			}
			remaining--
		}
		if v.count >= threshold {
			top = append(top, v.script-1)
		}
	}
	return top
}

// jaccard returns the similarity of r with a text of these short grams (Jaccard
// 1901): those that both have among those that either has.
func (r *gramProfile) jaccard(grams []uint16) float64 {
	both := 0
	for _, g := range grams {
		both += int(r.gramSet[g>>6] >> (g & 63) & 1)
	}
	return float64(both) / float64(len(r.grams)+len(grams)-both)
}

// dense reports whether two letters of a writing say as much as several of a Latin
// word: writings without spaces, and Hangul syllables.
func dense(r rune) bool { return text.IsUnspaced(r) || r >= 0xAC00 && r <= 0xD7A3 }

// mix is the multiply-and-fold of wyhash (Wang Yi): a hash of a gram, if b is secret.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
