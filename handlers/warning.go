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
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"The number of warnings on a page, at most."`
	Cursor string `query:"cursor" maxLength:"512" doc:"The next_cursor of the page before. Absent for the first page."`
}

type listWarningsReply struct {
	Body warningPage
}

// warningPage is one page of a device's inbox.
type warningPage struct {
	Warnings   []warning `json:"warnings" nullable:"false" doc:"The warnings, newest first."`
	NextCursor string    `json:"next_cursor,omitempty" doc:"The cursor of the next page. Absent on the last page."`
}

// warning is a models.Warning in a reply, with its text in the device's language. It
// names the indicator by its hint only, because the server does not know the value:
// exposures are keyed hashes.
type warning struct {
	ID       string          `json:"id" doc:"The warning's id."`
	Class    warningClass    `json:"class" enum:"accuse,all_clear"`
	Thread   string          `json:"thread" doc:"What all warnings about one thing that the device met share."`
	Level    level           `json:"level" doc:"The present level of what the device met; of one that was taken back, the level then."`
	Category category        `json:"category,omitempty"`
	Kind     indicatorKind   `json:"kind" doc:"The kind of indicator that the device met."`
	Hint     string          `json:"hint,omitempty" doc:"What is shown of the value: its end, half of it at most, or the host." example:"0143"`
	Channel  string          `json:"channel,omitempty" enum:"call,sms,chat,email,web,payment" doc:"The channel by which the device met it."`
	Met      time.Time       `json:"met_at" doc:"When the device met it, RFC 3339."`
	Created  time.Time       `json:"created_at" doc:"When the warning was created, RFC 3339."`
	State    warningState    `json:"state" enum:"due,sent,held,gone,dead"`
	Title    string          `json:"title" doc:"The title in the device's language."`
	Text     string          `json:"text" doc:"The text in the device's language."`
	Receipts warningReceipts `json:"receipts" doc:"The receipts that the app has sent."`
}

// warningClass is a models.WarningClass, with its explanation for the contract.
type warningClass string

// Schema explains the classes; the field lists them.
func (warningClass) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "What the warning says: accuse (what the device met is dangerous), " +
		"all_clear (the warning of the same thread before it was wrong)."}
}

// warningState is a models.WarningState, with its explanation for the contract.
type warningState string

// Schema explains the states; the field lists them.
func (warningState) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "The state of the push: due (waits to be sent), sent (FCM has accepted it), " +
		"held (stays in the inbox on purpose), gone (the push target no longer exists), dead (sending has failed for good)."}
}

// warningReceipts are the times of the first receipt of each kind.
type warningReceipts struct {
	Received time.Time `json:"received_at,omitzero" doc:"When the device received the warning, RFC 3339."`
	Opened   time.Time `json:"opened_at,omitzero" doc:"When the person opened it, RFC 3339."`
	Obeyed   time.Time `json:"obeyed_at,omitzero" doc:"When the person followed its advice, RFC 3339."`
	Ignored  time.Time `json:"ignored_at,omitzero" doc:"When the person dismissed it, RFC 3339."`
}

type receiptInput struct {
	ID   string `path:"id" maxLength:"64" doc:"The warning's id."`
	Body receiptRequest
}

// receiptRequest is one event in the life of a warning on the device.
type receiptRequest struct {
	Receipt receiptKind `json:"receipt" enum:"received,opened,obeyed,ignored"`
	At      time.Time   `json:"at" doc:"When it happened, RFC 3339."`
}

// receiptKind is the kind of a receipt, with its explanation for the contract.
type receiptKind string

// Schema explains the kinds; the field lists them.
func (receiptKind) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "What happened: received (the device has the warning), opened (the person " +
		"opened it), obeyed (the person followed its advice), ignored (the person dismissed it)."}
}

// WarningStore keeps the inbox of every device.
type WarningStore interface {
	Device(ctx context.Context, id string) (models.Device, error)
	// Warnings returns up to limit warnings, newest first, beginning behind the one with the id after.
	Warnings(ctx context.Context, device, after string, limit int) ([]models.Warning, error)
	// RecordReceipt keeps the first receipt of each kind; models.NotFound for another device's warning.
	RecordReceipt(ctx context.Context, device, warning, kind string, at time.Time) error
}

// Localizer writes the text of a warning.
type Localizer interface {
	// Warning returns title and body in the language of locale (BCP 47), with times in zone (IANA). The opened hint may be "".
	Warning(w models.Warning, hint, locale, zone string) (title, body string)
}

// Warnings serves a device's inbox. Every field must be set.
type Warnings struct {
	Store     WarningStore
	Localizer Localizer
	Keyer     models.Keyer // opens the hints
	Cursors   CursorSigner
}

// Register adds the routes of /v1/devices/me/warnings.
func (i Warnings) Register(s *edge.Server) {
	edge.Handle(s, huma.Operation{
		OperationID: "list-warnings", Method: http.MethodGet, Path: "/v1/devices/me/warnings",
		Summary: "List the device's warnings", Tags: []string{"warnings"}, Errors: []int{http.StatusNotFound},
		Description: "Returns the device's warnings page by page, newest first. Every warning is in it, pushed or not.",
	}, edge.Device(), i.listWarnings)
	edge.Handle(s, huma.Operation{
		OperationID: "post-receipt", Method: http.MethodPost, Path: "/v1/devices/me/warnings/{id}/receipts", DefaultStatus: http.StatusNoContent,
		Summary: "Record a receipt", Tags: []string{"warnings"},
		Description: "Records what happened with a warning on the device. FCM does not report that. Of each kind the first receipt " +
			"is kept.",
	}, edge.Device(), i.postReceipt)
}

// listWarnings returns one page of the inbox. The text is made here and not when the
// warning is created, so it follows a change of the device's language. The cursor is
// bound to the device: another device cannot use it.
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
		one := warningOf(w)
		// A hint that cannot be opened is left out: the rest of the warning counts. The outbox logs and counts such hints.
		one.Hint, _ = i.Keyer.OpenHint(w.Hint)
		one.Title, one.Text = i.Localizer.Warning(w, one.Hint, device.Locale, device.Zone)
		out.Body.Warnings[n] = one
	}
	if more {
		out.Body.NextCursor = i.Cursors.sign(list, found[len(found)-1].ID)
	}
	return out, nil
}

// postReceipt records one receipt. The time is that of the device, which can have been
// offline for days.
func (i Warnings) postReceipt(ctx context.Context, in *receiptInput) (*struct{}, error) {
	at, err := utc(in.Body.At, "/at")
	if err != nil {
		return nil, err
	}
	if err := i.Store.RecordReceipt(ctx, edge.CallerFrom(ctx).Device, in.ID, string(in.Body.Receipt), at); err != nil {
		return nil, err
	}
	return nil, nil
}

// warningOf leaves out the signature and the reason of the state, which are of no use
// to the person, and the hint and the text, which listWarnings adds.
func warningOf(w models.Warning) warning {
	return warning{
		ID: w.ID, Class: warningClass(w.Class), Thread: models.ThreadID(w.Exposure),
		Level: level(w.Level), Category: category(w.Category), Kind: indicatorKind(w.Kind),
		Channel: w.Channel, State: warningState(w.State), Met: w.Met.UTC(), Created: w.Created.UTC(), Receipts: warningReceipts(w.Receipts),
	}
}
