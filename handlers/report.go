package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// indicator is an indicator as the client wrote it.
type indicator struct {
	Kind  indicatorKind  `json:"kind"`
	Value indicatorValue `json:"value" minLength:"1" maxLength:"2048" example:"+1 202 555 0143"`
}

// message is what the scammer wrote or said.
type message struct {
	Text   string `json:"text" minLength:"1" maxLength:"10000" doc:"The text. The server finds the indicators in it."`
	Sender string `json:"sender,omitempty" maxLength:"128" doc:"The phone number, e-mail address or sender name that it came from."`
	Via    string `json:"via,omitempty" enum:"sms,chat,email,call" doc:"The channel by which it came."`
}

// harm is what the scam has cost.
type harm struct {
	Stage  harmStage `json:"stage,omitempty" enum:"contact,shared,access,paid"`
	Amount *money    `json:"amount,omitempty" doc:"The amount that was paid."`
}

// harmStage is a models.Stage, with its explanation for the contract.
type harmStage string

// Schema explains the stages; the field lists them.
func (harmStage) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "How far the scam went: contact (nothing was given), shared (personal " +
		"details or codes were given), access (a device or an account was opened to the scammer), paid (money was paid)."}
}

// money is an amount. Minor units avoid fractions, and the maximum is 2^53-1, the
// largest integer that every JSON reader keeps exact (RFC 8259, section 6).
type money struct {
	Minor    int64  `json:"minor" minimum:"0" maximum:"9007199254740991" doc:"The amount in minor units of the currency, such as cents."`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$" doc:"ISO 4217 currency code." example:"EUR"`
}

// ReportRequest is a report as it is submitted. The order and the JSON names of
// its fields are part of the stored digest (TestDigestOfAReportStaysTheSame).
type ReportRequest struct {
	Indicators []indicator `json:"indicators,omitempty" nullable:"false" maxItems:"20" doc:"Up to 20 indicators. Required without a message."`
	Message    *message    `json:"message,omitempty" doc:"What the scammer wrote or said."`
	Story      string      `json:"story,omitempty" maxLength:"5000" doc:"What happened, in the person's own words."`
	Harm       *harm       `json:"harm,omitempty" doc:"What the scam has cost."`
	At         time.Time   `json:"at" doc:"When it happened, RFC 3339. At most 400 days ago."`
	Region     region      `json:"region,omitempty" doc:"ISO 3166 code of where it happened. Phone numbers in national form are read in it."`
	Language   languageTag `json:"language,omitempty" doc:"BCP 47 language tag of the message and the story." example:"zh"`
	OnBehalfOf onBehalfOf  `json:"on_behalf_of,omitempty" maxLength:"128"`
}

// onBehalfOf is a reference that only the call centre can resolve.
type onBehalfOf string

// Schema explains what is kept of the reference.
func (onBehalfOf) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "A call centre's own reference of the citizen for whom it reports. " +
		"Only a keyed hash of it is kept. The reports of one citizen count as one reporter."}
}

// AgentHeader describes, for the contract, the header from which the edge takes
// the agent into the caller. It is exported, as is every type here that others
// embed, because Huma looks only into exported fields.
type AgentHeader struct {
	Agent string `header:"Tocsin-Agent" maxLength:"128" doc:"The name of the call-centre agent. Required with an API key." example:"agent 17"`
}

type reportInput struct {
	AgentHeader

	IdempotencyKey idempotencyKey `header:"Idempotency-Key" required:"true"`
	Body           ReportRequest
}

// idempotencyKey is the header's type. Its form is checked by edge.IdempotencyKey, whose errors have codes of their own.
type idempotencyKey string

// Schema explains what the key is for.
func (idempotencyKey) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Examples: []any{"8e03978e-40d5-43e8-bc93-6894a57f9324"},
		Description: "A key of 1 to 128 visible ASCII characters that the client chooses for each report, such as a UUID. The same " +
			"report with the same key is stored once, whether it comes alone or in a batch.",
	}
}

type reportReply struct {
	Location string `header:"Location" doc:"The path of the report."`
	Replayed string `header:"Idempotency-Replayed" enum:"true" doc:"Present if the report was stored by an earlier request."`
	Body     createdReport
}

// createdReport is the reply to a report.
type createdReport struct {
	ID       string    `json:"id" doc:"The report's id."`
	Verdict  verdict   `json:"verdict" doc:"The verdict at the time of the report."`
	Received time.Time `json:"received_at" doc:"When the report was stored, RFC 3339."`
	Progress string    `json:"progress" enum:"received,matched" doc:"received: stored. matched: stored, and a signature recognises it."`
}

type statusInput struct {
	ID string `path:"id" maxLength:"64" doc:"The report's id."`
}

type statusReply struct {
	Body reportStatus
}

// reportStatus is the present state of a report.
type reportStatus struct {
	ID       string         `json:"id" doc:"The report's id."`
	Verdict  verdict        `json:"verdict" doc:"The present verdict."`
	At       time.Time      `json:"at" doc:"When it happened, RFC 3339."`
	Received time.Time      `json:"received_at" doc:"When the report was stored, RFC 3339."`
	Progress reportProgress `json:"progress" enum:"received,matched,corroborated,confirmed,closed"`
	Reason   string         `json:"reason,omitempty" doc:"Why it is closed: protected, cleared or no_indicator." example:"protected"`
}

// reportProgress is a models.Progress, with its explanation for the contract.
type reportProgress string

// Schema explains the stages; the field lists them.
func (reportProgress) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "The progress of the report: received (stored), matched (its level is " +
		"caution or higher), corroborated (others reported the same), confirmed (an analyst confirmed it), closed (see reason)."}
}

// ReportDesk stores reports and returns their state.
type ReportDesk interface {
	// Report stores one report with its verdict; repeated says that an earlier
	// request stored it. Another report under the same key is models.Invalid.
	Report(context.Context, models.Caller, models.Draft) (report models.Report, repeated bool, err error)
	// Status returns the present state of the caller's report; models.NotFound for a report of somebody else.
	Status(ctx context.Context, caller models.Caller, id string) (models.Status, error)
}

// Reports serves single reports. Every field must be set.
type Reports struct {
	Desk ReportDesk
}

// Register adds the routes of /v1/reports.
func (r Reports) Register(s *edge.Server) {
	edge.Handle(s, huma.Operation{
		OperationID: "post-report", Method: http.MethodPost, Path: "/v1/reports", DefaultStatus: http.StatusCreated,
		Summary: "File a report", Tags: []string{"reports"},
		Description: "Stores a report and returns its verdict. With 201 the report is on disk on a majority of the database's members. " +
			"A retry with the same Idempotency-Key and the same report gets the same reply, and the report is stored once.",
	}, edge.DeviceOr(models.ScopeReports), r.postReport)
	edge.Handle(s, huma.Operation{
		OperationID: "get-report", Method: http.MethodGet, Path: "/v1/reports/{id}",
		Summary: "Read the status of a report", Tags: []string{"reports"},
		Description: "Returns the present verdict and the progress of a report. Callers other than the one that filed it get 404.",
	}, edge.DeviceOr(models.ScopeReports), r.getReport)
}

// postReport files a report. The desk stores it before it answers, with the digest of
// its content, so a retry gets the stored report and another content under the same
// key is refused. A repeated report is a 201 too: the client cannot know whether its
// first request arrived.
func (r Reports) postReport(ctx context.Context, in *reportInput) (*reportReply, error) {
	caller, err := reporter(ctx)
	if err != nil {
		return nil, err
	}
	key, err := edge.IdempotencyKey(string(in.IdempotencyKey))
	if err != nil {
		return nil, err
	}
	draft, err := in.Body.draft(key)
	if err != nil {
		return nil, err
	}
	report, repeated, err := r.Desk.Report(ctx, caller, draft)
	if err != nil {
		return nil, err
	}
	out := &reportReply{Location: "/v1/reports/" + report.ID, Body: createdReportOf(report)}
	if repeated {
		out.Replayed = "true"
	}
	return out, nil
}

// getReport returns the report's present state. A report of another caller is not
// found rather than forbidden, so that nobody learns which ids exist
// (TestReportIsShownToItsOwnerOnly).
func (r Reports) getReport(ctx context.Context, in *statusInput) (*statusReply, error) {
	status, err := r.Desk.Status(ctx, edge.CallerFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &statusReply{Body: reportStatus{
		ID: status.Report.ID, Verdict: verdictOf(status.Verdict), At: status.Report.At.UTC(),
		Received: status.Report.Received.UTC(), Progress: reportProgress(status.Progress), Reason: status.Reason,
	}}, nil
}

// reporter returns the caller that files a report. An organisation must name its agent.
func reporter(ctx context.Context) (models.Caller, error) {
	caller := edge.CallerFrom(ctx)
	if caller.Key != "" && caller.Agent == "" {
		return caller, &models.Error{
			Kind: models.Malformed, Code: "agent_missing", Detail: "The header Tocsin-Agent is missing. It is required with an API key.",
		}
	}
	return caller, nil
}

// draft returns the report as the desk takes it, with the digest by which a
// retry is told from a reused key. The digest is taken from the decoded report, not from
// the bytes of the request: a report has the same digest alone and in a batch,
// whatever the layout of its JSON (TestReportIsFiledOnce, TestBatchAnswersEveryLineInOrder).
func (b ReportRequest) draft(key string) (models.Draft, error) {
	at, err := utc(b.At, "/at")
	if err != nil {
		return models.Draft{}, err
	}
	b.At = at
	canonical, err := json.Marshal(b)
	if err != nil {
		return models.Draft{}, fmt.Errorf("digest report: %w", err)
	}
	sum := sha256.Sum256(canonical)
	out := models.Draft{
		IdempotencyKey: key, Body: hex.EncodeToString(sum[:]), Indicators: draftIndicators(b.Indicators), Story: b.Story,
		At: b.At, Region: string(b.Region), Language: string(b.Language), OnBehalf: string(b.OnBehalfOf),
	}
	if m := b.Message; m != nil {
		out.Message = &models.Message{Text: m.Text, Sender: m.Sender, Via: m.Via}
	}
	if h := b.Harm; h != nil {
		out.Harm = &models.Harm{Stage: models.Stage(h.Stage)}
		if h.Amount != nil {
			out.Harm.Amount = &models.Money{Minor: h.Amount.Minor, Currency: h.Amount.Currency}
		}
	}
	return out, nil
}

// draftIndicators keeps the order: errors and hits refer to an indicator by its index.
func draftIndicators(in []indicator) []models.DraftIndicator {
	out := make([]models.DraftIndicator, len(in))
	for i, x := range in {
		out[i] = models.DraftIndicator{Kind: models.IndicatorKind(x.Kind), Value: string(x.Value)}
	}
	return out
}

// createdReportOf tells matched from received by the verdict: the report has not been weighed yet.
func createdReportOf(r models.Report) createdReport {
	progress := models.ProgressReceived
	if len(r.Verdict.Reasons) > 0 {
		progress = models.ProgressMatched
	}
	return createdReport{
		ID: r.ID, Verdict: verdictOf(r.Verdict), Received: r.Received.UTC(), Progress: string(progress),
	}
}
