// Package handlers is the REST surface: one struct and one file for each
// resource, with the request and reply types that are the contract. A handler
// decodes the request, calls one method and encodes the result; every decision is
// made in another package. docs/openapi.json is generated from the types
// here (TestOpenAPIFileIsTheContractOfTheCode).
//
//	request -> edge (caller, limit, strict JSON, schema) -> xInput -> handler
//	                                                                    |
//	reply   <- edge (JSON, or a problem for an error)    <- xReply <- desk or store
//
// Names: xInput and xReply are a whole request and reply, with parameters and
// headers; xRequest and xPatch are bodies that clients send; xDetail, xResult and
// xList are bodies that they get. Only bodies are schemas in the document, and their Go names
// are the names of the schemas.
//
// Conventions of all resources:
//   - A creation is a 201, and a deletion is a 204.
//   - A revision is a strong ETag, and a change names it in If-Match.
//   - Lists are read by signed cursors (see CursorSigner), never by offsets.
//   - Bulk operations take and return newline-delimited JSON, one result for each line
//     and a summary as the last line (see bulkProcessor).
//   - Times are UTC in RFC 3339, within the years 0 to 9999 (see utc).
package handlers

import "example.org/tocsin/handlers/edge"

// Resource is one resource of the REST surface.
type Resource interface {
	// Register adds the resource's routes to the server, with their policies.
	Register(s *edge.Server)
}
