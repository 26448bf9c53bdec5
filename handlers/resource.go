// Package handlers is the REST surface: one struct and one file for each resource,
// with the request and reply types that are the contract. A handler decodes, calls
// one method and encodes; what the answer is, the other rooms decide.
package handlers

import "example.org/tocsin/handlers/edge"

// Resource is one resource of the REST surface.
type Resource interface {
	// Register adds the resource's routes to the server, with their policies.
	Register(s *edge.Server)
}
