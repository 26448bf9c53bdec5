package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"example.org/tocsin/models"
)

// workCommand is tocsin work: what waits in the queues, and what has failed too often.
type workCommand struct {
	List  workListCommand  `cmd:"" help:"List the queues and the parked work in them."`
	Show  workShowCommand  `cmd:"" help:"Show one piece of work as its queue sees it."`
	Retry workRetryCommand `cmd:"" help:"Put parked work back, once the cause of its failure is repaired."`
}

// workQueues is every queue of a deployment, behind a running server or in a database
// that no server has open.
type workQueues interface {
	stats(ctx context.Context) (map[string]models.QueueStats, error)
	parked(ctx context.Context, queue string) ([]models.QueuedWork, error)
	work(ctx context.Context, queue, id string) (models.QueuedWork, error)
	retry(ctx context.Context, queue string, ids []string) (int64, error)
}

// workBackend holds the flags that say where the queues are.
type workBackend struct {
	Server string `help:"Address of a running server; without it the command opens the configured database." env:"TOCSIN_SERVER"`
	Key    string `help:"API key with the scope operate; needed with --server." env:"TOCSIN_API_KEY"`
}

// with calls do with the queues.
func (b workBackend) with(ctx context.Context, env environment, do func(workQueues) error) (err error) {
	if b.Server != "" {
		return do(remoteQueues{b, newClient(b.Server, 1, 10*time.Second)})
	}
	s, err := openExisting(ctx, env)
	if err != nil {
		return err
	}
	defer joinClose(&err, s.Close)
	return do(storedQueues{s})
}

// workListCommand is tocsin work list.
type workListCommand struct {
	workBackend

	Queue string `arg:"" optional:"" help:"Name of the queue; all of them without it."`
}

// Run prints a table of the queues, and one of the parked work, up to 1,000 pieces a queue.
func (c workListCommand) Run(ctx context.Context, env environment) error {
	return c.with(ctx, env, func(q workQueues) error {
		stats, err := q.stats(ctx)
		if err != nil {
			return err
		}
		names := slices.Sorted(maps.Keys(stats))
		if c.Queue != "" {
			if _, ok := stats[c.Queue]; !ok {
				return fmt.Errorf("there is no queue %q: %s", c.Queue, strings.Join(names, ", "))
			}
			names = []string{c.Queue}
		}
		w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "QUEUE\tDUE\tOLDEST\tLEASED\tPARKED")
		for _, name := range names {
			s := stats[name]
			fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%d\n", name, s.Due, s.Oldest.Round(time.Second), s.Leased, s.Parked)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		return printParked(ctx, env.out, q, names, stats)
	})
}

// printParked prints the parked work of the queues that have some.
func printParked(ctx context.Context, out io.Writer, q workQueues, names []string, stats map[string]models.QueueStats) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	header := "\nQUEUE\tID\tREASON\tFAULTS\tPARKED AT"
	for _, name := range names {
		if stats[name].Parked == 0 {
			continue
		}
		parked, err := q.parked(ctx, name)
		if err != nil {
			return err
		}
		if header != "" {
			fmt.Fprintln(w, header)
			header = ""
		}
		for _, p := range parked {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", name, p.ID, p.Reason, p.Faults, p.Due.UTC().Format(time.RFC3339))
		}
	}
	return w.Flush()
}

// workShowCommand is tocsin work show.
type workShowCommand struct {
	workBackend

	Queue string `arg:"" help:"Name of the queue."`
	ID    string `arg:"" help:"ID of the work."`
}

// Run prints one piece of work.
func (c workShowCommand) Run(ctx context.Context, env environment) error {
	return c.with(ctx, env, func(q workQueues) error {
		w, err := q.work(ctx, c.Queue, c.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.out, "id      %s\nstate   %s\ndue     %s\ntries   %d\nfaults  %d\nreason  %s\n",
			w.ID, w.State, w.Due.UTC().Format(time.RFC3339), w.Tries, w.Faults, w.Reason)
		return err
	})
}

// workRetryCommand is tocsin work retry.
type workRetryCommand struct {
	workBackend

	Queue string   `arg:"" help:"Name of the queue."`
	IDs   []string `arg:"" optional:"" name:"id" help:"IDs of the work to put back."`
	All   bool     `help:"Put back all that is parked in the queue."`
}

// Run puts parked work back, and prints how much that was. That none of it was parked is an error.
func (c workRetryCommand) Run(ctx context.Context, env environment) error {
	if c.All == (len(c.IDs) > 0) {
		return errors.New("name the work to put back, or give --all")
	}
	return c.with(ctx, env, func(q workQueues) error {
		n, err := q.retry(ctx, c.Queue, c.IDs)
		if err != nil {
			return err
		}
		if n == 0 {
			return errors.New("none of it is parked")
		}
		_, err = fmt.Fprintf(env.out, "%d put back\n", n)
		return err
	})
}

// storedQueues is the queues of a database that this process has open.
type storedQueues struct{ *storage }

func (s storedQueues) stats(ctx context.Context) (map[string]models.QueueStats, error) {
	stats := map[string]models.QueueStats{}
	for name, q := range s.Queues() {
		found, err := q.Stats(ctx, time.Now())
		if err != nil {
			return nil, err
		}
		stats[name] = found
	}
	return stats, nil
}

func (s storedQueues) parked(ctx context.Context, queue string) ([]models.QueuedWork, error) {
	return s.Queues()[queue].Parked(ctx, 1000)
}

func (s storedQueues) work(ctx context.Context, queue, id string) (models.QueuedWork, error) {
	q, ok := s.Queues()[queue]
	if !ok {
		return models.QueuedWork{}, fmt.Errorf("there is no queue %q", queue)
	}
	return q.Work(ctx, id)
}

func (s storedQueues) retry(ctx context.Context, queue string, ids []string) (int64, error) {
	q, ok := s.Queues()[queue]
	if !ok {
		return 0, fmt.Errorf("there is no queue %q", queue)
	}
	return q.Unpark(ctx, ids, time.Now())
}

// remoteQueues is the queues of a running server.
type remoteQueues struct {
	workBackend

	client *client
}

func (r remoteQueues) get(ctx context.Context, path string, out any) error {
	return r.client.call(ctx, request{method: http.MethodGet, path: path, credential: r.Key}, nil, out)
}

func (r remoteQueues) stats(ctx context.Context) (map[string]models.QueueStats, error) {
	var reply struct {
		Queues []struct {
			Name                string
			Due, Leased, Parked int64
			OldestSeconds       float64 `json:"oldest_seconds"`
		}
	}
	if err := r.get(ctx, "/v1/work", &reply); err != nil {
		return nil, err
	}
	stats := map[string]models.QueueStats{}
	for _, q := range reply.Queues {
		stats[q.Name] = models.QueueStats{
			Due: q.Due, Leased: q.Leased, Parked: q.Parked, Oldest: time.Duration(q.OldestSeconds * float64(time.Second)),
		}
	}
	return stats, nil
}

func (r remoteQueues) parked(ctx context.Context, queue string) ([]models.QueuedWork, error) {
	var reply struct{ Work []models.QueuedWork }
	err := r.get(ctx, "/v1/work/"+url.PathEscape(queue)+"/parked", &reply)
	return reply.Work, err
}

func (r remoteQueues) work(ctx context.Context, queue, id string) (models.QueuedWork, error) {
	var w models.QueuedWork
	err := r.get(ctx, "/v1/work/"+url.PathEscape(queue)+"/items/"+url.PathEscape(id), &w)
	return w, err
}

func (r remoteQueues) retry(ctx context.Context, queue string, ids []string) (int64, error) {
	var reply struct {
		PutBack int64 `json:"put_back"`
	}
	body := map[string]any{"ids": ids}
	if len(ids) == 0 {
		body = map[string]any{"all": true}
	}
	err := r.client.call(ctx, request{
		method: http.MethodPost, path: "/v1/work/" + url.PathEscape(queue) + "/retry", credential: r.Key,
	}, body, &reply)
	return reply.PutBack, err
}
