package fcm

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm/fakefcm"
)

// BenchmarkSend measures pushes a second with an FCM that takes 100 ms, through
// the SDK and, as the limit, the same bytes through the pool alone. The server
// runs in the same process; the difference of the two is what the SDK costs.
func BenchmarkSend(b *testing.B) {
	s, fake := newTestSender(b, Options{}, fakefcm.Options{Latency: 100 * time.Millisecond, Keep: 1})
	to, p := token("a-token-of-some-length-as-they-have-it"), payload()
	b.Run("sdk", func(b *testing.B) {
		runConcurrently(b, func() error {
			if got := s.Send(b.Context(), to, p); got.Outcome != notify.Accepted {
				return fmt.Errorf("got %+v", got)
			}
			return nil
		})
	})
	body := append(append([]byte(`{"message":`), fake.Accepted()[0].Raw...), '}')
	b.Run("raw", func(b *testing.B) {
		runConcurrently(b, func() error {
			r, err := http.NewRequestWithContext(
				b.Context(), http.MethodPost, s.endpoint+"/projects/trial/messages:send", bytes.NewReader(body),
			)
			if err != nil {
				return err
			}
			resp, err := s.pool.RoundTrip(r)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				return errors.New(resp.Status)
			}
			return nil
		})
	})
}

// runConcurrently calls do b.N times, a thousand calls at once.
func runConcurrently(b *testing.B, do func() error) {
	work := make(chan struct{})
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			for range work {
				if err := do(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	start := cpuTime(b)
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pushes/s")
	b.ReportMetric(float64((cpuTime(b)-start).Microseconds())/float64(b.N), "cpu-µs/push")
}

// cpuTime returns the processor time that this process has used.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
