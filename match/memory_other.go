//go:build !linux || race

package match

// reserve takes nothing: other systems keep everything on the Go heap, and the
// race detector watches no other memory.
func mapMemory(int) (mapping, run []byte) { return nil, nil }

func unmapMemory([]byte) {}
