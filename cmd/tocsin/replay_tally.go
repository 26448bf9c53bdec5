package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"example.org/tocsin/models"
)

// replayTally counts the replies of the server. Its methods may be called from
// many goroutines.
type replayTally struct {
	mu               sync.Mutex
	accepted         int                    // replies 201 to a new report
	repeated         int                    // replies 201 to a report that the server has already
	refused          map[string]int         // replies 4xx, by error code
	levels           map[models.Level]int   // accepted reports by the level of the verdict
	hits             int                    // accepted reports with at least one hit
	unexpected       map[int]int            // replies that are neither 201 nor 4xx, by status
	truth            map[string]map[int]int // replies by class of the line, where the file says it, and status
	exposures        int
	refusedExposures int
	states           map[string]int  // warnings by state
	retries          int             // requests beyond the first of each line
	latency          []time.Duration // of each line, its retries included
}

// newReplayTally returns a tally of nothing.
func newReplayTally() *replayTally {
	return &replayTally{refused: map[string]int{}, levels: map[models.Level]int{}, unexpected: map[int]int{}, truth: map[string]map[int]int{}}
}

// countReply counts the reply to one line; took is the time from the first request to it.
func (t *replayTally) countReply(line replayLine, got response, took time.Duration) {
	var reply struct {
		Verdict struct {
			Level   models.Level
			Reasons []json.RawMessage
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.retries += got.tries - 1
	t.latency = append(t.latency, took)
	if class := line.class(); class != "" {
		if t.truth[class] == nil {
			t.truth[class] = map[int]int{}
		}
		t.truth[class][got.status]++
	}
	switch {
	case got.status == http.StatusCreated && json.Unmarshal(got.body, &reply) == nil:
		if got.header.Get("Idempotency-Replayed") != "" { // the server had the report, such as from a try whose reply was lost
			t.repeated++
			return
		}
		t.accepted++
		t.levels[reply.Verdict.Level]++
		if len(reply.Verdict.Reasons) > 0 {
			t.hits++
		}
	case got.status/100 == 4:
		code, _ := got.problem()
		t.refused[code]++
	default:
		t.unexpected[got.status]++
	}
}

// countExposure counts the reply to one exposure.
func (t *replayTally) countExposure(got response) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if got.status/100 == 2 {
		t.exposures++
	} else {
		t.refusedExposures++
	}
}

// setWarnings replaces the numbers of warnings by state.
func (t *replayTally) setWarnings(states map[string]int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.states = states
}

// percentile returns the p-quantile of the latencies in milliseconds, with p from 0
// to 1, by the nearest rank below; 0 when there are none.
func (t *replayTally) percentile(p float64) float64 {
	if len(t.latency) == 0 {
		return 0
	}
	slices.Sort(t.latency)
	return float64(t.latency[int(p*float64(len(t.latency)-1))].Microseconds()) / 1000
}

// print writes the closing table; took is the duration of the replay. It returns an
// error when a reply was neither 201 nor 4xx: such a report may be lost.
func (t *replayTally) print(out io.Writer, took time.Duration) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	// The numbers add up to the lines of the file, so that a lost one would show.
	refused, unexpected := 0, 0
	for _, n := range t.refused {
		refused += n
	}
	for _, n := range t.unexpected {
		unexpected += n
	}
	total := t.accepted + t.repeated + refused + unexpected
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, value any) { fmt.Fprintf(w, "%s\t%v\t\n", name, value) }
	row("reports posted", total)
	row("accepted", t.accepted)
	row("repeated", t.repeated)
	row("refused", refused)
	for _, code := range slices.Sorted(maps.Keys(t.refused)) {
		row("  "+code, t.refused[code])
	}
	row("neither accepted nor refused", unexpected)
	for _, status := range slices.Sorted(maps.Keys(t.unexpected)) {
		row(fmt.Sprintf("  %d", status), t.unexpected[status])
	}
	row("accepted with a hit", t.hits) // of the reply; weighing comes later
	for _, level := range models.Levels() {
		row("  level "+string(level), t.levels[level])
	}
	row("exposures kept", t.exposures)
	if t.refusedExposures > 0 {
		row("exposures refused", t.refusedExposures)
	}
	warnings := 0
	for _, n := range t.states {
		warnings += n
	}
	row("warnings", warnings)
	row("pushes accepted", t.states[string(models.WarningSent)])
	for _, state := range slices.Sorted(maps.Keys(t.states)) {
		row("  "+state, t.states[state])
	}
	for _, class := range slices.Sorted(maps.Keys(t.truth)) {
		for _, status := range slices.Sorted(maps.Keys(t.truth[class])) {
			row(fmt.Sprintf("lines of class %s answered %d", class, status), t.truth[class][status])
		}
	}
	row("tries beyond the first", t.retries)
	row("seconds", fmt.Sprintf("%.1f", took.Seconds()))
	row("reports a second", fmt.Sprintf("%.0f", float64(total)/max(took.Seconds(), 0.001)))
	row("reply ms p50 / p99", fmt.Sprintf("%.1f / %.1f", t.percentile(0.5), t.percentile(0.99)))
	if err := w.Flush(); err != nil {
		return err
	}
	if unexpected > 0 {
		return errors.New("some reports were neither accepted nor refused")
	}
	return nil
}
