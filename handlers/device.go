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

// deviceRequest is a device as an app registers it.
type deviceRequest struct {
	Platform string         `json:"platform" enum:"android,ios,web" doc:"The platform that the app runs on."`
	Push     *pushTarget    `json:"push,omitempty" doc:"Where warnings are pushed to. Without it they wait in the inbox."`
	Locale   languageTag    `json:"locale" doc:"BCP 47 language tag of the language of warnings."`
	Region   optionalRegion `json:"region,omitempty"`
	Zone     string         `json:"time_zone,omitempty" maxLength:"64" doc:"IANA time zone, for quiet hours." example:"Asia/Shanghai"`
	Consents consents       `json:"consents" doc:"What the person agrees to."`
}

// pushTarget is where FCM delivers to. The value is a capability: whoever has it can
// push to the device, so no reply and no log holds it.
type pushTarget struct {
	Kind  string `json:"kind" enum:"fid,token" doc:"fid for a Firebase Installation ID, token for an FCM registration token."`
	Value string `json:"value" minLength:"1" maxLength:"4096" pattern:"^[\\x21-\\x7e]+$" doc:"The id or the token."`
}

// model returns the target as the rest of the program has it; nil for no target.
func (p *pushTarget) model() *models.PushTarget {
	if p == nil {
		return nil
	}
	return &models.PushTarget{Kind: models.PushKind(p.Kind), Value: p.Value}
}

// consents are the decisions of the person. Each stands for itself: without exposures
// nothing is stored that could be warned about later, and without warnings nothing is
// pushed, but the inbox is filled.
type consents struct {
	Exposures bool `json:"exposures" doc:"The server may keep the device's exposures, as keyed hashes."`
	Warnings  bool `json:"warnings" doc:"The server may push warnings to the device."`
}

// devicePatch is a change of a device, as a merge patch (RFC 7396).
type devicePatch struct {
	Push     nullable[pushTarget] `json:"push,omitzero" doc:"Where warnings are pushed to. null for no push."`
	Locale   *languageTag         `json:"locale,omitempty" nullable:"false" doc:"BCP 47 language tag of the language of warnings."`
	Region   *optionalRegion      `json:"region,omitempty" nullable:"false"`
	Zone     *zone                `json:"time_zone,omitempty" nullable:"false" maxLength:"64" example:"Asia/Shanghai"`
	Consents *consents            `json:"consents,omitempty" doc:"What the person agrees to now. Without exposures, they are deleted."`
}

// zone is an IANA time zone that can be empty.
type zone string

// Schema describes a time zone that can be empty.
func (zone) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "IANA time zone, for quiet hours. Empty for none."}
}

// DeviceDetail is a device as the device itself sees it.
type DeviceDetail struct {
	ID       string            `json:"id" doc:"The device's id."`
	Platform string            `json:"platform" enum:"android,ios,web" doc:"The platform that the app runs on."`
	Push     *pushTargetDetail `json:"push,omitempty" doc:"Where warnings are pushed to."`
	Locale   string            `json:"locale" doc:"BCP 47 language tag of the language of warnings."`
	Region   string            `json:"region,omitempty" doc:"ISO 3166 code of the device's country or subdivision."`
	Zone     string            `json:"time_zone,omitempty" doc:"IANA time zone, for quiet hours."`
	Consents consents          `json:"consents" doc:"What the person agrees to."`
	Created  time.Time         `json:"created_at" doc:"When the device was registered, RFC 3339."`
	Changed  time.Time         `json:"changed_at" doc:"When the device last changed, RFC 3339."`
}

// pushTargetDetail leaves out the target itself, which is a secret: the app needs only its kind and its age.
type pushTargetDetail struct {
	Kind    string    `json:"kind" enum:"fid,token" doc:"fid for a Firebase Installation ID, token for an FCM registration token."`
	Updated time.Time `json:"updated_at" doc:"When the target was set, RFC 3339."`
}

// createdDevice is a device with its credential.
type createdDevice struct {
	DeviceDetail

	Credential string `json:"credential" doc:"The bearer token (RFC 6750). Only this reply holds it."`
}

type registerInput struct {
	Body deviceRequest
}

type registerReply struct {
	Location string `header:"Location" doc:"The path of the device."`
	ETag     string `header:"ETag" doc:"The revision in quotes, for If-Match."`
	Body     createdDevice
}

type deviceReply struct {
	ETag string `header:"ETag" doc:"The revision in quotes, for If-Match."`
	Body DeviceDetail
}

type patchDeviceInput struct {
	IfMatch devicePrecondition `header:"If-Match"`
	Body    devicePatch
}

// devicePrecondition is an If-Match header that can be absent, in contrast to that of
// a signature: an app that changes only its own push target need not read the device
// first.
type devicePrecondition string

// Schema says that the header is optional here.
func (devicePrecondition) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Examples: []any{`"3"`},
		Description: "The ETag of the revision that the change is based on. Without it the change applies to any revision.",
	}
}

// DeviceStore keeps devices. An unknown device is models.NotFound.
type DeviceStore interface {
	PutDevice(context.Context, models.Device) error
	Device(ctx context.Context, id string) (models.Device, error)
	// ReplaceDevice stores the device if the stored one has the revision before, else it is models.Stale.
	ReplaceDevice(context.Context, models.Device) error
	// EraseDevice deletes the device, its exposures and warnings, and the personal content of the
	// reports that are kept under the pseudonym.
	EraseDevice(ctx context.Context, id, pseudonym string) error
	DeleteExposures(ctx context.Context, device string) error
}

// DeviceOutbox pushes warnings.
type DeviceOutbox interface {
	// Requeue makes due again what could not be pushed to the device before, for want of a target or of consent.
	Requeue(ctx context.Context, device string) error
}

// Devices serves devices. Every field must be set.
type Devices struct {
	Store           DeviceStore
	Outbox          DeviceOutbox
	Keyer           models.Keyer                 // gives the pseudonym of an erased device
	CanonicalRegion func(string) (string, error) // canonical form of a region; "" of ""
	Forget          func(id string)              // drops a credential from this node's cache, see edge.Server.Forget
	Clock           func() time.Time
}

// Register adds the routes of /v1/devices.
func (d Devices) Register(s *edge.Server) {
	edge.Handle(s, huma.Operation{
		OperationID: "post-device", Method: http.MethodPost, Path: "/v1/devices", DefaultStatus: http.StatusCreated,
		Summary: "Register a device", Tags: []string{"devices"},
		Description: "Needs no credential. Without one, the registrations of one IP address are limited. Only this reply holds " +
			"the device's credential.",
	}, edge.PublicOr(models.ScopeDevices).Registering(), d.postDevice)
	edge.Handle(s, huma.Operation{
		OperationID: "get-device", Method: http.MethodGet, Path: "/v1/devices/me",
		Summary: "Read the device", Tags: []string{"devices"}, Errors: []int{http.StatusNotFound},
		Description: "Returns the device that the credential belongs to. The ETag is its revision.",
	}, edge.Device(), d.getDevice)
	edge.Handle(s, huma.Operation{
		OperationID: "patch-device", Method: http.MethodPatch, Path: "/v1/devices/me",
		Summary: "Change the device", Tags: []string{"devices"}, Errors: []int{http.StatusNotFound},
		Description: "Changes the device by a merge patch (RFC 7396): members that are absent stay as they are. With If-Match it " +
			"returns 412 if the device has another revision.",
	}, edge.Device(), d.patchDevice)
	edge.Handle(s, huma.Operation{
		OperationID: "delete-device", Method: http.MethodDelete, Path: "/v1/devices/me", DefaultStatus: http.StatusNoContent,
		Summary: "Erase the device", Tags: []string{"devices"},
		Description: "Deletes the device, its exposures and its warnings at once, and everything personal in its reports.",
	}, edge.Device(), d.deleteDevice)
}

// postDevice registers a device. The credential is made here and only its hash is
// stored, so a lost credential cannot be restored: the app registers again. Region and
// time zone are checked, since an unknown zone would make quiet hours fail later, when
// the warning is due.
func (d Devices) postDevice(ctx context.Context, in *registerInput) (*registerReply, error) {
	b := in.Body
	canonical, err := d.validateLocation(string(b.Region), b.Zone)
	if err != nil {
		return nil, err
	}
	device, credential := models.NewDevice(models.DeviceDraft{
		Platform: b.Platform, Push: b.Push.model(), Locale: string(b.Locale), Region: canonical, Zone: b.Zone,
		Consents: models.Consents(b.Consents),
	}, d.Clock())
	if err := d.Store.PutDevice(ctx, device); err != nil {
		return nil, err
	}
	if err := d.requeue(ctx, device.ID, b.Push != nil || b.Consents.Warnings); err != nil {
		return nil, err
	}
	return &registerReply{
		Location: "/v1/devices/me", ETag: edge.ETag(device.Rev),
		Body: createdDevice{DeviceDetail: deviceDetailOf(device), Credential: credential.Bearer()},
	}, nil
}

// getDevice returns the caller's own device. There is no way to read another one.
func (d Devices) getDevice(ctx context.Context, _ *struct{}) (*deviceReply, error) {
	device, err := d.Store.Device(ctx, edge.CallerFrom(ctx).Device)
	if err != nil {
		return nil, err
	}
	return &deviceReply{ETag: edge.ETag(device.Rev), Body: deviceDetailOf(device)}, nil
}

// patchDevice changes the caller's own device. If the person withdraws the consent to
// exposures, they are deleted before the reply (TestExposuresNeedConsentAndGoWithIt).
func (d Devices) patchDevice(ctx context.Context, in *patchDeviceInput) (*deviceReply, error) {
	change, err := d.deviceAmendment(in.Body)
	if err != nil {
		return nil, err
	}
	var seen *int64
	if in.IfMatch != "" {
		rev, err := edge.IfMatch(string(in.IfMatch))
		if err != nil {
			return nil, err
		}
		seen = &rev
	}
	device, err := d.amendDevice(ctx, edge.CallerFrom(ctx).Device, seen, change)
	if err != nil {
		return nil, err
	}
	// The consent is withdrawn before the exposures are deleted. One that is written after
	// that by a desk which read the device before, its writer deletes (see PutExposures of
	// the store). If the node crashes in between, the client's retry deletes them.
	if change.Consents != nil && !change.Consents.Exposures {
		if err := d.Store.DeleteExposures(ctx, device.ID); err != nil {
			return nil, err
		}
	}
	if err := d.requeue(ctx, device.ID, change.Push != nil || change.Consents != nil && change.Consents.Warnings); err != nil {
		return nil, err
	}
	return &deviceReply{ETag: edge.ETag(device.Rev), Body: deviceDetailOf(device)}, nil
}

// requeue has warnings pushed that the device could not get before, where it has
// named a push target or given its consent. It comes after the device is stored; if
// the node crashes in between, the client's retry does it.
func (d Devices) requeue(ctx context.Context, device string, reachable bool) error {
	if !reachable {
		return nil
	}
	return d.Outbox.Requeue(ctx, device)
}

// amendDevice applies the change to the revision seen. Without one it applies to
// the stored revision, and again if another change came in between, three times at
// most (TestTwoChangesOfADeviceAtOnceBothCount).
func (d Devices) amendDevice(ctx context.Context, id string, seen *int64, change models.DeviceAmendment) (models.Device, error) {
	for tries := 1; ; tries++ {
		before, err := d.Store.Device(ctx, id)
		if err != nil {
			return models.Device{}, err
		}
		if seen != nil && *seen != before.Rev {
			return models.Device{}, &models.Error{Kind: models.Stale, Code: "revision_stale", Detail: "The device has changed. Read it again."}
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

// deleteDevice erases the device and everything personal that refers to it
// (TestErasedDeviceLeavesNothingBehind). This node refuses the credential at once,
// other nodes within 30 s, see edge.Server.Forget.
func (d Devices) deleteDevice(ctx context.Context, _ *struct{}) (*struct{}, error) {
	id := edge.CallerFrom(ctx).Device
	if err := d.Store.EraseDevice(ctx, id, d.Keyer.Pseudonym(id)); err != nil {
		return nil, err
	}
	d.Forget(id)
	return nil, nil
}

// deviceAmendment turns a merge patch into an amendment. An empty region or zone
// deletes it; an absent one stays as it is. For the push target, null deletes it.
func (d Devices) deviceAmendment(b devicePatch) (models.DeviceAmendment, error) {
	out := models.DeviceAmendment{
		Push: b.Push.Value.model(), NoPush: b.Push.Present && b.Push.Value == nil, Locale: (*string)(b.Locale),
		Zone: (*string)(b.Zone), Consents: (*models.Consents)(b.Consents),
	}
	var givenRegion, givenZone string
	if b.Region != nil {
		givenRegion = string(*b.Region)
	}
	if b.Zone != nil {
		givenZone = string(*b.Zone)
	}
	canonical, err := d.validateLocation(givenRegion, givenZone)
	if err != nil {
		return out, err
	}
	if b.Region != nil {
		out.Region = &canonical
	}
	return out, nil
}

// validateLocation checks a region and a time zone, either of which can be empty, and returns the canonical region.
func (d Devices) validateLocation(region, timeZone string) (string, error) {
	canonical, err := d.CanonicalRegion(region)
	if err != nil {
		return "", models.At(err, "/region")
	}
	// "Local" is a name that only Go knows: it stands for the zone of this machine.
	if _, err := time.LoadLocation(timeZone); err != nil || timeZone == "Local" {
		return "", models.NewInvalid("/time_zone", "time_zone_unknown", "The time zone is not in the IANA database.")
	}
	return canonical, nil
}

// deviceDetailOf leaves out the hash of the secret and the push target.
func deviceDetailOf(d models.Device) DeviceDetail {
	out := DeviceDetail{
		ID: d.ID, Platform: d.Platform, Locale: d.Locale, Region: d.Region, Zone: d.Zone,
		Consents: consents(d.Consents), Created: d.Created.UTC(), Changed: d.Changed.UTC(),
	}
	if d.Push != nil {
		out.Push = &pushTargetDetail{Kind: string(d.Push.Kind), Updated: d.Push.Updated.UTC()}
	}
	return out
}
