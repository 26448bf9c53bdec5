package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"text/tabwriter"
	"time"
)

// importTally counts the lines of an import by their results, and the refused
// ones by error code too. Its methods may be called from many goroutines.
type importTally struct {
	mu       sync.Mutex
	results  map[string]int // lines by result
	codes    map[string]int // refused lines by error code
	refused  io.Writer      // gets a line for each refused line
	writeErr error          // the last error of writing to refused
}

// count counts a line that was not refused.
func (t *importTally) count(result string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.results[result]++
}

// refuse counts a refused line and writes its number and the reason to refused. It
// never writes the value, which may be a person's number.
func (t *importTally) refuse(path string, line int, code, detail string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.results["refused"]++
	t.codes[code]++
	if _, err := fmt.Fprintf(t.refused, "%s:%d: %s: %s\n", path, line, code, detail); err != nil {
		t.writeErr = err
	}
}

// print writes the closing table; took is the duration of the import.
func (t *importTally) print(out io.Writer, took time.Duration, dry bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	total := 0
	for _, n := range t.results {
		total += n
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "lines\t%d\t\n", total)
	for _, result := range []string{"created", "updated", "unchanged", "refused"} {
		fmt.Fprintf(w, "%s\t%d\t\n", result, t.results[result])
	}
	for _, code := range slices.Sorted(maps.Keys(t.codes)) {
		fmt.Fprintf(w, "  %s\t%d\t\n", code, t.codes[code])
	}
	fmt.Fprintf(w, "seconds\t%.1f\t\n", took.Seconds())
	fmt.Fprintf(w, "lines a second\t%.0f\t\n", float64(total)/max(took.Seconds(), 0.001))
	if dry {
		fmt.Fprintln(w, "dry run: nothing was changed")
	}
	return errors.Join(t.writeErr, w.Flush())
}
