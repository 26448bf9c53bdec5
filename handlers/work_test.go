package handlers_test

import (
	"net/http"
	"testing"

	"example.org/tocsin/models"
)

func TestWorkThatIsParkedIsSeenAndPutBackByAnOperator(t *testing.T) {
	s := startServer(t)
	operator := s.key(models.ScopeOperate)
	s.want(s.call(http.MethodGet, "/v1/work", s.key(models.ScopeSignatures), nil), 403, "scope_missing")
	queues := s.want(s.call(http.MethodGet, "/v1/work", operator, nil), 200, "")
	if n := len(queues.json(t)["queues"].([]any)); n != 5 {
		t.Errorf("%d queues: %s", n, queues.body)
	}
	s.want(s.call(http.MethodGet, "/v1/work/nothing/parked", operator, nil), 404, "queue_not_found")
	s.want(s.call(http.MethodGet, "/v1/work/reports/items/rep_none", operator, nil), 404, "not_found")
	s.want(s.call(http.MethodGet, "/v1/work/reports/parked", operator, nil), 200, "")
	s.want(s.call(http.MethodPost, "/v1/work/reports/retry", operator, object{"all": true}), 200, "")
	for _, bad := range []object{{}, {"all": false}, {"all": true, "ids": []string{"rep_1"}}} {
		s.want(s.call(http.MethodPost, "/v1/work/reports/retry", operator, bad), 422, "ids_or_all")
	}
}
