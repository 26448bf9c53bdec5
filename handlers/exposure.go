package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// encounter is something that a device has met.
type encounter struct {
	Kind    indicatorKind `json:"kind" doc:"What it is."`
	Value   string        `json:"value" minLength:"1" maxLength:"2048" doc:"As it was seen; any usual spelling." example:"+1 202 555 0143"`
	Channel string        `json:"channel,omitempty" enum:"call,sms,chat,email,web,payment" doc:"How it was met."`
	Met     time.Time     `json:"met_at" doc:"When, RFC 3339."`
	Region  string        `json:"region,omitempty" pattern:"^[A-Z]{2}(-[A-Z0-9]{1,3})?$" doc:"ISO 3166, for numbers in national form; the device's where it is not given." example:"CN-44"`
}

type exposeInput struct {
	Body encounters
}

type encounters struct {
	Exposures []encounter `json:"exposures" nullable:"false" minItems:"1" maxItems:"500" doc:"What was met."`
}

type exposeReply struct {
	Body exposureList
}

// exposureList holds one answer for each encounter, in order.
type exposureList struct {
	Exposures []exposure `json:"exposures" nullable:"false" doc:"One for each that was sent, in order."`
}

type exposure struct {
	Kind    indicatorKind `json:"kind" doc:"What it is."`
	Level   level         `json:"level" doc:"How bad it is known to be now."`
	Advice  advice        `json:"advice" doc:"What to do now."`
	Expires time.Time     `json:"expires_at" doc:"Until when the exposure is kept, to warn about it later."`
}

// ExposureDesk takes exposures in.
type ExposureDesk interface {
	// Expose records what a device has met, with one answer for each, in order.
	Expose(context.Context, models.Device, []models.Encounter) ([]models.ExposureResult, error)
}

// ExposureStore finds the device and deletes its exposures.
type ExposureStore interface {
	Device(ctx context.Context, id string) (models.Device, error)
	DeleteExposures(ctx context.Context, device string) error
}

// Exposures serves a device's exposures. Every field must be set.
type Exposures struct {
	Desk  ExposureDesk
	Store ExposureStore
}

// Register adds the routes of /v1/devices/me/exposures.
func (x Exposures) Register(s *edge.Server) {
	edge.Handle(s, huma.Operation{
		OperationID: "put-exposures", Method: http.MethodPut, Path: "/v1/devices/me/exposures",
		Summary: "Record what the device has met", Tags: []string{"exposures"}, Errors: []int{http.StatusNotFound},
		Description: "Kept as keyed hashes, and only with the person's consent: 403 without. Recording the same again changes nothing.",
	}, edge.Device(), x.putExposures)
	edge.Handle(s, huma.Operation{
		OperationID: "delete-exposures", Method: http.MethodDelete, Path: "/v1/devices/me/exposures", DefaultStatus: http.StatusNoContent,
		Summary: "Delete what was recorded", Tags: []string{"exposures"},
	}, edge.Device(), x.deleteExposures)
}

func (x Exposures) putExposures(ctx context.Context, in *exposeInput) (*exposeReply, error) {
	device, err := x.Store.Device(ctx, edge.CallerFrom(ctx).Device)
	if err != nil {
		return nil, err
	}
	met := make([]models.Encounter, len(in.Body.Exposures))
	for i, e := range in.Body.Exposures {
		met[i] = models.Encounter{
			Kind: models.IndicatorKind(e.Kind), Value: e.Value, Channel: e.Channel, Region: e.Region, Met: e.Met.UTC(),
		}
	}
	exposed, err := x.Desk.Expose(ctx, device, met)
	if err != nil {
		return nil, err
	}
	out := &exposeReply{Body: exposureList{Exposures: make([]exposure, len(exposed))}}
	for i, e := range exposed {
		out.Body.Exposures[i] = exposure{
			Kind: indicatorKind(e.Kind), Level: level(e.Verdict.Level), Advice: adviceOf(e.Verdict.Advice), Expires: e.Expires.UTC(),
		}
	}
	return out, nil
}

func (x Exposures) deleteExposures(ctx context.Context, _ *struct{}) (*struct{}, error) {
	if err := x.Store.DeleteExposures(ctx, edge.CallerFrom(ctx).Device); err != nil {
		return nil, err
	}
	return nil, nil
}
