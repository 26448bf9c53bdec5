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

// signatureBody is a signature as an operator or a list submits it.
type signatureBody struct {
	Rule     rule            `json:"rule,omitempty" doc:"How it recognises; exact where it is not given."`
	Kind     signatureKind   `json:"kind" doc:"What it recognises."`
	Value    string          `json:"value" minLength:"1" maxLength:"2048" doc:"By what. It is brought into canonical form." example:"evil.example"`
	Level    assignableLevel `json:"level,omitempty" doc:"How bad it is known to be; danger where it is not given."`
	Category category        `json:"category,omitempty" doc:"The kind of fraud; other where it is not given."`
	Source   string          `json:"source,omitempty" maxLength:"128" doc:"Who says so, such as the name of a list."`
	Note     string          `json:"note,omitempty" maxLength:"1000" doc:"For other operators; never shown to anybody else."`
	Region   string          `json:"region,omitempty" pattern:"^[A-Z]{2}(-[A-Z0-9]{1,3})?$" doc:"ISO 3166, for numbers in national form." example:"CN-44"`
	Ends     time.Time       `json:"ends_at,omitzero" doc:"From when on it does not recognise any more, RFC 3339. Without it: never."`
}

// amendmentBody is a change of a signature.
type amendmentBody struct {
	Level    *level              `json:"level,omitempty" doc:"How bad it is known to be."`
	Category *category           `json:"category,omitempty" doc:"The kind of fraud."`
	Note     *string             `json:"note,omitempty" nullable:"false" maxLength:"1000" doc:"For other operators; never shown to anybody else."`
	Ends     nullable[time.Time] `json:"ends_at,omitzero" doc:"From when on it does not recognise any more, RFC 3339; null for never."`
	Reason   string              `json:"reason,omitempty" pattern:"^[a-z][a-z0-9_]{0,34}$" doc:"Why: a code for the verdict log; analyst where it is not given." example:"appeal"`
}

// signatureDetail is a signature as operators see it.
type signatureDetail struct {
	ID        string        `json:"id" doc:"The signature's id."`
	Rule      rule          `json:"rule" doc:"How it recognises."`
	Kind      signatureKind `json:"kind" doc:"What it recognises."`
	Value     string        `json:"value" doc:"By what, in canonical form."`
	Level     level         `json:"level" doc:"How bad it is known to be."`
	Category  category      `json:"category,omitempty" doc:"The kind of fraud, where it is known."`
	Reason    string        `json:"reason" doc:"Why it has its level: a code." example:"list"`
	Source    string        `json:"source" doc:"Who says so."`
	Note      string        `json:"note,omitempty" doc:"For other operators."`
	Score     float64       `json:"score" doc:"What its evidence amounts to, in log-odds."`
	Reporters int           `json:"reporters" minimum:"0" doc:"How many have reported it."`
	Decided   bool          `json:"decided" doc:"An operator or a list has set the level."`
	Rev       int64         `json:"rev" minimum:"1" doc:"Grows by one with every change."`
	Created   time.Time     `json:"created_at" doc:"When it was first said."`
	Changed   time.Time     `json:"changed_at" doc:"When it last changed."`
	Ends      time.Time     `json:"ends_at,omitzero" doc:"From when on it does not recognise any more."`
}

type createSignatureInput struct {
	Body signatureBody
}

type createSignatureReply struct {
	Status   int
	Location string `header:"Location" doc:"Where the signature is."`
	ETag     string `header:"ETag" doc:"Its revision, for If-Match."`
	Body     signatureDetail
}

type signatureReply struct {
	ETag string `header:"ETag" doc:"Its revision, for If-Match."`
	Body signatureDetail
}

type signatureInput struct {
	ID string `path:"id" maxLength:"64" doc:"The signature's id."`
}

type amendInput struct {
	ID      string `path:"id" maxLength:"64" doc:"The signature's id."`
	IfMatch string `header:"If-Match" doc:"Required. The ETag that the change was made upon." example:"\"3\""`
	Body    amendmentBody
}

type listSignaturesInput struct {
	Kind   signatureKind `query:"kind" doc:"Only this kind."`
	Level  level         `query:"level" doc:"Only this level."`
	Source string        `query:"source" maxLength:"128" doc:"Only from this source."`
	Limit  int           `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many at most."`
	Cursor string        `query:"cursor" maxLength:"512" doc:"The next_cursor of the page before."`
}

type listSignaturesReply struct {
	Body signaturePage
}

// signaturePage is one page of the list of signatures.
type signaturePage struct {
	Signatures []signatureDetail `json:"signatures" nullable:"false" doc:"By id."`
	NextCursor string            `json:"next_cursor,omitempty" doc:"Asks for the next page; absent on the last."`
}

// SignatureCatalogue is what operators do with signatures.
type SignatureCatalogue interface {
	// Create stores the signature; created is false where an equal one is there already.
	Create(context.Context, models.Caller, models.SignatureDraft) (signature models.Signature, created bool, err error)
	// Amend changes the signature if it still has the revision rev.
	Amend(ctx context.Context, caller models.Caller, id string, rev int64, change models.Amendment) (models.Signature, error)
	Signature(ctx context.Context, id string) (models.Signature, error)
	// List returns up to limit signatures by id, from behind after.
	List(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
}

// Signatures serves single signatures and the list of them. Every field must be set.
type Signatures struct {
	Catalogue SignatureCatalogue
	Cursors   CursorSigner
}

// Register adds the routes of /v1/signatures.
func (c Signatures) Register(s *edge.Server) {
	operator := edge.Scopes(models.ScopeSignatures)
	present := &huma.Response{Description: "It was there already.", Content: map[string]*huma.MediaType{
		"application/json": {Schema: s.API().OpenAPI().Components.Schemas.Schema(reflect.TypeFor[signatureDetail](), true, "")},
	}}
	edge.Handle(s, huma.Operation{
		OperationID: "post-signature", Method: http.MethodPost, Path: "/v1/signatures", DefaultStatus: http.StatusCreated,
		Summary: "Create a signature", Tags: []string{"signatures"}, Errors: []int{http.StatusConflict},
		Description: "One that is there already with the same level and category is answered with 200 as it is; with others it is a conflict.",
		Responses:   map[string]*huma.Response{"200": present},
	}, operator, c.postSignature)
	edge.Handle(s, huma.Operation{
		OperationID: "list-signatures", Method: http.MethodGet, Path: "/v1/signatures",
		Summary: "List signatures", Tags: []string{"signatures"},
	}, operator, c.listSignatures)
	edge.Handle(s, huma.Operation{
		OperationID: "get-signature", Method: http.MethodGet, Path: "/v1/signatures/{id}",
		Summary: "Read a signature", Tags: []string{"signatures"},
	}, operator, c.getSignature)
	edge.Handle(s, huma.Operation{
		OperationID: "patch-signature", Method: http.MethodPatch, Path: "/v1/signatures/{id}",
		Summary: "Change a signature", Tags: []string{"signatures"},
		Description: "428 without If-Match, 412 where the signature has changed since.",
	}, operator, c.patchSignature)
}

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

func (c Signatures) getSignature(ctx context.Context, in *signatureInput) (*signatureReply, error) {
	signature, err := c.Catalogue.Signature(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &signatureReply{ETag: edge.ETag(signature.Rev), Body: signatureDetailOf(signature)}, nil
}

func (c Signatures) patchSignature(ctx context.Context, in *amendInput) (*signatureReply, error) {
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

func (b signatureBody) draft() (models.SignatureDraft, error) {
	ends, err := utc(b.Ends, "/ends_at")
	return models.SignatureDraft{
		Rule: models.Rule(b.Rule), Kind: models.IndicatorKind(b.Kind), Value: b.Value, Level: models.Level(b.Level),
		Category: models.Category(b.Category), Source: b.Source, Note: b.Note, Region: b.Region, Ends: ends,
	}, err
}

func (b amendmentBody) amendment() (models.Amendment, error) {
	out := models.Amendment{
		Level: (*models.Level)(b.Level), Category: (*models.Category)(b.Category), Note: b.Note, Reason: b.Reason,
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

func signatureDetailOf(s models.Signature) signatureDetail {
	return signatureDetail{
		ID: s.ID, Rule: rule(s.Rule), Kind: signatureKind(s.Kind), Value: s.Value, Level: level(s.Level),
		Category: category(s.Category), Reason: s.Reason, Source: s.Source, Note: s.Note, Score: s.Score,
		Reporters: s.Reporters, Decided: s.Decided, Rev: s.Rev, Created: s.Created.UTC(), Changed: s.Changed.UTC(), Ends: s.Ends,
	}
}
