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

// indicator is an indicator as somebody wrote it.
type indicator struct {
	Kind  indicatorKind `json:"kind" doc:"What it is."`
	Value string        `json:"value" minLength:"1" maxLength:"2048" doc:"As it was seen; any usual spelling." example:"+1 202 555 0143"`
}

// message is what the scammer wrote or said.
type message struct {
	Text   string `json:"text" minLength:"1" maxLength:"10000" doc:"What it said. Indicators in it are found."`
	Sender string `json:"sender,omitempty" maxLength:"128" doc:"The number, address or name that it came from."`
	Via    string `json:"via,omitempty" enum:"sms,chat,email,call" doc:"How it came."`
}

// harm is what the scam has cost.
type harm struct {
	Stage  string `json:"stage,omitempty" enum:"contact,shared,access,paid" doc:"How far it has come: contacted only, details or codes given, device or account opened, money paid."`
	Amount *money `json:"amount,omitempty" doc:"What was paid."`
}

type money struct {
	Minor    int64  `json:"minor" minimum:"0" maximum:"9007199254740991" doc:"The amount in minor units, such as cents."`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$" doc:"ISO 4217." example:"EUR"`
}

// ReportBody is a report as it is submitted.
type ReportBody struct {
	Indicators []indicator `json:"indicators,omitempty" nullable:"false" maxItems:"20" doc:"By what the scammer can be met again. At least one indicator or a message."`
	Message    *message    `json:"message,omitempty" doc:"What the scammer wrote or said."`
	Story      string      `json:"story,omitempty" maxLength:"5000" doc:"What happened, in the person's own words."`
	Harm       *harm       `json:"harm,omitempty" doc:"What it has cost."`
	At         time.Time   `json:"at" doc:"When it happened, RFC 3339."`
	Region     string      `json:"region,omitempty" pattern:"^[A-Z]{2}(-[A-Z0-9]{1,3})?$" doc:"ISO 3166 country or subdivision: where, and for numbers in national form." example:"CN-44"`
	Language   string      `json:"language,omitempty" pattern:"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$" maxLength:"35" doc:"BCP 47." example:"zh"`
	OnBehalfOf string      `json:"on_behalf_of,omitempty" maxLength:"128" doc:"A call centre's own reference of the citizen; kept as a keyed hash."`
}

// AgentHeader describes, for the contract, the header from which the edge takes
// the agent into the caller. It is exported, as is every type here that others
// embed, because Huma looks only into exported fields.
type AgentHeader struct {
	Agent string `header:"Tocsin-Agent" maxLength:"128" doc:"The name of the call-centre agent. Required with an API key." example:"agent 17"`
}

type reportInput struct {
	AgentHeader

	IdempotencyKey string `header:"Idempotency-Key" required:"true" doc:"Chosen by the client; the same key with the same report files it once." example:"8e03978e-40d5-43e8-bc93-6894a57f9324"`
	Body           ReportBody
}

type reportReply struct {
	Location string `header:"Location" doc:"Where to ask what has become of it."`
	Replayed string `header:"Idempotency-Replayed" enum:"true" doc:"Set where the report had been filed before."`
	Body     receivedReport
}

// receivedReport is the answer to a report.
type receivedReport struct {
	ID       string    `json:"id" doc:"The report's id."`
	Verdict  verdict   `json:"verdict" doc:"What is known about what was reported."`
	Received time.Time `json:"received_at" doc:"When it was stored."`
	Progress string    `json:"progress" enum:"received,matched" doc:"How far it has come: stored, or stored and known already."`
}

type statusInput struct {
	ID string `path:"id" maxLength:"64" doc:"The report's id."`
}

type statusReply struct {
	Body reportStatus
}

// reportStatus is what has become of a report.
type reportStatus struct {
	ID       string    `json:"id" doc:"The report's id."`
	Verdict  verdict   `json:"verdict" doc:"What is known now."`
	At       time.Time `json:"at" doc:"When it happened."`
	Received time.Time `json:"received_at" doc:"When it was stored."`
	Progress string    `json:"progress" enum:"received,matched,corroborated,confirmed,closed" doc:"How far it has come."`
	Reason   string    `json:"reason,omitempty" doc:"Why it is closed: a code." example:"protected"`
}

// ReportDesk takes reports in and says what became of them.
type ReportDesk interface {
	// Report takes one report in; repeated says that it had been taken in before.
	Report(context.Context, models.Caller, models.Draft) (report models.Report, repeated bool, err error)
	// Status says what has become of the caller's report.
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
		Description: "The report is stored on at least a majority of the database before the answer, which already holds the verdict. A retry with the same Idempotency-Key is answered alike and stored once.",
	}, edge.DeviceOr(models.ScopeReports), r.postReport)
	edge.Handle(s, huma.Operation{
		OperationID: "get-report", Method: http.MethodGet, Path: "/v1/reports/{id}",
		Summary: "Ask what has become of a report", Tags: []string{"reports"},
		Description: "Only whoever filed the report can see it.",
	}, edge.DeviceOr(models.ScopeReports), r.getReport)
}

func (r Reports) postReport(ctx context.Context, in *reportInput) (*reportReply, error) {
	caller, err := reporter(ctx)
	if err != nil {
		return nil, err
	}
	key, err := edge.IdempotencyKey(in.IdempotencyKey)
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
	out := &reportReply{Location: "/v1/reports/" + report.ID, Body: receivedReportOf(report)}
	if repeated {
		out.Replayed = "true"
	}
	return out, nil
}

func (r Reports) getReport(ctx context.Context, in *statusInput) (*statusReply, error) {
	status, err := r.Desk.Status(ctx, edge.CallerFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &statusReply{Body: reportStatus{
		ID: status.Report.ID, Verdict: verdictOf(status.Verdict), At: status.Report.At.UTC(),
		Received: status.Report.Received.UTC(), Progress: string(status.Progress), Reason: status.Reason,
	}}, nil
}

// filer returns who files a report: an organisation must say by which agent.
func reporter(ctx context.Context) (models.Caller, error) {
	caller := edge.CallerFrom(ctx)
	if caller.Key != "" && caller.Agent == "" {
		return caller, &models.Error{Kind: models.Malformed, Code: "agent_missing", Detail: "Reports with an API key name the agent in the header Tocsin-Agent."}
	}
	return caller, nil
}

// draft returns the report as the desk takes it, with the digest of what was
// said rather than of its bytes: one report has one digest, alone or in a
// batch, however its JSON is laid out.
func (b ReportBody) draft(key string) (models.Draft, error) {
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
		At: b.At, Region: b.Region, Language: b.Language, OnBehalf: b.OnBehalfOf,
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

func draftIndicators(in []indicator) []models.DraftIndicator {
	out := make([]models.DraftIndicator, len(in))
	for i, x := range in {
		out[i] = models.DraftIndicator{Kind: models.IndicatorKind(x.Kind), Value: x.Value}
	}
	return out
}

func receivedReportOf(r models.Report) receivedReport {
	progress := models.ProgressReceived
	if len(r.Verdict.Reasons) > 0 {
		progress = models.ProgressMatched
	}
	return receivedReport{
		ID: r.ID, Verdict: verdictOf(r.Verdict), Received: r.Received.UTC(), Progress: string(progress),
	}
}
