package handlers

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

type checkInput struct {
	Body question
}

// question is a check as it is submitted.
type question struct {
	Indicators []indicator `json:"indicators,omitempty" nullable:"false" maxItems:"20" doc:"What to ask about. At least one indicator or a text."`
	Text       string      `json:"text,omitempty" maxLength:"10000" doc:"A message. Indicators in it are found."`
	Region     string      `json:"region,omitempty" pattern:"^[A-Z]{2}(-[A-Z0-9]{1,3})?$" doc:"ISO 3166, for numbers in national form." example:"CN-44"`
}

type checkReply struct {
	Body answer
}

// answer is the answer to a check.
type answer struct {
	Verdict verdict `json:"verdict" doc:"What is known about it."`
}

// checkOneInput describes the parameters of the hot read for the contract.
type checkOneInput struct {
	Kind   indicatorKind `path:"kind" doc:"What it is."`
	Value  string        `path:"value" minLength:"1" maxLength:"2048" doc:"As it was seen, percent-encoded." example:"+12025550143"`
	Region string        `query:"region" pattern:"^[A-Z]{2}(-[A-Z0-9]{1,3})?$" doc:"ISO 3166, for numbers in national form." example:"CN-44"`
}

// CheckDesk answers checks and keeps nothing of them.
type CheckDesk interface {
	Check(context.Context, models.CheckRequest) (models.Verdict, error)
	// CheckOne answers for one indicator from memory.
	CheckOne(kind models.IndicatorKind, value, region string) (models.Verdict, error)
}

// Checks serves checks. Every field must be set.
type Checks struct {
	Desk            CheckDesk
	CanonicalRegion func(string) (string, error) // canonical form of a region
}

// Register adds the routes of /v1/checks.
func (c Checks) Register(s *edge.Server) {
	policy := edge.DeviceOr(models.ScopeChecks)
	edge.Handle(s, huma.Operation{
		OperationID: "post-check", Method: http.MethodPost, Path: "/v1/checks",
		Summary: "Ask about indicators and a message", Tags: []string{"checks"},
		Description: "Nothing of it is kept.",
	}, policy, c.postCheck)
	edge.Raw[checkOneInput, checkReply](s, huma.Operation{
		OperationID: "get-check", Method: http.MethodGet, Path: "/v1/checks/{kind}/{value}",
		Summary: "Ask about one indicator", Tags: []string{"checks"},
		Description: "Answered from memory: made for the moment at which a phone rings. Nothing of it is kept.",
	}, policy, c.getCheck)
}

// getCheck is written without Huma: it is asked more often than everything else together.
func (c Checks) getCheck(r *edge.RawRequest) error {
	region, bad := c.CanonicalRegion(r.Query("region"))
	if bad != nil {
		return bad
	}
	v, err := c.Desk.CheckOne(models.IndicatorKind(r.Param("kind")), r.Param("value"), region)
	if err != nil {
		return err //nolint:wrapcheck // the desk says it in our own words
	}
	r.Reply(http.StatusOK, appendVerdict(r.Scratch(), &v))
	return nil
}

func (c Checks) postCheck(ctx context.Context, in *checkInput) (*checkReply, error) {
	v, err := c.Desk.Check(ctx, models.CheckRequest{
		Indicators: draftIndicators(in.Body.Indicators), Text: in.Body.Text, Region: in.Body.Region,
	})
	if err != nil {
		return nil, err
	}
	return &checkReply{Body: answer{Verdict: verdictOf(v)}}, nil
}
