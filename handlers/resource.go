// Package handlers is the REST surface: one struct and one file for each
// resource, with the request and reply types that are the contract. A handler
// decodes the request, calls one method and encodes the result; every decision is
// made in another package. docs/openapi.json is generated from the types
// here (TestOpenAPIFileIsTheContractOfTheCode).
package handlers

import "example.org/tocsin/handlers/edge"

// Resource is one resource of the REST surface.
type Resource interface {
	// Register adds the resource's routes to the server, with their policies.
	Register(s *edge.Server)
}
