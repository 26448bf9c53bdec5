package handlers

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

type checkInput struct {
	Body checkRequest
}

// checkRequest is a check as it is submitted.
type checkRequest struct {
	Indicators []indicator `json:"indicators,omitempty" nullable:"false" maxItems:"20" doc:"Up to 20 indicators. Required without text."`
	Text       string      `json:"text,omitempty" maxLength:"10000" doc:"A message. The server finds the indicators in it."`
	Region     region      `json:"region,omitempty"`
}

type checkReply struct {
	Body checkResult
}

// checkResult is the reply to a check.
type checkResult struct {
	Verdict verdict `json:"verdict" doc:"The verdict on all that was submitted."`
}

// checkOneInput describes the parameters of get-check for the contract; the handler reads them itself.
type checkOneInput struct {
	Kind   indicatorKind `path:"kind"`
	Value  string        `path:"value" minLength:"1" maxLength:"2048" doc:"The value in any spelling, percent-encoded." example:"+12025550143"`
	Region region        `query:"region"`
}

// CheckDesk answers checks and keeps nothing of them. Both methods return models.Invalid for
// a value that cannot be read.
type CheckDesk interface {
	Check(context.Context, models.CheckRequest) (models.Verdict, error)
	// CheckOne answers for one indicator from memory. The region is canonical or empty.
	CheckOne(kind models.IndicatorKind, value, region string) (models.Verdict, error)
}

// Checks serves checks. Every field must be set.
type Checks struct {
	Desk            CheckDesk
	CanonicalRegion func(string) (string, error) // canonical form of a region; "" of ""
}

// Register adds the routes of /v1/checks.
func (c Checks) Register(s *edge.Server) {
	policy := edge.DeviceOr(models.ScopeChecks)
	edge.Handle(s, huma.Operation{
		OperationID: "post-check", Method: http.MethodPost, Path: "/v1/checks",
		Summary: "Check indicators and a message", Tags: []string{"checks"},
		Description: "Returns one verdict on up to 20 indicators and a message. Nothing of the request is stored.",
	}, policy, c.postCheck)
	edge.Raw[checkOneInput, checkReply](s, huma.Operation{
		OperationID: "get-check", Method: http.MethodGet, Path: "/v1/checks/{kind}/{value}",
		Summary: "Check one indicator", Tags: []string{"checks"},
		Description: "Answers from memory, fast enough for an incoming call. Nothing of the request is stored.",
	}, policy, c.getCheck)
}

// getCheck is written without Huma and without reflection: it is called more
// often than all other operations together (BenchmarkVerdict shows the difference).
func (c Checks) getCheck(r *edge.RawRequest) error {
	canonical, err := c.CanonicalRegion(r.Query("region"))
	if err != nil {
		return err
	}
	v, err := c.Desk.CheckOne(models.IndicatorKind(r.Param("kind")), r.Param("value"), canonical)
	if err != nil {
		return err
	}
	r.Reply(http.StatusOK, appendVerdict(r.Scratch(), &v))
	return nil
}

// postCheck answers for several indicators and a text with one verdict. The desk
// brings the region into canonical form itself.
func (c Checks) postCheck(ctx context.Context, in *checkInput) (*checkReply, error) {
	v, err := c.Desk.Check(ctx, models.CheckRequest{
		Indicators: draftIndicators(in.Body.Indicators), Text: in.Body.Text, Region: string(in.Body.Region),
	})
	if err != nil {
		return nil, err
	}
	return &checkReply{Body: checkResult{Verdict: verdictOf(v)}}, nil
}
