package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/phone"
	"example.org/tocsin/catalogue"
	"example.org/tocsin/config"
	"example.org/tocsin/handlers"
	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/intake"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm"
	"example.org/tocsin/verdictlog"
	"example.org/tocsin/work"
)

// serveCommand is tocsin serve. It has no flags: see package config.
type serveCommand struct{}

// Run serves until ctx ends, then finishes the work under way and returns.
func (serveCommand) Run(ctx context.Context, env environment) error {
	cfg, err := config.Load(env.vars)
	if err != nil {
		return err
	}
	n, err := newNode(ctx, cfg, logger(env.log, cfg.LogLevel))
	if err != nil {
		return err
	}
	return n.run(ctx)
}

// logger returns a logger that writes JSON lines.
func logger(to io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: level}))
}

// node is one running server: the packages wired together.
//
//	request -> edge -> handlers -> desk, catalogue, store
//	desk, catalogue -> publisher -> verdict log
//	verdict log -> follower -> index         a change is live on every node
//	verdict log -> fanOut                    who has met it
//	desk -> fanOut -> outbox -> Firebase     who is warned
//
// It holds no state that a crash would lose: what is not in the store yet has not
// been acknowledged (TestKilledServersKeepEveryAcknowledgedReport).
type node struct {
	cfg        config.Config
	log        *slog.Logger
	store      *storage
	index      *match.Index              // of all signatures, in memory
	verdicts   *verdictlog.Log           // the verdict log: whatever follows it, follows it here
	follower   *verdictlog.IndexFollower // keeps the index equal to the verdict log
	publisher  *verdictlog.Publisher     // appends changes of signatures to the verdict log
	desk       *intake.Desk              // takes in and weighs reports
	catalogue  *catalogue.Catalogue      // the operators' work on signatures
	fanOut     *notify.FanOut            // writes warnings
	exemptions *notify.Exemptions        // what the fan-out judges by
	outbox     *notify.Outbox            // pushes them
	fcm        *fcm.Sender               // to Firebase; nil without one
	edge       *edge.Server              // the HTTP server
	sender     notify.Sender             // pushes; nil without Firebase: warnings wait in the inbox
	exposures  notify.Exposures          // who has met what
	inbox      notify.Inbox              // their warnings
	totals     *work.Totals              // what has become of the work of every loop
	keyWatch   keyWatch                  // says which keys this node has
	listener   net.Listener
}

// newNode opens the store, wires the packages, fills the index and listens. When
// it returns, the address is taken; run answers the requests that wait there.
func newNode(ctx context.Context, cfg config.Config, log *slog.Logger) (*node, error) {
	n := newBareNode(cfg, log)
	phone.Warm() // before the first request, which would wait for it
	var err error
	if n.store, err = openStorage(ctx, cfg, log, false); err != nil {
		return nil, err
	}
	n.exposures, n.inbox = n.store, n.store
	if n.fcm, err = newSender(ctx, cfg); n.fcm != nil {
		n.sender = n.fcm
	}
	if err == nil {
		err = n.wire(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

// newBareNode returns a node with nothing wired.
func newBareNode(cfg config.Config, log *slog.Logger) *node {
	return &node{cfg: cfg, log: log, index: match.New(), totals: new(work.Totals)}
}

// newSender returns the sender to Firebase, nil without one.
func newSender(ctx context.Context, cfg config.Config) (*fcm.Sender, error) {
	if cfg.FCMProject == "" {
		return nil, nil //nolint:nilnil // no sender is not a fault
	}
	sender, err := fcm.New(ctx, fcm.Options{Project: cfg.FCMProject, CredentialsFile: cfg.FCMCredentials, Endpoint: cfg.FCMEndpoint})
	if err != nil {
		return nil, fmt.Errorf("push sender: %w", err)
	}
	return sender, nil
}

// wire wires the packages together, from the store outwards. The index is filled
// before the node listens, so no request is answered from an empty one.
func (n *node) wire(ctx context.Context) error {
	keyer, err := n.store.keyer(ctx, n.cfg, n.log)
	if err != nil {
		return err
	}
	signer, err := n.store.signer(ctx, n.cfg)
	if err != nil {
		return err
	}
	messages, err := notify.NewMessages()
	if err != nil {
		return fmt.Errorf("read messages: %w", err)
	}
	registry := prometheus.NewRegistry()
	timings := notify.NewTimings()
	n.verdicts = &verdictlog.Log{Entries: n.store, Cursors: n.store, Watch: n.store.WatchLog, Logger: n.log, Clock: time.Now}
	n.wireWarnings(keyer, messages, timings.Observe)
	n.wireDesk(keyer, signer)
	if err := n.wireEdge(ctx, keyer, messages, registry); err != nil {
		return err
	}
	registry.MustRegister(timings, n.verdicts, n.follower, n.fanOut, n.outbox, n.totals, n.gauges(), retryMetric{n})
	if err := n.follower.Load(ctx); err != nil {
		return fmt.Errorf("fill the index: %w", err)
	}
	if n.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", n.cfg.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	n.keyWatch = keyWatch{store: n.store, name: keyNodeName(n.listener.Addr().String()), roots: keyer.Roots(), log: n.log}
	if _, err := n.keyWatch.announce(ctx); err != nil {
		return errors.Join(fmt.Errorf("announce the keys: %w", err), n.listener.Close())
	}
	return nil
}

// wireWarnings makes what warns people, from the verdict log to FCM: see package notify.
func (n *node) wireWarnings(keyer models.Keyer, messages *notify.Messages, observe func(string, float64)) {
	// A push must be over well before its lease, or its result could not be stored.
	n.outbox = notify.NewOutbox(notify.OutboxOptions{
		Warnings: n.store, Threads: n.store, Devices: n.store, Sender: n.sender, Messages: messages, Keyer: keyer, Log: n.log,
		InFlight: n.cfg.FCMInFlight, Lease: n.cfg.Lease, Timeout: min(10*time.Second, n.cfg.Lease/2), Observe: observe, Totals: n.totals,
	})
	n.exemptions = &notify.Exemptions{Source: n.store, Keyer: keyer, Log: n.log}
	n.fanOut = notify.NewFanOut(notify.FanOutOptions{
		Jobs: n.store, Exposures: n.exposures, Signatures: n.store, Devices: n.store, Inbox: n.inbox, Changes: n.store, Exemptions: n.exemptions,
		Keyer: keyer, OnWarnings: n.outbox.Wake, Log: n.log, Lease: n.cfg.Lease, Observe: observe, Totals: n.totals,
	})
	// The second follower looks at each entry again later: see notify.RecheckFollower.
	n.verdicts.Follow(notify.FanOutFollower, n.fanOut.Apply(notify.FanOutFollower), verdictlog.FollowOptions{})
	n.verdicts.Follow(notify.RecheckFollower, n.fanOut.Apply(notify.RecheckFollower), verdictlog.FollowOptions{MinAge: notify.RecheckDelay})
}

// published wakes what follows the verdict log after this node has added to it. Changes
// of other nodes it finds by itself.
func (n *node) published() {
	n.verdicts.Wake()
	n.exemptions.Wake()
}

// wireDesk makes what takes in and weighs reports, and what publishes changes.
func (n *node) wireDesk(keyer models.Keyer, signer *models.Signer) {
	n.follower = verdictlog.FollowIndex(n.verdicts, n.store, n.index)
	n.follower.Signer = signer
	if n.cfg.Snapshot {
		n.follower.Snapshots = verdictlog.SnapshotFile{Path: filepath.Join(n.cfg.DataDir, "index.snapshot")}
	}
	n.publisher = &verdictlog.Publisher{
		Signatures: n.store, Log: n.store, Index: n.index, Logger: n.log, Clock: time.Now,
		Published: n.published, Totals: n.totals,
	}
	n.desk = &intake.Desk{
		Store: intake.Stores{
			Reports: n.store, Queue: n.store, Evidence: n.store, Signatures: n.store,
			Exposures: n.store, FanOutJobs: n.store, Reviews: n.store,
		},
		Publisher: n.publisher, Index: n.index, Follower: n.follower, Keyer: keyer, Logger: n.log, Clock: time.Now,
		ExposureTTL: time.Duration(n.cfg.ExposureDays) * 24 * time.Hour, Lease: n.cfg.Lease, WakeFanOut: n.fanOut.Wake, Totals: n.totals,
	}
	n.catalogue = &catalogue.Catalogue{Signatures: n.store, Reviews: n.store, Publisher: n.publisher, Index: n.index, Clock: time.Now}
}

// wireEdge makes the REST surface.
func (n *node) wireEdge(ctx context.Context, keyer models.Keyer, messages *notify.Messages, registry *prometheus.Registry) error {
	cursors, err := n.store.secret(ctx, "cursors")
	if err != nil {
		return err
	}
	n.edge = edge.New(edge.Options{
		Log: n.log, Auth: handlers.Authenticator{Devices: n.store, Keys: n.store}, Timeout: n.cfg.Timeout, TrustedProxies: n.cfg.Proxies,
		Limits: edge.Limits{
			Device: perSecond(n.cfg.RateDevice), Key: perSecond(n.cfg.RateKey), Address: perSecond(n.cfg.RateAddress),
			Registration: edge.Rate{PerSecond: float64(n.cfg.RateRegister) / 60, Burst: n.cfg.RateRegister},
			Failures:     perSecond(n.cfg.RateAddress),
		},
		Version: version(), Registry: registry, Ready: n.ready,
	})
	signer := handlers.CursorSigner{Secret: cursors}
	for _, resource := range []handlers.Resource{
		handlers.Reports{Desk: n.desk},
		handlers.ReportBatches{Desk: n.desk},
		handlers.Checks{Desk: n.desk, CanonicalRegion: canon.Region},
		handlers.Signatures{Catalogue: n.catalogue, Cursors: signer},
		handlers.SignatureImports{Catalogue: n.catalogue},
		handlers.Devices{
			Store: n.store, Outbox: n.outbox, Keyer: keyer, CanonicalRegion: canon.Region, Forget: n.edge.Forget, Clock: time.Now,
		},
		handlers.Exposures{Desk: n.desk, Store: n.store},
		handlers.Warnings{Store: n.store, Localizer: messages, Keyer: keyer, Cursors: signer},
		handlers.Keys{Store: n.store, Forget: n.edge.Forget, Clock: time.Now},
		handlers.Work{Queues: n.workQueues(), Clock: time.Now},
	} {
		resource.Register(n.edge)
	}
	return nil
}

// gauges returns what shows the work in each queue as metrics.
func (n *node) gauges() *work.Gauges {
	queues := map[string]work.Counted{}
	for name, q := range n.store.Queues() {
		queues[name] = q
	}
	return &work.Gauges{Queues: queues, Clock: time.Now, Logger: n.log}
}

// workQueues returns the queues as the API needs them.
func (n *node) workQueues() map[string]handlers.WorkQueue {
	queues := map[string]handlers.WorkQueue{}
	for name, q := range n.store.Queues() {
		queues[name] = q
	}
	return queues
}

// perSecond returns a rate of n requests a second, of which three seconds' worth may
// come at once; 0 is no limit.
func perSecond(n int) edge.Rate { return edge.Rate{PerSecond: float64(n), Burst: 3 * n} }

// ready returns the body of GET /readyz, or an error while the node should get no requests.
func (n *node) ready(ctx context.Context) (map[string]any, error) {
	if err := n.store.Ping(ctx); err != nil {
		return nil, fmt.Errorf("the store does not answer: %w", err)
	}
	push := "none: warnings wait in the inbox"
	if n.cfg.FCMProject != "" {
		push = "fcm"
	}
	log := "whole"
	if fault := n.follower.Fault(); fault != "" {
		log = fault
	}
	return map[string]any{
		"engine": n.store.Engine(), "push": push, "signatures": n.index.Stats().Signatures, "position": n.follower.Position(), "log": log,
	}, nil
}

// run serves until ctx ends or a part fails. Then it stops from the outside
// inwards: it takes no new request, answers those under way (see stopHTTP), ends the loops and
// closes the connections to Firebase and the store. What was acknowledged is in the store, so the work that no
// loop has begun is due at the next start
// (TestKilledServersKeepEveryAcknowledgedReport).
func (n *node) run(ctx context.Context) error {
	// The loops outlive ctx: they end only after the last request has been answered.
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	var wg sync.WaitGroup
	failed := make(chan error, 16) // more than there are loops, so that none waits for a reader
	loopsByName := map[string]func(context.Context) error{
		"verdict log": n.verdicts.Run, "snapshots": n.follower.RunSnapshots, "log head": n.follower.RunHeadChecks,
		"publisher": n.publisher.Run, "desk": n.desk.Run, "reviews": n.desk.RunReviews, "fan-out": n.fanOut.Run, "outbox": n.outbox.Run,
		"exemptions": n.exemptions.Run, "keys": n.keyWatch.Run,
	}
	for name, loop := range loopsByName {
		wg.Go(func() {
			if err := loop(loops); err != nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	wg.Go(func() {
		if err := n.edge.Listener(n.listener); err != nil {
			failed <- fmt.Errorf("serve: %w", err)
		}
	})
	n.log.InfoContext(ctx, "listening", "address", n.listener.Addr().String(), "version", version())

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	n.log.InfoContext(ctx, "stopping")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), n.cfg.Grace)
	defer cancel()
	err = errors.Join(err, n.stopHTTP(grace))
	stopLoops()
	err = errors.Join(err, wait(grace, &wg), n.close())
	n.log.InfoContext(ctx, "stopped")
	return err
}

// stopHTTP ends the HTTP server within half of the grace: a client that reads its reply slowly must leave
// time for the loops (TestASlowReaderLeavesTimeForTheRestOfTheStop).
func (n *node) stopHTTP(grace context.Context) error {
	share, cancel := context.WithTimeout(grace, n.cfg.Grace/2)
	defer cancel()
	return n.edge.Shutdown(share)
}

// close closes what the loops have used: the connections to Firebase, and the store.
func (n *node) close() error {
	var err error
	if n.fcm != nil {
		err = n.fcm.Close()
	}
	return errors.Join(err, n.store.Close())
}

// wait waits until wg is done. It returns an error when ctx ends before.
func wait(ctx context.Context, wg *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("stopped before all work was finished: the rest is due at the next start")
	}
}
