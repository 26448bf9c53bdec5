package edge

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"example.org/tocsin/models"
)

// probes adds the routes about the server itself. Those that machines call have no
// rate limit: a load balancer must not take a busy node for a broken one.
func (s *Server) probes() {
	policy := Policy{public: true, probe: true}
	type none struct{}
	type state struct {
		Body map[string]any
	}
	Handle(s, huma.Operation{
		OperationID: "alive", Method: http.MethodGet, Path: "/healthz", Tags: []string{"server"},
		Summary: "Liveness probe", Description: "Returns 200 while the process runs.",
	}, policy, func(context.Context, *none) (*state, error) {
		return &state{Body: map[string]any{"alive": true}}, nil
	})
	Handle(s, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: "/readyz", Tags: []string{"server"},
		Summary:     "Readiness probe",
		Description: "Returns 200 and the state of the server if it can serve requests, and 503 if not.",
	}, policy, func(ctx context.Context, _ *none) (*state, error) {
		about, err := s.opt.Ready(ctx)
		if err != nil {
			return nil, &models.Error{Kind: models.Unavailable, Code: "not_ready", Detail: "The server is not ready.", Err: err}
		}
		return &state{Body: about}, nil
	})
	metrics := fasthttpadaptor.NewFastHTTPHandler(promhttp.HandlerFor(s.opt.Registry, promhttp.HandlerOpts{}))
	Raw[none, state](s, huma.Operation{Method: http.MethodGet, Path: "/metrics", Hidden: true}, policy, func(r *RawRequest) error {
		metrics(r.x.rc)
		return nil
	})
	Raw[none, state](s, huma.Operation{Method: http.MethodGet, Path: "/openapi.json", Hidden: true}, Public(), func(r *RawRequest) error {
		r.Reply(http.StatusOK, s.document)
		return nil
	})
}
