// Package handlers is the REST surface: one file per resource, with the request
// and reply types that are the contract. A handler decodes, calls one method and
// encodes; what the answer is, the other rooms decide.
package handlers

import (
	"context"
	"time"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// Resource is one resource of the REST surface.
type Resource interface {
	// Register adds the resource's routes to the server, with their policies.
	Register(s *edge.Server)
}

// Desk takes exposures in.
type Desk interface {
	// Expose records what a device has met, with one answer for each, in order.
	Expose(context.Context, models.Device, []models.Encounter) ([]models.ExposureResult, error)
}

// Devices keeps the devices.
type Devices interface {
	PutDevice(context.Context, models.Device) error
	Device(ctx context.Context, id string) (models.Device, error)
	// ReplaceDevice stores the device if the stored one has the revision before.
	ReplaceDevice(context.Context, models.Device) error
	// EraseDevice deletes the device, its exposures and warnings, and what its reports say about it.
	EraseDevice(ctx context.Context, id, pseudonym string) error
	DeleteExposures(ctx context.Context, device string) error
}

// Inbox holds the warnings of every device.
type Inbox interface {
	// Warnings returns up to limit warnings, newest first, from behind the one with the id after.
	Warnings(ctx context.Context, device, after string, limit int) ([]models.Warning, error)
	RecordReceipt(ctx context.Context, device, warning, kind string, at time.Time) error
}

// Keys keeps the API keys.
type Keys interface {
	PutKey(context.Context, models.Key) error
	Key(ctx context.Context, id string) (models.Key, error)
	Keys(context.Context) ([]models.Key, error)
	RevokeKey(ctx context.Context, id string, now time.Time) error
}

// Texts puts a warning into words.
type Localizer interface {
	// Warning returns title and body in the language of locale, with times in zone.
	Warning(w models.Warning, locale, zone string) (title, body string)
}

// API is the REST surface. Every field must be set.
type API struct {
	Desk            Desk
	Devices         Devices
	Inbox           Inbox
	Keys            Keys
	Localizer       Localizer
	Keyer           models.Keyer                 // names the reports of an erased device
	CanonicalRegion func(string) (string, error) // canonical form of a region
	Cursors         CursorSigner
	Clock           func() time.Time

	forget func(id string) // makes the server ask again whose a credential is
}

// Register adds every route to the server.
func (a *API) Register(s *edge.Server) {
	a.forget = s.Forget
	a.registerDevices(s)
	a.registerExposures(s)
	a.registerWarnings(s)
	a.registerKeys(s)
}
