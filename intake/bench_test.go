package intake_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/tocsin/desktest"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
	"example.org/tocsin/verdictlog"
)

// eachEngine runs a benchmark on the embedded engine with every write synced to
// disk, and on MongoDB where the environment names a server.
func eachEngine(b *testing.B, run func(b *testing.B, n desktest.Node)) {
	b.Run("embedded", func(b *testing.B) { run(b, benchNode(b, storetest.Durable(b))) })
	if os.Getenv(storetest.EnvURI) != "" {
		b.Run("mongodb", func(b *testing.B) { run(b, benchNode(b, storetest.MongoDB(b))) })
	}
}

// benchNode returns a node whose clock runs.
func benchNode(b *testing.B, o store.Options) desktest.Node {
	n := desktest.New(b, storetest.Node(b, o))
	n.Clock, n.Catalogue.Clock = time.Now, time.Now
	return n
}

// BenchmarkReports files reports from 64 clients while the desk weighs them:
// reports per second as they are acknowledged and as they are weighed, and the
// 99th percentile of the time to the acknowledgement.
func BenchmarkReports(b *testing.B) {
	eachEngine(b, func(b *testing.B, n desktest.Node) {
		ctx, stop := context.WithCancel(b.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = n.Run(ctx) })
		running.Go(func() { _ = n.Log.Run(ctx) })
		var next atomic.Int64
		var mu sync.Mutex
		var latencies []time.Duration
		var filing sync.WaitGroup
		b.ResetTimer()
		start := time.Now()
		for range 64 {
			filing.Go(func() {
				for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
					began := time.Now()
					n.File(b, desktest.Device(fmt.Sprint(i)), fmt.Sprintf("+1202555%04d", rand.IntN(3000)), func(d *models.Draft) {
						d.Message = &models.Message{Text: fmt.Sprintf("Your parcel waits: https://p%d.example/x", rand.IntN(3000))}
					})
					mu.Lock()
					latencies = append(latencies, time.Since(began))
					mu.Unlock()
				}
			})
		}
		filing.Wait()
		b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "filed/s")
		desktest.Until(b.Context(), b, "all is weighed", func() bool {
			depth, err := n.DB.Depth(ctx)
			return err == nil && depth["reports"] == 0
		})
		stop()
		running.Wait() // the last batch
		b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "weighed/s")
		slices.Sort(latencies)
		b.ReportMetric(float64(latencies[len(latencies)*99/100].Milliseconds()), "p99-ms")
	})
}

// BenchmarkImport imports lists of 1,000 new signatures.
func BenchmarkImport(b *testing.B) {
	eachEngine(b, func(b *testing.B, n desktest.Node) {
		for i := range b.N {
			lines := make([]models.SignatureDraft, models.MaxEntryChanges)
			for j := range lines {
				lines[j] = models.SignatureDraft{Kind: models.Domain, Value: fmt.Sprintf("s%d.example", i*len(lines)+j)}
			}
			outcomes, err := n.Catalogue.Import(b.Context(), desktest.Analyst(), lines, false)
			if err != nil || outcomes[0].Result != models.ImportCreated {
				b.Fatalf("Import = %+v, %v", outcomes[0], err)
			}
		}
		b.ReportMetric(float64(b.N*models.MaxEntryChanges)/b.Elapsed().Seconds(), "signatures/s")
	})
}

// BenchmarkLoad fills an index from 50,000 stored signatures.
func BenchmarkLoad(b *testing.B) {
	eachEngine(b, func(b *testing.B, n desktest.Node) {
		const stored = 50_000
		for i := 0; i < stored; i += 5_000 {
			page := make([]models.Signature, 5_000)
			for j := range page {
				value := fmt.Sprintf("s%d.example", i+j)
				page[j] = models.Signature{
					ID: models.SignatureID(models.Exact, models.Domain, value), Rule: models.Exact, Kind: models.Domain,
					Value: value, Level: models.Danger, Category: models.CategoryOther, Rev: 1, LogRev: 1, LevelRev: 1,
				}
			}
			if _, err := n.DB.InsertSignatures(b.Context(), page); err != nil {
				b.Fatal(err)
			}
		}
		b.ResetTimer()
		for range b.N {
			f := verdictlog.FollowIndex(&verdictlog.Log{Entries: n.DB, Logger: n.Logger, Clock: n.Now}, n.DB, match.New())
			if err := f.Load(b.Context()); err != nil || f.Index.Stats().Signatures != stored {
				b.Fatalf("%d loaded, %v", f.Index.Stats().Signatures, err)
			}
		}
		b.ReportMetric(float64(b.N*stored)/b.Elapsed().Seconds(), "signatures/s")
	})
}
