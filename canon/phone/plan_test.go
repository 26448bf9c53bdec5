package phone

import (
	"strconv"
	"sync"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestEveryPlanCompiles(t *testing.T) {
	n := newNumberingPlans()
	n.compile()
	rows, ends := 0, 0
	count := func(a *automaton) { rows, ends = rows+len(a.rows), ends+len(a.ends) }
	for code := range phonenumbers.GetSupportedCallingCodes() {
		p := n.plan((strconv.Itoa(code) + "00")[:3])
		if p == nil || p.areas == nil || p.code != strconv.Itoa(code) {
			t.Errorf("calling code %d has no plan", code)
			continue
		}
		for _, a := range p.areas {
			count(&a.numbers)
			count(&a.formats)
			count(&a.prefixes)
			count(&a.codes)
		}
		if len(p.areas) > 1 {
			count(p.numbers)
		}
	}
	t.Logf("%d rows and %d ends take %d KB", rows, ends, (32*rows+(maxNationalDigits+1)*ends)/1024)
	if rows > 40_000 {
		t.Errorf("%d rows: the automata have grown", rows)
	}
}

func TestPlansAreCompiledByWhoeverIsFirst(t *testing.T) {
	n := newNumberingPlans()
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for _, digits := range []string{"442079460958", "8613800138000", "12025550123"} {
				if value, ok, decided := n.international(digits); !ok || !decided || value != "+"+digits {
					t.Errorf("%s: got %q %v %v", digits, value, ok, decided)
				}
			}
		})
	}
	readers.Wait()
}

func BenchmarkWarm(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newNumberingPlans().compile()
	}
}

// BenchmarkFirstNumber is what the first number of a country waits for.
func BenchmarkFirstNumber(b *testing.B) {
	for _, code := range []string{"86", "44", "49", "1"} {
		b.Run(code, func(b *testing.B) {
			n := newNumberingPlans()
			for b.Loop() {
				p := n.plans[planIndex((code + "00")[:3])]
				p.compile()
			}
		})
	}
}
