package text

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// confusablesText is the table of UTS #39 (confusables.txt), one "source ;
// prototype" a line, in hexadecimal and in the order of the sources.
// TestConfusablesAreThoseOfICU writes it.
//
//go:embed confusables.txt
var confusablesText string

// prototype returns the one spelling that UTS #39 has for all that looks like
// r; empty if that is r itself.
func prototype(r rune) string { return confusables().lookup(r) }

// Runes are looked up by their upper bits and then by the lower six: 380 of 3194
// blocks hold anything, so the table takes 0.15 MB.
const (
	blockBits = 6
	blockSize = 1 << blockBits
)

// prototypeTable maps runes to their prototypes.
type prototypeTable struct {
	blocks []uint16 // by upper bits: which run of blockSize in cells; 0 is the empty one
	cells  []uint32 // where in text the prototype begins, and in the lowest byte its length; 0: itself
	text   string   // all prototypes
}

// lookup returns the prototype of r, empty if that is r itself.
func (l *prototypeTable) lookup(r rune) string {
	upper := int(uint32(r) >> blockBits) //nolint:gosec // below 0 is far above the last block
	if upper >= len(l.blocks) {
		return ""
	}
	cell := l.cells[int(l.blocks[upper])<<blockBits|int(r)&(blockSize-1)]
	at := cell >> 8
	return l.text[at : at+cell&0xFF]
}

// confusables returns the table. The first call takes a millisecond.
func confusables() *prototypeTable { return confusablesTable() }

// confusablesTable parses the embedded table once. Prototypes that several
// runes share are kept once.
//
//nolint:gochecknoglobals // a constant table, too large to be written as one
var confusablesTable = sync.OnceValue(func() *prototypeTable {
	l := &prototypeTable{cells: make([]uint32, blockSize)}
	var text []byte
	known := map[string]uint32{}
	for line := range strings.Lines(confusablesText) {
		source, spelled, found := strings.Cut(strings.TrimSpace(line), " ; ")
		if !found || source[0] == '#' {
			continue
		}
		cell, ok := known[spelled]
		if !ok {
			at := len(text)
			for code := range strings.FieldsSeq(spelled) {
				text = append(text, string(hexRune(code))...)
			}
			cell = uint32(at<<8 | (len(text) - at))
			known[spelled] = cell
		}
		l.set(hexRune(source), cell)
	}
	l.text = string(text)
	return l
})

// set puts a cell in the place of r, and makes the block that it is in where
// there is none yet.
func (l *prototypeTable) set(r rune, cell uint32) {
	upper := int(r >> blockBits)
	for len(l.blocks) <= upper {
		l.blocks = append(l.blocks, 0)
	}
	if l.blocks[upper] == 0 {
		l.blocks[upper] = uint16(len(l.cells) >> blockBits) //nolint:gosec // a few hundred
		l.cells = append(l.cells, make([]uint32, blockSize)...)
	}
	l.cells[int(l.blocks[upper])<<blockBits|int(r)&(blockSize-1)] = cell
}

// hexRune reads a code point of the embedded table. It ignores faults: the
// tests have checked the table.
func hexRune(s string) rune {
	r, _ := strconv.ParseInt(s, 16, 32)
	return rune(r)
}
