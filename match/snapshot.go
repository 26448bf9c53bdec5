package match

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"strings"

	"example.org/tocsin/models"
)

// A snapshot is a line that names the version, then blocks. A block is the length and the
// CRC-32C (Castagnoli) of its payload, four bytes each, little endian; then the payload,
// whose first byte says what it is. Numbers are varints (encoding/binary), texts their
// length and bytes.
//
//	'M'  position: seq, hash, at; then how many records are expected
//	'R'  items: 'L' a label: its number, rule, kind, level, category, reason
//	            'S' a signature: number of its label, revision, end in
//	                Unix milliseconds or 0, id or "" for the derived one, value
//	'E'  end: how many signatures there were
const (
	snapshotMagic = "tocsin snapshot 2\n"
	blockBytes    = 1 << 20 // bytes at which a block is written
	maxBlockBytes = 4 << 20 // bytes that a reader accepts: more than a block and its last item
	blockHeader   = 8       // bytes: length and checksum

	positionBlock = 'M'
	recordBlock   = 'R'
	endBlock      = 'E'
	labelItem     = 'L'
	recordItem    = 'S'
)

func newCRCTable() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// WriteSnapshot writes the latest change of every signature, also of those of level
// unknown. Neither readers nor Apply wait for it. A change that is applied meanwhile may be in
// it or not (TestSnapshotIsWholeBesideAWriter): after reading, apply the log from position
// on; what is known already is ignored.
func (x *Index) WriteSnapshot(w io.Writer, position LogPosition) error {
	out := snapshotWriter{out: w, table: newCRCTable(), writtenLabels: map[uint16]bool{}}
	if _, err := io.WriteString(w, snapshotMagic); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	out.begin(positionBlock)
	out.number(uint64(position.Seq)) //nolint:gosec // the same bits
	out.text(position.Hash)
	out.number(uint64(position.At)) //nolint:gosec // the same bits
	out.number(uint64(x.size()))    //nolint:gosec // a count; how many there will be, or fewer
	out.flush()
	out.begin(recordBlock)
	count := uint64(0)
	for _, r := range x.signatures.records.all {
		out.record(&x.signatures, r)
		if count++; len(out.block) >= blockBytes {
			out.flush()
			out.begin(recordBlock)
		}
		if out.err != nil {
			break
		}
	}
	runtime.KeepAlive(x)
	out.flush()
	out.begin(endBlock)
	out.number(count)
	out.flush()
	if out.err != nil {
		return fmt.Errorf("write snapshot: %w", out.err)
	}
	return nil
}

// size returns the number of signatures, those of level unknown included.
func (x *Index) size() (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range x.signatures.labels.count {
		n += c
	}
	return n
}

// snapshotWriter gathers a block and keeps the first error.
type snapshotWriter struct {
	out           io.Writer
	table         *crc32.Table
	block         []byte
	writtenLabels map[uint16]bool // each label stands before the first record that has it
	err           error
}

// begin starts a block, with room for its header.
func (w *snapshotWriter) begin(kind byte) {
	w.block = append(w.block[:0], make([]byte, blockHeader)...)
	w.block = append(w.block, kind)
}

func (w *snapshotWriter) number(n uint64) { w.block = binary.AppendUvarint(w.block, n) }

func (w *snapshotWriter) text(s string) {
	w.number(uint64(len(s)))
	w.block = append(w.block, s...)
}

// record appends a signature, and its label if that is the first one of it.
func (w *snapshotWriter) record(s *signatures, r record) {
	head, ends := r.load()
	number := labelOf(head)
	if !w.writtenLabels[number] {
		w.writtenLabels[number] = true
		l := s.labels.label(number)
		w.block = append(w.block, labelItem)
		w.number(uint64(number))
		for _, text := range []string{string(l.rule), string(l.kind), string(l.level), string(l.category), l.reason} {
			w.text(text)
		}
	}
	w.block = append(w.block, recordItem)
	w.number(uint64(number))
	w.number(uint64(revOf(head))) //nolint:gosec // never negative
	w.number(uint64(ends))        //nolint:gosec // the same bits
	if r[1]&digitsFlag == 0 {
		w.text(r.id())
		w.text(r.value())
		return
	}
	var value [maxDigits + 1]byte
	w.text("")
	w.text(string(appendPhone(value[:0], r.digits())))
}

// flush writes the block with its length and checksum.
func (w *snapshotWriter) flush() {
	if w.err != nil {
		return
	}
	payload := w.block[blockHeader:]
	binary.LittleEndian.PutUint32(w.block, uint32(len(payload))) //nolint:gosec // at most maxBlockBytes
	binary.LittleEndian.PutUint32(w.block[4:], crc32.Checksum(payload, w.table))
	_, w.err = w.out.Write(w.block)
}

// ReadSnapshot applies a snapshot to an index and returns the position from which on the log
// is to be applied. It calls accept with the position first, and applies nothing if that
// returns an error (TestASnapshotThatIsNotAcceptedChangesNothing). It reads not a byte beyond
// the end block. Nothing of a block whose checksum is wrong is applied
// (TestNothingOfABadBlockIsApplied), but the blocks before it are: after an error, the index
// holds a part of what was accepted, and not all of it.
func (x *Index) ReadSnapshot(r io.Reader, accept func(LogPosition) error) (LogPosition, error) {
	in := snapshotReader{in: r, table: newCRCTable(), index: x, accept: accept}
	position, err := in.read()
	if err != nil {
		return LogPosition{}, fmt.Errorf("read snapshot: %w", err)
	}
	return position, nil
}

// snapshotReader reads blocks and applies them.
type snapshotReader struct {
	in     io.Reader
	table  *crc32.Table
	index  *Index
	accept func(LogPosition) error
	block  []byte          // used again for each block
	labels []snapshotLabel // by their number in the snapshot
	count  uint64          // signatures that were read
}

// snapshotLabel is what a label of the snapshot is here.
type snapshotLabel struct {
	number   uint16 // in the index
	ruleKind ruleKind
	state    labelState
}

type labelState uint8

const (
	labelMissing labelState = iota // no label of that number was read yet
	labelAccepted
	labelRefused // of a rule or kind that is not known here, or one too many
)

// read reads a whole snapshot.
func (r *snapshotReader) read() (position LogPosition, err error) {
	magic := make([]byte, len(snapshotMagic))
	if _, err = io.ReadFull(r.in, magic); err != nil {
		return position, unexpected(err)
	}
	if string(magic) != snapshotMagic {
		return position, errors.New("not a snapshot of this version")
	}
	kind, p, err := r.next()
	if err != nil {
		return position, err
	}
	position.Seq = int64(p.number()) //nolint:gosec // the same bits
	position.Hash = strings.Clone(p.text())
	position.At = int64(p.number()) //nolint:gosec // the same bits
	expected := p.number()
	if kind != positionBlock || !p.done() {
		return position, errMalformed()
	}
	if err := r.accept(position); err != nil {
		return position, err
	}
	r.index.reserve(expected)
	return position, r.readBlocks()
}

// readBlocks applies blocks up to the end block.
func (r *snapshotReader) readBlocks() error {
	for {
		kind, p, err := r.next()
		if err != nil {
			return err
		}
		switch kind {
		case recordBlock:
			if err = r.apply(p); err != nil {
				return err
			}
		case endBlock:
			if n := p.number(); !p.done() || n != r.count {
				return errMalformed()
			}
			return nil
		default:
			return errMalformed()
		}
	}
}

func errMalformed() error { return errors.New("malformed block") }

// next reads a block. What its parser returns are views of a copy that nothing overwrites.
func (r *snapshotReader) next() (kind byte, p *parser, err error) {
	var header [blockHeader]byte
	if _, err = io.ReadFull(r.in, header[:]); err != nil {
		return 0, nil, unexpected(err)
	}
	size := binary.LittleEndian.Uint32(header[:])
	if size < 1 || size > maxBlockBytes {
		return 0, nil, errMalformed()
	}
	if cap(r.block) < int(size) {
		r.block = make([]byte, size)
	}
	block := r.block[:size]
	if _, err = io.ReadFull(r.in, block); err != nil {
		return 0, nil, unexpected(err)
	}
	if crc32.Checksum(block, r.table) != binary.LittleEndian.Uint32(header[4:]) {
		return 0, nil, errors.New("wrong checksum")
	}
	return block[0], &parser{rest: string(block[1:])}, nil
}

// unexpected makes an end of file before the end block an error of its own.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// reserve lets the table grow in larger steps up to n signatures.
func (x *Index) reserve(n uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.signatures.table.expectedEntries = int(min(n, maxUnits)) //nolint:gosec // a minimum
}

// apply applies the items of a block.
func (r *snapshotReader) apply(p *parser) error {
	r.index.mu.Lock()
	defer r.index.mu.Unlock()
	var b batch
	for !p.done() {
		switch p.byte() {
		case labelItem:
			if !r.readLabel(p) {
				return errMalformed()
			}
		case recordItem:
			d, number := b.next(), p.number()
			d.rev = int64(p.number())  //nolint:gosec // the same bits
			d.ends = int64(p.number()) //nolint:gosec // the same bits
			d.id = p.text()
			value := p.text()
			if p.malformed || number >= uint64(len(r.labels)) || r.labels[number].state == labelMissing {
				return errMalformed()
			}
			r.count++
			l := r.labels[number]
			if l.state == labelRefused {
				r.index.refused++
				continue
			}
			d.label = l.number
			r.index.signatures.fillTarget(&d.target, l.ruleKind, value)
			r.index.add(&b)
		default:
			return errMalformed()
		}
	}
	r.index.finish(&b)
	return nil
}

// readLabel takes in a label, and reports whether it is well-formed. One that this version
// does not know makes its signatures be refused and counted, not the snapshot.
func (r *snapshotReader) readLabel(p *parser) bool {
	at := p.number()
	l := label{
		models.Rule(p.text()), models.IndicatorKind(p.text()), models.Level(p.text()),
		models.Category(p.text()), p.text(),
	}
	if p.malformed || at >= maxLabels {
		return false
	}
	for uint64(len(r.labels)) <= at {
		r.labels = append(r.labels, snapshotLabel{})
	}
	taken := snapshotLabel{state: labelRefused}
	rk, known := ruleKindOf(l.rule, l.kind)
	if number, ok := r.index.signatures.labels.intern(l); ok && known {
		taken = snapshotLabel{number: number, ruleKind: rk, state: labelAccepted}
	}
	r.labels[at] = taken
	return true
}

// parser reads numbers and texts off a payload. Once something is malformed, the flag is set
// and all that follows is empty, so callers check once. FuzzSnapshot feeds it.
type parser struct {
	rest      string
	malformed bool
}

func (p *parser) done() bool { return p.rest == "" && !p.malformed }

func (p *parser) byte() byte {
	if p.rest == "" {
		p.malformed = true
		return 0
	}
	b := p.rest[0]
	p.rest = p.rest[1:]
	return b
}

func (p *parser) number() (n uint64) {
	for shift := 0; shift < 64; shift += 7 {
		b := p.byte()
		n |= uint64(b&0x7F) << shift
		if b < 0x80 {
			return n
		}
	}
	p.malformed = true
	return 0
}

func (p *parser) text() string {
	n := p.number()
	if p.malformed || n > uint64(len(p.rest)) {
		p.rest, p.malformed = "", true
		return ""
	}
	s := p.rest[:n]
	p.rest = p.rest[n:]
	return s
}
