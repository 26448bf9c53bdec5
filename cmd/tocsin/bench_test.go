package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
)

// BenchmarkCheckOverHTTP is the hot read, GET /v1/checks/{kind}/{value}, over
// loopback: the whole program beside a bare Fiber handler that answers with as
// many bytes. TOCSIN_BENCH_SIGNATURES sets how many signatures the index holds.
func BenchmarkCheckOverHTTP(b *testing.B) {
	signatures := 100_000
	if n, err := strconv.Atoi(os.Getenv("TOCSIN_BENCH_SIGNATURES")); err == nil {
		signatures = n
	}
	address, key := benchNode(b, signatures)
	get := func(request *fasthttp.Request, i int) {
		request.SetRequestURI("http://" + address + "/v1/checks/phone/+1202" + strconv.Itoa(5_000_000+i%1_000_000))
		request.Header.Set("Authorization", "Bearer "+key)
	}
	var request fasthttp.Request
	var reply fasthttp.Response
	get(&request, 0)
	if err := fasthttp.Do(&request, &reply); err != nil || reply.StatusCode() != fasthttp.StatusOK {
		b.Fatalf("%v %d %s", err, reply.StatusCode(), reply.Body())
	}
	bare := benchFiber(b, len(reply.Body()))
	b.Run("tocsin", func(b *testing.B) { load(b, get) })
	b.Run("bare-fiber", func(b *testing.B) {
		load(b, func(request *fasthttp.Request, i int) {
			request.SetRequestURI("http://" + bare + "/v1/checks/phone/+1202" + strconv.Itoa(5_000_000+i%1_000_000))
			request.Header.Set("Authorization", "Bearer "+key)
		})
	})
}

// load sends requests from 64 connections, as fast as they are answered.
func load(b *testing.B, prepare func(*fasthttp.Request, int)) {
	b.Helper()
	client := &fasthttp.Client{MaxConnsPerHost: 256}
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		var request fasthttp.Request
		var reply fasthttp.Response
		for i := 0; pb.Next(); i++ {
			prepare(&request, i*7919)
			if err := client.Do(&request, &reply); err != nil || reply.StatusCode() != fasthttp.StatusOK {
				b.Errorf("%v %d", err, reply.StatusCode())
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "requests/s")
}

// benchNode runs a node with n signatures of numbers in its index, and returns its address and a key for checks.
func benchNode(b *testing.B, n int) (address, key string) {
	b.Helper()
	cfg, err := config.Load(map[string]string{
		"TOCSIN_LISTEN": "127.0.0.1:0", "TOCSIN_DATA_DIR": b.TempDir(), "TOCSIN_RATE_KEY": "0",
	})
	if err != nil {
		b.Fatal(err)
	}
	node, err := newNode(b.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	changes := make([]models.Change, 0, models.MaxEntryChanges)
	for i := range n {
		value := fmt.Sprintf("+1303%07d", i)
		changes = append(changes, models.Change{
			Signature: models.SignatureID(models.Exact, models.Phone, value), Rule: models.Exact, Kind: models.Phone, Value: value,
			To: models.Danger, Category: models.CategoryOther, Rev: 1,
		})
		if len(changes) == cap(changes) || i == n-1 {
			node.index.Apply(changes)
			changes = changes[:0]
		}
	}
	if key, err = node.createKey(b.Context(), "bench", models.ScopeChecks); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- node.run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	return node.listener.Addr().String(), key
}

// benchFiber serves replies of size bytes with nothing around them.
func benchFiber(b *testing.B, size int) string {
	b.Helper()
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	body := make([]byte, size)
	for i := range body {
		body[i] = 'x'
	}
	app.Get("/v1/checks/:kind/:value", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(body)
	})
	listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- app.Listener(listener) }()
	b.Cleanup(func() {
		if err := app.Shutdown(); err != nil {
			b.Error(err)
		}
		<-done
	})
	return listener.Addr().String()
}
