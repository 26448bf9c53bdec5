package handlers

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// maxParked is how many pieces of parked work one reply lists.
const maxParked = 1000

// queueDetail is one queue in a reply.
type queueDetail struct {
	Name   string  `json:"name" doc:"The queue's name." example:"reports"`
	Due    int64   `json:"due" minimum:"0" doc:"Pieces of work that wait for a worker. Counted up to 100,000, as the others."`
	Leased int64   `json:"leased" minimum:"0" doc:"Pieces of work that a worker has."`
	Parked int64   `json:"parked" minimum:"0" doc:"Pieces of work that have failed too often, and wait for an operator."`
	Oldest float64 `json:"oldest_seconds" minimum:"0" doc:"For how many seconds the work that is due longest has been due."`
}

// queuedWork is a piece of work in a reply: as its queue sees it, with nothing of what it is about.
type queuedWork struct {
	ID     string    `json:"id" doc:"The id of the work."`
	State  string    `json:"state" doc:"Its state. Each queue has names of its own, and parked."`
	Due    time.Time `json:"due_at" doc:"When it may be claimed, or for parked work when it was parked, RFC 3339."`
	Tries  int       `json:"tries" minimum:"0" doc:"How often it was claimed."`
	Faults int       `json:"faults" minimum:"0" doc:"How often it was claimed since it last ended as it should."`
	Reason string    `json:"reason,omitempty" doc:"Why it was last given back: a code."`
}

type listQueuesReply struct {
	Body struct {
		Queues []queueDetail `json:"queues" nullable:"false" doc:"Every queue, by name."`
	}
}

type queueInput struct {
	Queue string `path:"queue" maxLength:"64" doc:"The queue's name." example:"reports"`
}

type parkedReply struct {
	Body struct {
		Work []queuedWork `json:"work" nullable:"false" doc:"Up to 1,000 pieces of parked work, those that were parked first first."`
	}
}

type workInput struct {
	Queue string `path:"queue" maxLength:"64" doc:"The queue's name." example:"reports"`
	ID    string `path:"id" maxLength:"128" doc:"The id of the work."`
}

type workReply struct{ Body queuedWork }

type retryWorkInput struct {
	Queue string `path:"queue" maxLength:"64" doc:"The queue's name." example:"reports"`
	Body  struct {
		IDs []string `json:"ids,omitempty" nullable:"false" minItems:"1" maxItems:"1000" doc:"Which work to put back."`
		All bool     `json:"all,omitempty" doc:"true to put back all that is parked in the queue. Then ids is left out."`
	}
}

type retryWorkReply struct {
	Body struct {
		PutBack int64 `json:"put_back" minimum:"0" doc:"How many pieces of work are due again. What is not parked is left alone."`
	}
}

// WorkQueue is one queue as an operator sees it.
type WorkQueue interface {
	Stats(ctx context.Context, now time.Time) (models.QueueStats, error)
	// Parked returns up to limit pieces of parked work, those parked first first.
	Parked(ctx context.Context, limit int) ([]models.QueuedWork, error)
	// Work returns one piece of work, whatever its state; models.NotFound when there is none.
	Work(ctx context.Context, id string) (models.QueuedWork, error)
	// Unpark makes parked work due at now, all of it where no ids are given, and returns how much that was.
	Unpark(ctx context.Context, ids []string, now time.Time) (int64, error)
}

// Work serves the queues. Every field must be set.
type Work struct {
	Queues map[string]WorkQueue // by name
	Clock  func() time.Time
}

// Register adds the routes of /v1/work.
func (w Work) Register(s *edge.Server) {
	operator := edge.Scopes(models.ScopeOperate)
	edge.Handle(s, huma.Operation{
		OperationID: "list-queues", Method: http.MethodGet, Path: "/v1/work",
		Summary: "List the queues", Tags: []string{"work"},
		Description: "Returns how much work is in each queue. The metrics tocsin_queue_work and tocsin_queue_oldest_seconds say the same.",
	}, operator, w.listQueues)
	edge.Handle(s, huma.Operation{
		OperationID: "list-parked-work", Method: http.MethodGet, Path: "/v1/work/{queue}/parked",
		Summary: "List the parked work of a queue", Tags: []string{"work"}, Errors: []int{http.StatusNotFound},
		Description: "Returns the work that has failed eight times in a row. It is kept, and not tried again until it is put back.",
	}, operator, w.listParked)
	edge.Handle(s, huma.Operation{
		OperationID: "get-work", Method: http.MethodGet, Path: "/v1/work/{queue}/items/{id}",
		Summary: "Read a piece of work", Tags: []string{"work"}, Errors: []int{http.StatusNotFound},
		Description: "Returns a piece of work as its queue sees it, whatever its state.",
	}, operator, w.getWork)
	edge.Handle(s, huma.Operation{
		OperationID: "retry-work", Method: http.MethodPost, Path: "/v1/work/{queue}/retry", DefaultStatus: http.StatusOK,
		Summary: "Put parked work back", Tags: []string{"work"}, Errors: []int{http.StatusNotFound},
		Description: "Makes parked work due again, as if it had never failed. Repeating the request changes nothing more.",
	}, operator, w.retryWork)
}

// listQueues counts every queue.
func (w Work) listQueues(ctx context.Context, _ *struct{}) (*listQueuesReply, error) {
	out := &listQueuesReply{}
	for _, name := range slices.Sorted(maps.Keys(w.Queues)) {
		stats, err := w.Queues[name].Stats(ctx, w.Clock())
		if err != nil {
			return nil, err
		}
		out.Body.Queues = append(out.Body.Queues, queueDetail{
			Name: name, Due: stats.Due, Leased: stats.Leased, Parked: stats.Parked, Oldest: stats.Oldest.Seconds(),
		})
	}
	return out, nil
}

// queue returns the queue of a name.
func (w Work) queue(name string) (WorkQueue, error) {
	q, ok := w.Queues[name]
	if !ok {
		return nil, &models.Error{Kind: models.NotFound, Code: "queue_not_found", Detail: "There is no queue of that name."}
	}
	return q, nil
}

// listParked lists the parked work of a queue.
func (w Work) listParked(ctx context.Context, in *queueInput) (*parkedReply, error) {
	q, err := w.queue(in.Queue)
	if err != nil {
		return nil, err
	}
	parked, err := q.Parked(ctx, maxParked)
	if err != nil {
		return nil, err
	}
	out := &parkedReply{}
	out.Body.Work = make([]queuedWork, len(parked))
	for i, p := range parked {
		out.Body.Work[i] = queuedWorkOf(p)
	}
	return out, nil
}

// getWork returns one piece of work.
func (w Work) getWork(ctx context.Context, in *workInput) (*workReply, error) {
	q, err := w.queue(in.Queue)
	if err != nil {
		return nil, err
	}
	found, err := q.Work(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &workReply{Body: queuedWorkOf(found)}, nil
}

// retryWork puts parked work back.
func (w Work) retryWork(ctx context.Context, in *retryWorkInput) (*retryWorkReply, error) {
	q, err := w.queue(in.Queue)
	switch {
	case err != nil:
		return nil, err
	case in.Body.All == (len(in.Body.IDs) > 0):
		return nil, models.NewInvalid("", "ids_or_all", "Either ids or all must be given.")
	}
	n, err := q.Unpark(ctx, in.Body.IDs, w.Clock())
	if err != nil {
		return nil, err
	}
	out := &retryWorkReply{}
	out.Body.PutBack = n
	return out, nil
}

func queuedWorkOf(w models.QueuedWork) queuedWork {
	return queuedWork{ID: w.ID, State: w.State, Due: w.Due.UTC(), Tries: w.Tries, Faults: w.Faults, Reason: w.Reason}
}
