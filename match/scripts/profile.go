package scripts

import (
	"math/bits"

	"example.org/tocsin/canon/text"
)

const (
	maxRunes       = 4096 // the most runes of a text that are read
	manyLongGrams  = 40   // of a text that shares several with each that it is like
	candidateSlots = 2048 // a power of two
)

// reading is what one text holds: its grams, and the scripts that share marks with it.
type gramProfile struct {
	letters     int      // a letter of a dense writing counts as two
	dense       int      // those of letters that are of one
	grams       []uint16 // distinct short grams, by hash
	longGrams   []uint32 // distinct long grams, by hash, in their order
	gramSet     [1 << 10]uint64
	longGramSet [1 << 10]uint64

	cursors         []tagCursor // of marks that scripts are listed under
	candidateCounts [candidateSlots]candidateCount
	filledSlots     []uint16 // which of ballot are filled
	top             [maxScriptCandidates]uint32
}

type candidateCount struct {
	script uint32 // its number plus one
	count  uint32
}

// read takes in the grams of a text. Short ones have two runes in writings
// without spaces and in Korean, three in others; long ones four and eight.
func (r *gramProfile) read(text string, keys *[4]uint64) {
	p2, p1 := uint64(' '), uint64(' ') // the runes before
	var past [8]uint64                 // the short grams before, a ring
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

func (r *gramProfile) addGram(g uint16) {
	if word, bit := &r.gramSet[g>>6], uint64(1)<<(g&63); *word&bit == 0 {
		*word |= bit
		r.grams = append(r.grams, g)
	}
}

// mark lists a long gram once. That two share a bit costs one of them.
func (r *gramProfile) addLongGram(m uint32) {
	if word, bit := &r.longGramSet[m>>6&1023], uint64(1)<<(m&63); *word&bit == 0 {
		*word |= bit
		r.longGrams = append(r.longGrams, m)
	}
}

// clear makes r ready for another text.
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

// count gives the script a vote. Once half of the ballot is filled, further
// scripts get none.
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

// elected returns the numbers of the scripts with the most votes. Of a text
// with many marks one in common is chance.
func (r *gramProfile) topCandidates() []uint32 {
	if len(r.filledSlots) == 0 {
		return nil
	}
	var histogram [maxKeyGrams + 1]int // how many scripts have so many votes
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

// overlap returns the similarity of r with a text of these grams.
func (r *gramProfile) jaccard(grams []uint16) float64 {
	both := 0
	for _, g := range grams {
		both += int(r.gramSet[g>>6] >> (g & 63) & 1)
	}
	return float64(both) / float64(len(r.grams)+len(grams)-both)
}

// dense reports whether two letters say as much as several of a Latin word.
func dense(r rune) bool { return text.IsUnspaced(r) || r >= 0xAC00 && r <= 0xD7A3 }

// mix is the multiply-and-fold of wyhash.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
