package intake_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

// engines runs a benchmark on both engines, every write durable.
func engines(b *testing.B, run func(b *testing.B, s *storetest.Database)) {
	b.Helper()
	for name, options := range map[string]func(testing.TB) store.Options{
		"embedded": storetest.Durable, "mongodb": storetest.MongoDB,
	} {
		b.Run(name, func(b *testing.B) { run(b, storetest.Node(b, options(b))) })
	}
}

// inFlight calls do n times, at most workers at a time, as requests come in.
func inFlight(b *testing.B, workers, n int, do func(i int) error) {
	b.Helper()
	var wg sync.WaitGroup
	next := make(chan int)
	for range workers {
		wg.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

func perSecond(b *testing.B, n int) {
	b.Helper()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "reports/s")
}

// BenchmarkPutReport stores single reports, 64 at a time, beside the driver's
// own InsertMany of the same documents: what arrives at the same time in one
// write, and a thousand in one write.
func BenchmarkPutReport(b *testing.B) {
	engines(b, func(b *testing.B, s *storetest.Database) {
		run := 0
		fresh := func(n int) []models.Report {
			run++
			out := make([]models.Report, n)
			for i := range out {
				out[i] = storetest.Report(i)
				out[i].ID = models.ReportID(strconv.Itoa(run), strconv.Itoa(i))
			}
			return out
		}
		b.Run("PutReport-64-in-flight", func(b *testing.B) {
			reports := fresh(b.N)
			b.ResetTimer()
			inFlight(b, 64, b.N, func(i int) error {
				_, _, err := s.PutReport(b.Context(), reports[i])
				return err
			})
			perSecond(b, b.N)
		})
		for _, size := range []int{64, 1000} {
			b.Run(fmt.Sprintf("InsertMany-%d", size), func(b *testing.B) {
				reports := fresh(b.N)
				coll := s.Database().Collection("reports")
				b.ResetTimer()
				for len(reports) > 0 {
					n := min(size, len(reports))
					if _, err := coll.InsertMany(b.Context(), reports[:n], options.InsertMany().SetOrdered(false)); err != nil {
						b.Fatal(err)
					}
					reports = reports[n:]
				}
				perSecond(b, b.N)
			})
		}
		b.Run("PutReports-1000", func(b *testing.B) {
			reports := fresh(b.N)
			b.ResetTimer()
			for len(reports) > 0 {
				n := min(1000, len(reports))
				if _, err := s.PutReports(b.Context(), reports[:n]); err != nil {
					b.Fatal(err)
				}
				reports = reports[n:]
			}
			perSecond(b, b.N)
		})
	})
}

// BenchmarkQueue claims and finishes reports.
func BenchmarkQueue(b *testing.B) {
	engines(b, func(b *testing.B, s *storetest.Database) {
		for _, n := range []int{1, 64, 500} {
			b.Run(fmt.Sprintf("claim-%d", n), func(b *testing.B) {
				reports := make([]models.Report, b.N)
				for i := range reports {
					reports[i] = storetest.Report(i)
					reports[i].ID = models.ReportID(fmt.Sprint(n, b.N), strconv.Itoa(i))
				}
				for i := 0; i < b.N; i += 1000 {
					if _, err := s.PutReports(b.Context(), reports[i:min(b.N, i+1000)]); err != nil {
						b.Fatal(err)
					}
				}
				now := storetest.Epoch().Add(1000 * time.Hour)
				b.ResetTimer()
				for done := 0; done < b.N; {
					got, err := s.ClaimReports(b.Context(), n, time.Hour, now)
					if err != nil {
						b.Fatal(err)
					}
					leases := make([]models.Lease, len(got))
					for i, c := range got {
						leases[i] = c.Lease
					}
					if err := s.FinishReports(b.Context(), leases); err != nil {
						b.Fatal(err)
					}
					done += len(got)
				}
				perSecond(b, b.N)
			})
		}
	})
}
