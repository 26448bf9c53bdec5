package models

import (
	"testing"
	"time"
)

// BenchmarkNextEntry makes a full entry, as an import makes one after another: with its salts and commitments.
func BenchmarkNextEntry(b *testing.B) {
	changes := make([]Change, MaxEntryChanges)
	for i := range changes {
		changes[i] = wholeChange(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		NextEntry(Entry{}, time.UnixMilli(1), Commit(changes))
	}
}

func BenchmarkFollows(b *testing.B) {
	changes := make([]Change, MaxEntryChanges)
	for i := range changes {
		changes[i] = wholeChange(i)
	}
	e := NextEntry(Entry{}, time.UnixMilli(1), Commit(changes))
	b.ReportAllocs()
	for b.Loop() {
		if !e.Follows(Entry{}) {
			b.Fatal("it does not follow")
		}
	}
}
