package handlers

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

type importInput struct {
	DryRun bool `query:"dry_run" doc:"If true, the reply says what the import would do, and nothing is stored."`
}

// importResult is a line of the reply: the result of one line, or the last line.
type importResult struct{}

// Schema lists the types of a line of the reply.
func (importResult) Schema(r huma.Registry) *huma.Schema {
	return oneOf(r, reflect.TypeFor[importAccepted](), reflect.TypeFor[importRefused](), reflect.TypeFor[importSummary]())
}

// importAccepted is the result of a line whose signature is stored, or would be in a
// dry run.
type importAccepted struct {
	Line   int    `json:"line" minimum:"1" doc:"The number of the line in the request, from 1."`
	Result string `json:"result" enum:"created,updated,unchanged" doc:"What the import did with the signature."`
	ID     string `json:"id" doc:"The signature's id."`
}

// importRefused is the result of a line that was refused.
type importRefused struct {
	Line    int    `json:"line" minimum:"1" doc:"The number of the line in the request, from 1."`
	Result  string `json:"result" enum:"refused" doc:"Nothing was stored for the line."`
	Code    string `json:"code" doc:"The stable error code." example:"signature_too_broad"`
	Detail  string `json:"detail,omitempty" doc:"The error in one English sentence."`
	Pointer string `json:"pointer,omitempty" doc:"JSON pointer (RFC 6901) into the line." example:"/value"`
}

// importSummary is the last line of a complete reply. A reply without it was cut off.
type importSummary struct {
	Done      bool `json:"done" enum:"true" doc:"Every line has a result."`
	Lines     int  `json:"lines" minimum:"0" doc:"The number of lines with a result. Blank lines have none."`
	Created   int  `json:"created" minimum:"0" doc:"The number of signatures that are new."`
	Updated   int  `json:"updated" minimum:"0" doc:"The number of signatures that changed."`
	Unchanged int  `json:"unchanged" minimum:"0" doc:"The number of signatures that were already stored as they are."`
	Refused   int  `json:"refused" minimum:"0" doc:"The number of lines that were refused."`
}

// count adds one signature with the given result.
func (t *importSummary) count(result string) {
	switch result {
	case models.ImportCreated:
		t.Created++
	case models.ImportUpdated:
		t.Updated++
	default:
		t.Unchanged++
	}
}

// ImportCatalogue stores lists of signatures.
type ImportCatalogue interface {
	// Import stores a chunk of up to models.MaxEntryChanges drafts and returns one outcome for each, in order.
	// A dry run returns the same outcomes and stores nothing.
	Import(ctx context.Context, caller models.Caller, drafts []models.SignatureDraft, dryRun bool) ([]models.ImportOutcome, error)
}

// SignatureImports serves the import of lists of signatures. Every field must be set.
type SignatureImports struct {
	Catalogue ImportCatalogue
}

// Register adds the route of /v1/signatures:import.
func (i SignatureImports) Register(s *edge.Server) {
	edge.Stream[importResult](s, huma.Operation{
		OperationID: "import-signatures", Method: http.MethodPost, Path: "/v1/signatures:import",
		Summary: "Import a list of signatures", Tags: []string{"signatures"},
		Description: "Takes one signature on each line and returns one result for each, in the order of the lines, while they " +
			"arrive. The last line of the reply counts the results. A stream that breaks off ends with an error instead, and may " +
			"be sent again: what is stored already is unchanged.",
	}, edge.Scopes(models.ScopeSignatures), i.postImport)
}

// postImport stores one signature for each line. A chunk has at most as many lines as
// one entry of the verdict log has changes, so its changes fit into one entry. An
// import needs no idempotency keys: the id of a signature follows from its rule, kind
// and value, and importing the same line again leaves it unchanged
// (TestImportSaysWhatBecameOfEveryLine).
func (i SignatureImports) postImport(
	ctx context.Context, in *importInput, lines *edge.Lines[signatureRequest], out *edge.LineWriter,
) (any, error) {
	caller, summary := edge.CallerFrom(ctx), importSummary{Done: true}
	refuse := func(line int, err error) any {
		summary.Refused++
		r := out.Refusal(err)
		return importRefused{Line: line, Result: models.ImportRefused, Code: r.Code, Detail: r.Detail, Pointer: r.Pointer}
	}
	var err error
	summary.Lines, err = bulkProcessor[signatureRequest, models.SignatureDraft, models.ImportOutcome]{
		chunkSize: models.MaxEntryChanges,
		draft:     signatureRequest.draft,
		process: func(drafts []models.SignatureDraft) ([]models.ImportOutcome, error) {
			return i.Catalogue.Import(ctx, caller, drafts, in.DryRun)
		},
		result: func(line int, o models.ImportOutcome) any {
			if o.Err != nil {
				return refuse(line, o.Err)
			}
			summary.count(o.Result)
			return importAccepted{Line: line, Result: o.Result, ID: o.ID}
		},
		refuse: refuse,
	}.run(lines, out)
	return summary, err
}
