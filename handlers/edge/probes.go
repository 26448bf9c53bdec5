package edge

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"example.org/tocsin/models"
)

// probes adds the routes that ask about the server itself. Those that machines
// ask are not limited.
func (s *Server) probes() {
	policy := Policy{public: true, probe: true}
	type none struct{}
	type state struct {
		Body map[string]any
	}
	Handle(s, huma.Operation{
		OperationID: "alive", Method: http.MethodGet, Path: "/healthz", Tags: []string{"server"},
		Summary: "Is the process alive?",
	}, policy, func(context.Context, *none) (*state, error) {
		return &state{Body: map[string]any{"alive": true}}, nil
	})
	Handle(s, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: "/readyz", Tags: []string{"server"},
		Summary: "Can it serve requests, and with what?",
	}, policy, func(ctx context.Context, _ *none) (*state, error) {
		about, err := s.opt.Ready(ctx)
		if err != nil {
			return nil, &models.Error{Kind: models.Unavailable, Code: "not_ready", Detail: "Not ready yet, or not any more.", Err: err}
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
