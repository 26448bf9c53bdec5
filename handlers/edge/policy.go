package edge

import (
	"slices"

	"example.org/tocsin/models"
)

// Policy says who may use a route: callers without a credential, devices, API keys
// with one of some scopes, or several of these. Whether a caller may see a certain
// document, such as a report, is not its matter but the handler's. The zero Policy is no policy, and a server with
// a route without one does not start (TestARouteWithoutAPolicyStopsTheStart).
type Policy struct {
	public      bool
	device      bool
	scopes      []models.Scope
	registering bool
	probe       bool
}

// Public lets everybody in. A credential in the request is not read.
func Public() Policy { return Policy{public: true} }

// Device lets devices in.
func Device() Policy { return Policy{device: true} }

// Scopes lets in keys that have one of the scopes.
func Scopes(scopes ...models.Scope) Policy { return Policy{scopes: scopes} }

// DeviceOr lets in devices, and keys that have the scope.
func DeviceOr(scope models.Scope) Policy { return Policy{device: true, scopes: []models.Scope{scope}} }

// PublicOr lets in callers without a credential, and keys that have the scope. A
// credential in the request must be valid.
func PublicOr(scope models.Scope) Policy { return Policy{public: true, scopes: []models.Scope{scope}} }

// Registering returns the policy with Limits.Registration in place of Limits.Address
// as the allowance of callers without a credential.
func (p Policy) Registering() Policy {
	p.registering = true
	return p
}

// isSet reports whether the policy lets anybody in. Registering and probe alone do
// not.
func (p Policy) isSet() bool { return p.public || p.device || len(p.scopes) > 0 }

// authenticates reports whether the credential is read. On a route that is only
// public it is not, so that an app with a stale credential is not refused.
func (p Policy) authenticates() bool { return p.device || len(p.scopes) > 0 }

// authorize returns nil if the caller may use the route; otherwise models.Unauthenticated without a
// credential, and models.Forbidden with one.
func (p Policy) authorize(c models.Caller) error {
	switch {
	case c.ID() == "" && p.public:
		return nil
	case c.ID() == "":
		return &models.Error{
			Kind: models.Unauthenticated, Code: "credential_missing", Detail: "The header Authorization with a bearer token is missing.",
		}
	case c.Device != "" && p.device:
		return nil
	case c.Key != "" && slices.ContainsFunc(p.scopes, c.HasScope):
		return nil
	case c.Key != "" && len(p.scopes) > 0:
		return &models.Error{Kind: models.Forbidden, Code: "scope_missing", Detail: "The API key does not have the required scope."}
	}
	return &models.Error{Kind: models.Forbidden, Code: "caller_forbidden", Detail: "This kind of caller may not use the operation."}
}

// security is the policy in OpenAPI's form: a list of alternatives, each with the roles that it needs.
func (p Policy) security() []map[string][]string {
	var out []map[string][]string
	if p.public && p.authenticates() {
		out = append(out, map[string][]string{})
	}
	if p.device {
		out = append(out, map[string][]string{"device": {}})
	}
	for _, s := range p.scopes {
		out = append(out, map[string][]string{"key": {string(s)}})
	}
	return out
}
