package handlers

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// signatureRequest is a signature as an operator or a list submits it.
type signatureRequest struct {
	Rule     rule            `json:"rule,omitempty" doc:"The rule by which the signature recognises. The default is exact."`
	Kind     signatureKind   `json:"kind"`
	Value    string          `json:"value" minLength:"1" maxLength:"2048" doc:"The value; stored in canonical form." example:"evil.example"`
	Level    assignableLevel `json:"level,omitempty"`
	Category category        `json:"category,omitempty" doc:"The kind of fraud. The default is other."`
	Source   string          `json:"source,omitempty" maxLength:"128" doc:"Where the signature comes from, such as the name of a list."`
	Note     string          `json:"note,omitempty" maxLength:"1000" doc:"A note for other operators. Nobody else sees it."`
	Region   region          `json:"region,omitempty"`
	Ends     time.Time       `json:"ends_at,omitzero" doc:"When the signature stops recognising, RFC 3339. Absent for no end."`
}

// signaturePatch is a change of a signature. Members that are absent stay as they are.
type signaturePatch struct {
	Level    *assignableLevel    `json:"level,omitempty" doc:"The new level."`
	Category *category           `json:"category,omitempty" doc:"The kind of fraud."`
	Note     *string             `json:"note,omitempty" nullable:"false" maxLength:"1000" doc:"A note for other operators."`
	Ends     nullable[time.Time] `json:"ends_at,omitzero" doc:"When the signature stops recognising, RFC 3339. null for no end."`
	Reason   reasonCode          `json:"reason,omitempty"`
}

// reasonCode is a code of the operator's own choice. It is short and has no spaces,
// because every verdict that rests on the signature shows it to the public.
type reasonCode string

// Schema describes the reason that goes into the verdict log.
func (reasonCode) Schema(huma.Registry) *huma.Schema {
	return text("Why the level changes: a code for the verdict log. The default is analyst.", `^[a-z][a-z0-9_]{0,34}$`, "appeal")
}

// signatureDetail is a signature as operators see it.
type signatureDetail struct {
	ID        string        `json:"id" doc:"The signature's id."`
	Rule      rule          `json:"rule"`
	Kind      signatureKind `json:"kind"`
	Value     string        `json:"value" doc:"The value in canonical form."`
	Level     level         `json:"level"`
	Category  category      `json:"category,omitempty"`
	Reason    string        `json:"reason" doc:"Why the signature has its level: a code such as list, reports or analyst." example:"list"`
	Source    string        `json:"source" doc:"Where the signature comes from: who said so first. It never changes."`
	Note      string        `json:"note,omitempty" doc:"A note for operators."`
	Score     float64       `json:"score" doc:"The weight of the evidence, in log-odds."`
	Reporters int           `json:"reporters" minimum:"0" doc:"The number of reporters."`
	Decided   bool          `json:"decided" doc:"True if an operator or a list set the level. Reports then do not lower it."`
	DecidedBy string        `json:"decided_by,omitempty" doc:"The list or the API key, by its name, that set the level last."`
	Rev       int64         `json:"rev" minimum:"1" doc:"The revision. It grows by one with every change."`
	Created   time.Time     `json:"created_at" doc:"When the signature was created, RFC 3339."`
	Changed   time.Time     `json:"changed_at" doc:"When the signature last changed, RFC 3339."`
	Ends      time.Time     `json:"ends_at,omitzero" doc:"When the signature stops recognising, RFC 3339. Absent for no end."`
	ReviewAt  time.Time     `json:"review_at,omitzero" doc:"When the level is weighed again without a report, RFC 3339. Absent for never."`
}

type createSignatureInput struct {
	Body signatureRequest
}

type createSignatureReply struct {
	Status   int
	Location string `header:"Location" doc:"The path of the signature."`
	ETag     string `header:"ETag" doc:"The revision in quotes, for If-Match."`
	Body     signatureDetail
}

type signatureReply struct {
	ETag string `header:"ETag" doc:"The revision in quotes, for If-Match."`
	Body signatureDetail
}

type signatureInput struct {
	ID string `path:"id" maxLength:"64" doc:"The signature's id."`
}

type signaturePatchInput struct {
	ID      string `path:"id" maxLength:"64" doc:"The signature's id."`
	IfMatch string `header:"If-Match" doc:"The ETag of the revision that the change is based on. Required." example:"\"3\""`
	Body    signaturePatch
}

type listSignaturesInput struct {
	Kind   signatureKind `query:"kind" doc:"Return only signatures of this kind."`
	Level  level         `query:"level" doc:"Return only signatures of this level."`
	Source string        `query:"source" maxLength:"128" doc:"Return only signatures of this source."`
	Limit  int           `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"The number of signatures on a page, at most."`
	Cursor string        `query:"cursor" maxLength:"512" doc:"The next_cursor of the page before. Absent for the first page."`
}

type listSignaturesReply struct {
	Body signaturePage
}

// signaturePage is one page of the list of signatures.
type signaturePage struct {
	Signatures []signatureDetail `json:"signatures" nullable:"false" doc:"The signatures, in the order of their ids."`
	NextCursor string            `json:"next_cursor,omitempty" doc:"The cursor of the next page. Absent on the last page."`
}

// SignatureCatalogue keeps the signatures and publishes what changes.
type SignatureCatalogue interface {
	// Create stores a signature. created is false if it existed: it has the same decision
	// or has taken this one. With another live decision it is models.Conflict.
	Create(context.Context, models.Caller, models.SignatureDraft) (signature models.Signature, created bool, err error)
	// Amend changes the signature if it has the revision rev, else it is models.Stale.
	Amend(ctx context.Context, caller models.Caller, id string, rev int64, change models.Amendment) (models.Signature, error)
	Signature(ctx context.Context, id string) (models.Signature, error)
	// List returns up to limit signatures in the order of their ids, beginning behind the id after.
	List(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
}

// Signatures serves signatures and the list of them. Every field must be set.
type Signatures struct {
	Catalogue SignatureCatalogue
	Cursors   CursorSigner
}

// Register adds the routes of /v1/signatures.
func (c Signatures) Register(s *edge.Server) {
	operator := edge.Scopes(models.ScopeSignatures)
	schema := s.API().OpenAPI().Components.Schemas.Schema(reflect.TypeFor[signatureDetail](), true, "")
	existing := &huma.Response{
		Description: "The signature existed already: it has the same decision, or it has taken this one.",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}},
	}
	edge.Handle(s, huma.Operation{
		OperationID: "post-signature", Method: http.MethodPost, Path: "/v1/signatures", DefaultStatus: http.StatusCreated,
		Summary: "Create a signature", Tags: []string{"signatures"}, Errors: []int{http.StatusConflict},
		Description: "Returns 201 for a new signature. One that reports have made, or whose end has passed, takes the decision: 200, with " +
			"a new revision. If it is decided with the same level, category and end, the reply is 200 and nothing changes; if it is decided " +
			"otherwise, it is 409, and existing holds its id. The rule, the kind and the canonical value identify a signature.",
		Responses: map[string]*huma.Response{"200": existing},
	}, operator, c.postSignature)
	edge.Handle(s, huma.Operation{
		OperationID: "list-signatures", Method: http.MethodGet, Path: "/v1/signatures",
		Summary: "List signatures", Tags: []string{"signatures"},
		Description: "Returns the signatures page by page, in the order of their ids. A signature that has the kind, level and source all the " +
			"time is seen, whatever else of it changes between two pages.",
	}, operator, c.listSignatures)
	edge.Handle(s, huma.Operation{
		OperationID: "get-signature", Method: http.MethodGet, Path: "/v1/signatures/{id}",
		Summary: "Read a signature", Tags: []string{"signatures"},
		Description: "Returns a signature. The ETag is its revision.",
	}, operator, c.getSignature)
	edge.Handle(s, huma.Operation{
		OperationID: "patch-signature", Method: http.MethodPatch, Path: "/v1/signatures/{id}",
		Summary: "Change a signature", Tags: []string{"signatures"},
		Description: "Changes the members that are present and keeps the others. Returns 428 without If-Match, and 412 if the " +
			"signature has another revision.",
	}, operator, c.patchSignature)
}

// postSignature creates a signature. Creating it again with the same decision is
// answered with 200 and the stored one, so that a retry after a lost reply succeeds.
func (c Signatures) postSignature(ctx context.Context, in *createSignatureInput) (*createSignatureReply, error) {
	draft, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	signature, created, err := c.Catalogue.Create(ctx, edge.CallerFrom(ctx), draft)
	if err != nil {
		return nil, err
	}
	out := &createSignatureReply{
		Status: http.StatusOK, Location: "/v1/signatures/" + signature.ID, ETag: edge.ETag(signature.Rev), Body: signatureDetailOf(signature),
	}
	if created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

// getSignature returns one signature with the ETag that patchSignature requires.
func (c Signatures) getSignature(ctx context.Context, in *signatureInput) (*signatureReply, error) {
	signature, err := c.Catalogue.Signature(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &signatureReply{ETag: edge.ETag(signature.Rev), Body: signatureDetailOf(signature)}, nil
}

// patchSignature changes a signature. Two analysts can work on the same one, so If-
// Match is required: the later change is refused rather than made blindly.
func (c Signatures) patchSignature(ctx context.Context, in *signaturePatchInput) (*signatureReply, error) {
	rev, err := edge.IfMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	change, err := in.Body.amendment()
	if err != nil {
		return nil, err
	}
	signature, err := c.Catalogue.Amend(ctx, edge.CallerFrom(ctx), in.ID, rev, change)
	if err != nil {
		return nil, err
	}
	return &signatureReply{ETag: edge.ETag(signature.Rev), Body: signatureDetailOf(signature)}, nil
}

// listSignatures returns one page. It reads one signature more than the limit to know
// whether another page follows. The cursor holds the last id, not an offset, so that
// signatures that are created or deleted in between neither repeat nor hide others
// (TestSignaturesAreListedPageByPage). Nor do changes: kind and source never change
// (TestASignatureThatChangesBetweenPagesIsStillSeen).
func (c Signatures) listSignatures(ctx context.Context, in *listSignaturesInput) (*listSignaturesReply, error) {
	after, err := c.Cursors.verify("signatures", in.Cursor)
	if err != nil {
		return nil, err
	}
	filter := models.SignatureFilter{Kind: models.IndicatorKind(in.Kind), Level: models.Level(in.Level), Source: in.Source}
	found, err := c.Catalogue.List(ctx, filter, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	found, more := page(found, in.Limit)
	out := &listSignaturesReply{Body: signaturePage{Signatures: make([]signatureDetail, len(found))}}
	for i, signature := range found {
		out.Body.Signatures[i] = signatureDetailOf(signature)
	}
	if more {
		out.Body.NextCursor = c.Cursors.sign("signatures", found[len(found)-1].ID)
	}
	return out, nil
}

// draft returns the signature as the catalogue takes it. The catalogue fills in the
// defaults, brings the value into canonical form and checks the rule.
func (b signatureRequest) draft() (models.SignatureDraft, error) {
	ends, err := utc(b.Ends, "/ends_at")
	return models.SignatureDraft{
		Rule: models.Rule(b.Rule), Kind: models.IndicatorKind(b.Kind), Value: b.Value, Level: models.Level(b.Level),
		Category: models.Category(b.Category), Source: b.Source, Note: b.Note, Region: string(b.Region), Ends: ends,
	}, err
}

// amendment turns the patch into an amendment: ends_at absent is nil, null is the zero
// time (no end).
func (b signaturePatch) amendment() (models.Amendment, error) {
	out := models.Amendment{
		Level: (*models.Level)(b.Level), Category: (*models.Category)(b.Category), Note: b.Note, Reason: string(b.Reason),
	}
	if !b.Ends.Present {
		return out, nil
	}
	out.Ends = new(time.Time)
	if b.Ends.Value == nil {
		return out, nil
	}
	var err error
	*out.Ends, err = utc(*b.Ends.Value, "/ends_at")
	return out, err
}

// signatureDetailOf leaves out what only the verdict log and the index need.
func signatureDetailOf(s models.Signature) signatureDetail {
	return signatureDetail{
		ID: s.ID, Rule: rule(s.Rule), Kind: signatureKind(s.Kind), Value: s.Value, Level: level(s.Level),
		Category: category(s.Category), Reason: s.Reason, Source: s.Source, DecidedBy: s.DecidedBy, Note: s.Note, Score: s.Score,
		Reporters: s.Reporters, Decided: s.Decided, Rev: s.Rev, Created: s.Created.UTC(), Changed: s.Changed.UTC(), Ends: s.Ends,
		ReviewAt: s.ReviewAt,
	}
}
