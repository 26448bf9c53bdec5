package fakefcm

import (
	"hash/maphash"
	"maps"
	"net/http"
	"strconv"
)

// Stats are totals since the start.
type Stats struct {
	Requests    int64            `json:"requests"`
	Accepted    int64            `json:"accepted"`
	Targets     int              `json:"targets"`   // different ones that a message was accepted for
	Repeated    int64            `json:"repeated"`  // accepted again: same target, same data
	ByStatus    map[string]int64 `json:"by_status"` // "0": no answer was given
	InFlight    int              `json:"in_flight"`
	MaxInFlight int              `json:"max_in_flight"`
	HTTP2       int64            `json:"http2"` // requests over it
}

// totals are Stats in the making. Targets and pushes are kept as hashes of 64 bits: a million of
// them take a few tens of megabytes, and no token stays in memory.
type totals struct {
	Stats

	seed    maphash.Seed
	targets map[uint64]struct{}
	pushes  map[uint64]struct{}
}

// newTotals returns totals of zero, with a hash of their own.
func newTotals() totals {
	return totals{
		Stats: Stats{ByStatus: map[string]int64{}},
		seed:  maphash.MakeSeed(), targets: map[uint64]struct{}{}, pushes: map[uint64]struct{}{},
	}
}

// accept counts a message and returns its number. A message repeats another one if target and data
// are the same, which is how a test finds a warning that was sent twice; the texts do not count.
func (t *totals) accept(m message) int64 {
	target := maphash.String(t.seed, m.target())
	push := target
	for k, v := range m.Data {
		push += maphash.String(t.seed, k+"\x00"+v) // a sum: the order of a map does not matter
	}
	if _, seen := t.pushes[push]; seen {
		t.Repeated++
	}
	t.targets[target], t.pushes[push] = struct{}{}, struct{}{}
	t.Accepted++
	return t.Accepted
}

// Stats returns a copy of the totals as they are at the moment.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.totals.Stats
	out.ByStatus = maps.Clone(out.ByStatus)
	out.Targets = len(s.totals.targets)
	return out
}

// begin counts a request and end takes it out of those in flight.
func (s *Server) begin(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.Requests++
	s.totals.InFlight++
	s.totals.MaxInFlight = max(s.totals.MaxInFlight, s.totals.InFlight)
	if r.ProtoMajor == 2 {
		s.totals.HTTP2++
	}
}

func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.InFlight--
}

// count counts an answer by its status; 0 stands for no answer.
func (s *Server) count(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.ByStatus[strconv.Itoa(status)]++
}
