//go:build linux && !race

package match

import "syscall"

// mapMemory takes size bytes from the system, from the start of a huge page on: one huge
// page more of address space is reserved than is ever touched. What fills huge pages is
// requested to lie in them (MADV_HUGEPAGE), so that a random read does not also miss the
// page table; the rest stays in small pages, so that nothing is wasted. If the system
// refuses, it returns nil, and the run comes from the Go heap instead.
func mapMemory(size int) (mapping, region []byte) {
	mapping, err := syscall.Mmap(-1, 0, size+hugePage, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, nil
	}
	region = align(mapping, hugePage)[:size]
	if whole := size &^ (hugePage - 1); whole > 0 {
		_ = syscall.Madvise(region[:whole], syscall.MADV_HUGEPAGE) // advice only: without it, reads are slower
	}
	return mapping, region
}

func unmapMemory(mapping []byte) {
	_ = syscall.Munmap(mapping) // fails only for what was never mapped
}
