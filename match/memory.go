package match

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// This is the one file of the package with unsafe in it. Three things need it: memory
// that the garbage collector does not know comes from the system as bytes and is read as
// words; the lines of a table are eight words each; and a value is compared where it
// stands, without copying it into a string first. All of them only change the type under
// which the same bytes are seen. They are sound because the bytes are aligned to words
// (align), hold no Go pointers, and are not given back while their owner can be reached
// (alloc).

const (
	wordSize = 8
	// hugePage is what one entry of the processor's page table can cover at best.
	hugePage = 2 << 20
	// minMapped is what is worth a call of the system; the rest comes from the Go heap.
	minMapped = 1 << 20
)

// memory hands out runs of words that the garbage collector neither scans nor counts: ten
// million signatures would otherwise double the heap that it tolerates before it runs. It
// must not lie inside of what owns the runs: a cleanup that refers to its owner never runs.
type memory struct {
	mapped  atomic.Int64 // bytes taken from the system and not given back
	retired atomic.Int64 // those of them that nothing new will refer to
}

// maxRetired is how many bytes may wait to be given back before a collection is forced.
const maxRetired = 64 << 20

// retire notes that the owner of n words was replaced. They go back when the garbage
// collector finds the owner gone, but it does not see how much waits for it: a table that
// grows by little allocates nothing else. So a collection is forced when more than
// maxRetired waits, and more than half of all (TestGrowthDoesNotPileUpMemory).
func (m *memory) retire(n int) {
	if n*wordSize < minMapped || m.mapped.Load() == 0 {
		return
	}
	retired := m.retired.Add(int64(n) * wordSize)
	if retired > maxRetired && retired > m.mapped.Load()/2 {
		runtime.GC()
	}
}

// alloc returns n zeroed words that belong to owner. They go back to the system some time
// after the last reference to owner is gone (TestMemoryGoesBackToTheSystem): whoever reads
// them keeps owner alive (runtime.KeepAlive) and lets no view of them escape.
func alloc[T any](m *memory, owner *T, n int) []uint64 {
	size := n * wordSize
	if size < minMapped {
		return make([]uint64, n)
	}
	mapping, region := mapMemory(size)
	if mapping == nil {
		return make([]uint64, n)
	}
	m.mapped.Add(int64(size))
	runtime.AddCleanup(owner, func(mapping []byte) {
		unmapMemory(mapping)
		m.mapped.Add(-int64(size))
		m.retired.Add(-int64(size))
	}, mapping)
	return asWords(region)
}

// align returns the part of b that begins at a multiple of size, a power of two.
func align(b []byte, size int) []byte {
	at := uintptr(unsafe.Pointer(unsafe.SliceData(b))) //nolint:gosec // read as a number only
	return b[-int(at)&(size-1):]
}

// asWords returns aligned bytes as words.
func asWords(b []byte) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/wordSize) //nolint:gosec // see above
}

// asLines returns words as the lines of a table.
func asLines(w []uint64) []tagLine {
	return unsafe.Slice((*tagLine)(unsafe.Pointer(unsafe.SliceData(w))), len(w)/lineWords) //nolint:gosec // see above
}

// asString returns the first n bytes of words as a string that must not outlive them.
func asString(w []uint64, n int) string {
	if n > len(w)*wordSize {
		return ""
	}
	return unsafe.String((*byte)(unsafe.Pointer(unsafe.SliceData(w))), n) //nolint:gosec // see above
}

// asBytes returns words as bytes, to write text into.
func asBytes(w []uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), len(w)*wordSize) //nolint:gosec // see above
}
