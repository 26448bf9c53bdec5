package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

type listWarningsInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"How many at most."`
	Cursor string `query:"cursor" maxLength:"512" doc:"The next_cursor of the page before."`
}

type listWarningsReply struct {
	Body warningPage
}

// warningPage is one page of a device's inbox.
type warningPage struct {
	Warnings   []warning `json:"warnings" nullable:"false" doc:"Newest first."`
	NextCursor string    `json:"next_cursor,omitempty" doc:"Asks for the next page; absent on the last."`
}

type warning struct {
	ID       string        `json:"id" doc:"The warning's id."`
	Level    level         `json:"level" doc:"How bad what was met is known to be."`
	Category category      `json:"category,omitempty" doc:"The kind of fraud, where it is known."`
	Kind     indicatorKind `json:"kind" doc:"What was met."`
	Hint     string        `json:"tail" doc:"As much of it as lets the person recognise it." example:"0143"`
	Channel  string        `json:"channel,omitempty" enum:"call,sms,chat,email,web,payment" doc:"How it was met."`
	Met      time.Time     `json:"met_at" doc:"When it was met."`
	Created  time.Time     `json:"created_at" doc:"When the warning was written."`
	State    string        `json:"state" enum:"due,sent,held,gone,dead" doc:"How far its push has come; held: on purpose not pushed."`
	Title    string        `json:"title" doc:"In the device's language."`
	Text     string        `json:"text" doc:"In the device's language."`
	Receipts receipts      `json:"receipts" doc:"What the app has told about it."`
}

type receipts struct {
	Received time.Time `json:"received_at,omitzero" doc:"It came to the device."`
	Opened   time.Time `json:"opened_at,omitzero" doc:"The person has opened it."`
	Obeyed   time.Time `json:"obeyed_at,omitzero" doc:"The person has done what it says."`
	Ignored  time.Time `json:"ignored_at,omitzero" doc:"The person has put it away."`
}

type receiptInput struct {
	ID   string `path:"id" maxLength:"64" doc:"The warning's id."`
	Body receiptBody
}

// receiptBody tells what became of a warning on the device.
type receiptBody struct {
	Receipt string    `json:"receipt" enum:"received,opened,obeyed,ignored" doc:"What has happened."`
	At      time.Time `json:"at" doc:"When, RFC 3339."`
}

// WarningStore keeps the inbox of every device.
type WarningStore interface {
	Device(ctx context.Context, id string) (models.Device, error)
	// Warnings returns up to limit warnings, newest first, from behind the one with the id after.
	Warnings(ctx context.Context, device, after string, limit int) ([]models.Warning, error)
	RecordReceipt(ctx context.Context, device, warning, kind string, at time.Time) error
}

// Localizer puts a warning into words.
type Localizer interface {
	// Warning returns title and body in the language of locale, with times in zone.
	Warning(w models.Warning, locale, zone string) (title, body string)
}

// Warnings serves a device's inbox. Every field must be set.
type Warnings struct {
	Store     WarningStore
	Localizer Localizer
	Cursors   CursorSigner
}

// Register adds the routes of /v1/devices/me/warnings.
func (i Warnings) Register(s *edge.Server) {
	edge.Handle(s, huma.Operation{
		OperationID: "list-warnings", Method: http.MethodGet, Path: "/v1/devices/me/warnings",
		Summary: "Read the device's warnings", Tags: []string{"warnings"}, Errors: []int{http.StatusNotFound},
		Description: "Every warning is here, pushed or not.",
	}, edge.Device(), i.listWarnings)
	edge.Handle(s, huma.Operation{
		OperationID: "post-receipt", Method: http.MethodPost, Path: "/v1/devices/me/warnings/{id}/receipts", DefaultStatus: http.StatusNoContent,
		Summary: "Tell what became of a warning", Tags: []string{"warnings"},
		Description: "The first of each kind counts.",
	}, edge.Device(), i.postReceipt)
}

func (i Warnings) listWarnings(ctx context.Context, in *listWarningsInput) (*listWarningsReply, error) {
	device, err := i.Store.Device(ctx, edge.CallerFrom(ctx).Device)
	if err != nil {
		return nil, err
	}
	list := "warnings " + device.ID
	after, err := i.Cursors.verify(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := i.Store.Warnings(ctx, device.ID, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	found, more := page(found, in.Limit)
	out := &listWarningsReply{Body: warningPage{Warnings: make([]warning, len(found))}}
	for n, w := range found {
		out.Body.Warnings[n] = warningOf(w)
		out.Body.Warnings[n].Title, out.Body.Warnings[n].Text = i.Localizer.Warning(w, device.Locale, device.Zone)
	}
	if more {
		out.Body.NextCursor = i.Cursors.sign(list, found[len(found)-1].ID)
	}
	return out, nil
}

func (i Warnings) postReceipt(ctx context.Context, in *receiptInput) (*struct{}, error) {
	at, err := utc(in.Body.At, "/at")
	if err != nil {
		return nil, err
	}
	if err := i.Store.RecordReceipt(ctx, edge.CallerFrom(ctx).Device, in.ID, in.Body.Receipt, at); err != nil {
		return nil, err
	}
	return nil, nil
}

func warningOf(w models.Warning) warning {
	return warning{
		ID: w.ID, Level: level(w.Level), Category: category(w.Category), Kind: indicatorKind(w.Kind), Hint: w.Hint,
		Channel: w.Channel, State: string(w.State), Met: w.Met.UTC(), Created: w.Created.UTC(), Receipts: receipts(w.Receipts),
	}
}
