package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// exposureEntry is an indicator that a device has met.
type exposureEntry struct {
	Kind    indicatorKind  `json:"kind"`
	Value   indicatorValue `json:"value" minLength:"1" maxLength:"2048" example:"+1 202 555 0143"`
	Channel string         `json:"channel,omitempty" enum:"call,sms,chat,email,web,payment" doc:"The channel by which the device met it."`
	Met     time.Time      `json:"met_at" doc:"When the device met it, RFC 3339."`
	Region  region         `json:"region,omitempty" doc:"ISO 3166 code for phone numbers in national form. The default is the device's."`
}

type exposeInput struct {
	Body exposureRequest
}

// exposureRequest is the exposures as the app sends them.
type exposureRequest struct {
	Exposures []exposureEntry `json:"exposures" nullable:"false" minItems:"1" maxItems:"500" doc:"Up to 500 exposures."`
}

type exposeReply struct {
	Body exposureList
}

// exposureList is the reply to exposures.
type exposureList struct {
	Exposures []exposureResult `json:"exposures" nullable:"false" doc:"One result for each exposure, in the order of the request."`
}

// exposureResult is what is known of one exposure now. It does not repeat the value:
// the order of the results tells which exposure is meant.
type exposureResult struct {
	Kind    indicatorKind `json:"kind"`
	Level   level         `json:"level" doc:"The present level."`
	Advice  advice        `json:"advice" doc:"What the person should do now."`
	Expires time.Time     `json:"expires_at" doc:"When the exposure is deleted, RFC 3339. Until then the device is warned about it."`
}

// ExposureDesk stores exposures.
type ExposureDesk interface {
	// Expose stores exposures of the device and returns one result for each, in order. Without the
	// consent it is models.Forbidden.
	Expose(context.Context, models.Device, []models.Encounter) ([]models.ExposureResult, error)
}

// ExposureStore reads devices and deletes exposures.
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
		Summary: "Record exposures", Tags: []string{"exposures"}, Errors: []int{http.StatusNotFound},
		Description: "Stores up to 500 exposures of the device, as keyed hashes, and returns what is known of each now. Returns 403 " +
			"without the consent exposures. Storing the same exposure again changes nothing.",
	}, edge.Device(), x.putExposures)
	edge.Handle(s, huma.Operation{
		OperationID: "delete-exposures", Method: http.MethodDelete, Path: "/v1/devices/me/exposures", DefaultStatus: http.StatusNoContent,
		Summary: "Delete all exposures", Tags: []string{"exposures"},
		Description: "Deletes every exposure of the device.",
	}, edge.Device(), x.deleteExposures)
}

// putExposures stores what the device has met. The device is read first, for its
// consent and for its region, which numbers in national form take where they have
// none. One exposure that is not valid refuses the whole request, with a pointer to
// it: an app sends its exposures again as a whole, and storing the same one again
// changes nothing.
func (x Exposures) putExposures(ctx context.Context, in *exposeInput) (*exposeReply, error) {
	device, err := x.Store.Device(ctx, edge.CallerFrom(ctx).Device)
	if err != nil {
		return nil, err
	}
	met := make([]models.Encounter, len(in.Body.Exposures))
	for i, e := range in.Body.Exposures {
		met[i] = models.Encounter{
			Kind: models.IndicatorKind(e.Kind), Value: string(e.Value), Channel: e.Channel, Region: string(e.Region), Met: e.Met.UTC(),
		}
	}
	exposed, err := x.Desk.Expose(ctx, device, met)
	if err != nil {
		return nil, err
	}
	out := &exposeReply{Body: exposureList{Exposures: make([]exposureResult, len(exposed))}}
	for i, e := range exposed {
		out.Body.Exposures[i] = exposureResult{
			Kind: indicatorKind(e.Kind), Level: level(e.Verdict.Level), Advice: adviceOf(e.Verdict.Advice), Expires: e.Expires.UTC(),
		}
	}
	return out, nil
}

// deleteExposures deletes every exposure of the device and keeps its inbox.
func (x Exposures) deleteExposures(ctx context.Context, _ *struct{}) (*struct{}, error) {
	if err := x.Store.DeleteExposures(ctx, edge.CallerFrom(ctx).Device); err != nil {
		return nil, err
	}
	return nil, nil
}
