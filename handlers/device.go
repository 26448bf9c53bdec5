package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// deviceBody is a device as an app registers it.
type deviceBody struct {
	Platform string   `json:"platform" enum:"android,ios,web" doc:"What the app runs on."`
	Push     *push    `json:"push,omitempty" doc:"Where warnings are pushed to. Without it they wait in the inbox."`
	Locale   string   `json:"locale" pattern:"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$" maxLength:"35" doc:"BCP 47: the language of warnings." example:"zh-CN"`
	Region   string   `json:"region,omitempty" pattern:"^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$" doc:"ISO 3166 country or subdivision." example:"CN-44"`
	Zone     string   `json:"time_zone,omitempty" maxLength:"64" doc:"IANA time zone, for quiet hours." example:"Asia/Shanghai"`
	Consents consents `json:"consents" doc:"What the person has agreed to."`
}

type push struct {
	Kind  string `json:"kind" enum:"fid,token" doc:"A Firebase Installation ID or a registration token."`
	Value string `json:"value" minLength:"1" maxLength:"4096" pattern:"^[\\x21-\\x7e]+$" doc:"The id or token."`
}

func (p *push) model() *models.PushTarget {
	if p == nil {
		return nil
	}
	return &models.PushTarget{Kind: models.PushKind(p.Kind), Value: p.Value}
}

type consents struct {
	Exposures bool `json:"exposures" doc:"Keep, as keyed hashes, what the device has met."`
	Warnings  bool `json:"warnings" doc:"Push warnings about it."`
}

// deviceChange is a change of a device, as a merge patch (RFC 7396).
type deviceChange struct {
	Push     nullable[push] `json:"push,omitzero" doc:"Where warnings are pushed to; null for nowhere."`
	Locale   *string        `json:"locale,omitempty" nullable:"false" pattern:"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$" maxLength:"35" doc:"BCP 47: the language of warnings." example:"zh-CN"`
	Region   *string        `json:"region,omitempty" nullable:"false" pattern:"^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$" doc:"ISO 3166 country or subdivision; empty for none." example:"CN-44"`
	Zone     *string        `json:"time_zone,omitempty" nullable:"false" maxLength:"64" doc:"IANA time zone; empty for none." example:"Asia/Shanghai"`
	Consents *consents      `json:"consents,omitempty" doc:"What the person agrees to now. Withdrawing exposures deletes them."`
}

// DeviceDetail is a device as itself sees it.
type DeviceDetail struct {
	ID       string      `json:"id" doc:"The device's id."`
	Platform string      `json:"platform" enum:"android,ios,web" doc:"What the app runs on."`
	Push     *pushDetail `json:"push,omitempty" doc:"Where warnings are pushed to."`
	Locale   string      `json:"locale" doc:"The language of warnings."`
	Region   string      `json:"region,omitempty" doc:"ISO 3166."`
	Zone     string      `json:"time_zone,omitempty" doc:"IANA time zone."`
	Consents consents    `json:"consents" doc:"What the person has agreed to."`
	Created  time.Time   `json:"created_at" doc:"When it was registered."`
	Changed  time.Time   `json:"changed_at" doc:"When it last changed."`
}

// pushDetail leaves the target itself out: only its kind and age are of use to the app.
type pushDetail struct {
	Kind    string    `json:"kind" enum:"fid,token" doc:"A Firebase Installation ID or a registration token."`
	Updated time.Time `json:"updated_at" doc:"When it was given."`
}

// newDevice is a device with its credential.
type newDevice struct {
	DeviceDetail

	Credential string `json:"credential" doc:"The bearer token. It is shown this once."`
}

type registerInput struct {
	Body deviceBody
}

type registerReply struct {
	Location string `header:"Location" doc:"Where the device finds itself."`
	ETag     string `header:"ETag" doc:"Its revision, for If-Match."`
	Body     newDevice
}

type deviceReply struct {
	ETag string `header:"ETag" doc:"Its revision, for If-Match."`
	Body DeviceDetail
}

type changeDeviceInput struct {
	IfMatch string `header:"If-Match" doc:"The ETag that the change was made upon; without it the change is made upon whatever is there." example:"\"3\""`
	Body    deviceChange
}

// DeviceStore keeps devices.
type DeviceStore interface {
	PutDevice(context.Context, models.Device) error
	Device(ctx context.Context, id string) (models.Device, error)
	// ReplaceDevice stores the device if the stored one has the revision before.
	ReplaceDevice(context.Context, models.Device) error
	// EraseDevice deletes the device, its exposures and warnings, and what its reports say about it.
	EraseDevice(ctx context.Context, id, pseudonym string) error
	DeleteExposures(ctx context.Context, device string) error
}

// Devices serves devices. Every field must be set.
type Devices struct {
	Store           DeviceStore
	Keyer           models.Keyer                 // names the reports of an erased device
	CanonicalRegion func(string) (string, error) // canonical form of a region
	Forget          func(id string)              // drops a credential from the server's cache
	Clock           func() time.Time
}

// Register adds the routes of /v1/devices.
func (d Devices) Register(s *edge.Server) {
	edge.Handle(s, huma.Operation{
		OperationID: "post-device", Method: http.MethodPost, Path: "/v1/devices", DefaultStatus: http.StatusCreated,
		Summary: "Register a device", Tags: []string{"devices"},
		Description: "Open to everybody, a few times an hour for one address. The reply holds the device's credential.",
	}, edge.PublicOr(models.ScopeDevices).Registering(), d.postDevice)
	edge.Handle(s, huma.Operation{
		OperationID: "get-device", Method: http.MethodGet, Path: "/v1/devices/me",
		Summary: "Read one's own device", Tags: []string{"devices"}, Errors: []int{http.StatusNotFound},
	}, edge.Device(), d.getDevice)
	edge.Handle(s, huma.Operation{
		OperationID: "patch-device", Method: http.MethodPatch, Path: "/v1/devices/me",
		Summary: "Change one's own device", Tags: []string{"devices"}, Errors: []int{http.StatusNotFound},
		Description: "A merge patch (RFC 7396): what is not mentioned stays.",
	}, edge.Device(), d.patchDevice)
	edge.Handle(s, huma.Operation{
		OperationID: "delete-device", Method: http.MethodDelete, Path: "/v1/devices/me", DefaultStatus: http.StatusNoContent,
		Summary: "Erase one's own device", Tags: []string{"devices"},
		Description: "Deletes the device, its exposures and warnings at once, and from its reports everything personal.",
	}, edge.Device(), d.deleteDevice)
}

func (d Devices) postDevice(ctx context.Context, in *registerInput) (*registerReply, error) {
	b := in.Body
	region, err := d.validateLocation(b.Region, b.Zone)
	if err != nil {
		return nil, err
	}
	device, credential := models.NewDevice(models.DeviceDraft{
		Platform: b.Platform, Push: b.Push.model(), Locale: b.Locale, Region: region, Zone: b.Zone,
		Consents: models.Consents(b.Consents),
	}, d.Clock())
	if err := d.Store.PutDevice(ctx, device); err != nil {
		return nil, err
	}
	return &registerReply{
		Location: "/v1/devices/me", ETag: edge.ETag(device.Rev),
		Body: newDevice{DeviceDetail: deviceDetailOf(device), Credential: credential.Bearer()},
	}, nil
}

func (d Devices) getDevice(ctx context.Context, _ *struct{}) (*deviceReply, error) {
	device, err := d.Store.Device(ctx, edge.CallerFrom(ctx).Device)
	if err != nil {
		return nil, err
	}
	return &deviceReply{ETag: edge.ETag(device.Rev), Body: deviceDetailOf(device)}, nil
}

func (d Devices) patchDevice(ctx context.Context, in *changeDeviceInput) (*deviceReply, error) {
	change, err := d.deviceAmendment(in.Body)
	if err != nil {
		return nil, err
	}
	var seen *int64
	if in.IfMatch != "" {
		rev, err := edge.IfMatch(in.IfMatch)
		if err != nil {
			return nil, err
		}
		seen = &rev
	}
	device, err := d.amendDevice(ctx, edge.CallerFrom(ctx).Device, seen, change)
	if err != nil {
		return nil, err
	}
	// The consent goes before the exposures, so that none is recorded after they are
	// deleted; a retry of the same change finishes what a crash has left.
	if change.Consents != nil && !change.Consents.Exposures {
		if err := d.Store.DeleteExposures(ctx, device.ID); err != nil {
			return nil, err
		}
	}
	return &deviceReply{ETag: edge.ETag(device.Rev), Body: deviceDetailOf(device)}, nil
}

// amendDevice makes the change upon the revision seen. Without one it is made
// upon whatever is there, and again when another change came between, three times at most.
func (d Devices) amendDevice(ctx context.Context, id string, seen *int64, change models.DeviceAmendment) (models.Device, error) {
	for tries := 1; ; tries++ {
		before, err := d.Store.Device(ctx, id)
		if err != nil {
			return models.Device{}, err
		}
		if seen != nil && *seen != before.Rev {
			return models.Device{}, &models.Error{Kind: models.Stale, Code: "revision_stale", Detail: "The device has changed since. Read it again."}
		}
		after := before.Amend(change, d.Clock())
		err = d.Store.ReplaceDevice(ctx, after)
		if err == nil {
			return after, nil
		}
		if seen != nil || tries == 3 || !errors.Is(err, models.Stale) {
			return models.Device{}, err
		}
	}
}

func (d Devices) deleteDevice(ctx context.Context, _ *struct{}) (*struct{}, error) {
	id := edge.CallerFrom(ctx).Device
	if err := d.Store.EraseDevice(ctx, id, d.Keyer.Pseudonym(id)); err != nil {
		return nil, err
	}
	d.Forget(id)
	return nil, nil
}

func (d Devices) deviceAmendment(b deviceChange) (models.DeviceAmendment, error) {
	out := models.DeviceAmendment{
		Push: b.Push.Value.model(), NoPush: b.Push.Present && b.Push.Value == nil, Locale: b.Locale, Region: b.Region,
		Zone: b.Zone, Consents: (*models.Consents)(b.Consents),
	}
	var region, zone string
	if b.Region != nil {
		region = *b.Region
	}
	if b.Zone != nil {
		zone = *b.Zone
	}
	region, err := d.validateLocation(region, zone)
	if err != nil {
		return out, err
	}
	if b.Region != nil {
		out.Region = &region
	}
	return out, nil
}

// place checks a region and a time zone, of which either may be empty, and returns the canonical region.
func (d Devices) validateLocation(region, zone string) (string, error) {
	canonical, bad := d.CanonicalRegion(region)
	if bad != nil {
		return "", models.At(bad, "/region")
	}
	// "Local" is a name that only Go knows: it would be this machine's zone.
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return "", models.NewInvalid("/time_zone", "time_zone_unknown", "The time zone is not in the IANA database.")
	}
	return canonical, nil
}

func deviceDetailOf(d models.Device) DeviceDetail {
	out := DeviceDetail{
		ID: d.ID, Platform: d.Platform, Locale: d.Locale, Region: d.Region, Zone: d.Zone,
		Consents: consents(d.Consents), Created: d.Created.UTC(), Changed: d.Changed.UTC(),
	}
	if d.Push != nil {
		out.Push = &pushDetail{Kind: string(d.Push.Kind), Updated: d.Push.Updated.UTC()}
	}
	return out
}
