package match

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

func TestMemoryGoesBackToTheSystem(t *testing.T) {
	m := new(memory)
	func() {
		owner := new(shard)
		owner.words = alloc(m, owner, 4*hugePage/wordSize+7)
		for n := range owner.words {
			if owner.words[n] != 0 {
				t.Fatalf("word %d is not zero", n)
			}
			owner.words[n] = uint64(n)
		}
		if m.mapped.Load() == 0 {
			t.Skip("all memory comes from the Go heap here")
		}
		runtime.KeepAlive(owner)
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 5000 {
		if runtime.GC(); m.mapped.Load() == 0 {
			return
		}
		<-tick.C
	}
	t.Errorf("%d bytes are still taken", m.mapped.Load())
}

// Tables that grow leave their old shards behind; so much must not wait that it counts.
func TestGrowthDoesNotPileUpMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("two million entries")
	}
	m, s := new(memory), new(table)
	s.init(m)
	r := rand.New(rand.NewPCG(1, 2))
	most := int64(0)
	for range 2_000_000 {
		s.add(r.Uint64(), 1)
		most = max(most, m.mapped.Load())
	}
	if m.mapped.Load() > 0 && most > 4*s.allocatedBytes+maxRetired {
		t.Errorf("%d bytes at most for a table of %d", most, s.allocatedBytes)
	}
}
