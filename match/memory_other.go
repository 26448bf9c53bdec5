//go:build !linux || race

package match

// mapMemory takes nothing: other systems keep everything on the Go heap, and the race
// detector watches no other memory.
func mapMemory(int) (mapping, region []byte) { return nil, nil }

func unmapMemory([]byte) {}
