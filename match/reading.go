package match

import (
	"math/bits"

	"example.org/tocsin/canon"
)

const (
	readRunes  = 4096 // the most runes of a text that are read
	manyMarks  = 40   // of a text that shares several with each that it is like
	ballotSize = 2048 // a power of two
)

// reading is what one text holds: its grams, and the scripts that share marks with it.
type reading struct {
	letters int      // a letter of a dense writing counts as two
	dense   int      // those of letters that are of one
	grams   []uint16 // distinct short grams, by hash
	marks   []uint32 // distinct long grams, by hash, in their order
	held    [1 << 10]uint64
	seen    [1 << 10]uint64

	starts []start // of marks that scripts are listed under
	ballot [ballotSize]vote
	voted  []uint16 // which of ballot are filled
	best   [candidates]uint32
}

type vote struct {
	script uint32 // its number plus one
	count  uint32
}

// read takes in the grams of a text. Short ones have two runes in writings
// without spaces and in Korean, three in others; long ones four and eight.
func (r *reading) read(text string, keys *[4]uint64) {
	p2, p1 := uint64(' '), uint64(' ') // the runes before
	var past [8]uint64                 // the short grams before, a ring
	i := uint(0)
	for _, c := range text {
		if i++; i > readRunes {
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
		r.hold(uint16(gram)) //nolint:gosec // a part of it
		r.mark(uint32(mix(gram^keys[2], before^keys[3]) >> 32))
		p2, p1 = p1, p0
	}
}

func (r *reading) hold(g uint16) {
	if word, bit := &r.held[g>>6], uint64(1)<<(g&63); *word&bit == 0 {
		*word |= bit
		r.grams = append(r.grams, g)
	}
}

// mark lists a long gram once. That two share a bit costs one of them.
func (r *reading) mark(m uint32) {
	if word, bit := &r.seen[m>>6&1023], uint64(1)<<(m&63); *word&bit == 0 {
		*word |= bit
		r.marks = append(r.marks, m)
	}
}

// clear makes r ready for another text.
func (r *reading) clear() {
	for _, g := range r.grams {
		r.held[g>>6] = 0
	}
	for _, m := range r.marks {
		r.seen[m>>6&1023] = 0
	}
	for _, at := range r.voted {
		r.ballot[at] = vote{}
	}
	r.letters, r.dense = 0, 0
	r.grams, r.marks, r.voted = r.grams[:0], r.marks[:0], r.voted[:0]
}

// count gives the script a vote. Once half of the ballot is filled, further
// scripts get none.
func (r *reading) count(script uint32) {
	at := script * 0x9E3779B1 % ballotSize
	for {
		switch v := &r.ballot[at]; v.script {
		case script + 1:
			v.count++
			return
		case 0:
			if len(r.voted) < ballotSize/2 {
				*v = vote{script + 1, 1}
				r.voted = append(r.voted, uint16(at))
			}
			return
		}
		at = (at + 1) % ballotSize
	}
}

// elected returns the numbers of the scripts with the most votes. Of a text
// with many marks one in common is chance.
func (r *reading) elected() []uint32 {
	if len(r.voted) == 0 {
		return nil
	}
	var with [scriptMarks + 1]int // how many scripts have so many votes
	for _, at := range r.voted {
		with[min(r.ballot[at].count, scriptMarks)]++
	}
	enough, above := uint32(scriptMarks), 0
	least := uint32(1)
	if len(r.marks) >= manyMarks {
		least = 2
	}
	for enough > least && above+with[enough] < candidates {
		above += with[enough]
		enough--
	}
	room := candidates - above // for those with just enough
	best := r.best[:0]
	for _, at := range r.voted {
		v := r.ballot[at]
		if v.count == enough {
			if room == 0 {
				continue
			}
			room--
		}
		if v.count >= enough {
			best = append(best, v.script-1)
		}
	}
	return best
}

// overlap returns the similarity of r with a text of these grams.
func (r *reading) overlap(grams []uint16) float64 {
	both := 0
	for _, g := range grams {
		both += int(r.held[g>>6] >> (g & 63) & 1)
	}
	return float64(both) / float64(len(r.grams)+len(grams)-both)
}

// dense reports whether two letters say as much as several of a Latin word.
func dense(r rune) bool { return canon.IsUnspaced(r) || r >= 0xAC00 && r <= 0xD7A3 }

// mix is the multiply-and-fold of wyhash.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
