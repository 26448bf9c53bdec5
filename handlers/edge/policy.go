package edge

import (
	"slices"

	"example.org/tocsin/models"
)

// Policy says who may use a route. A route without one stops the start. The
// zero Policy is none.
type Policy struct {
	public      bool
	device      bool
	scopes      []models.Scope
	registering bool
	probe       bool
}

// Public lets everybody in. A credential that comes along is not looked at.
func Public() Policy { return Policy{public: true} }

// Device lets devices in.
func Device() Policy { return Policy{device: true} }

// Scopes lets in a key that has one of the scopes.
func Scopes(scopes ...models.Scope) Policy { return Policy{scopes: scopes} }

// DeviceOr lets in devices, and keys that have the scope.
func DeviceOr(scope models.Scope) Policy { return Policy{device: true, scopes: []models.Scope{scope}} }

// PublicOr lets in callers without a credential, and keys that have the
// scope. A credential that comes along must be good.
func PublicOr(scope models.Scope) Policy { return Policy{public: true, scopes: []models.Scope{scope}} }

// Registering returns the policy with the stricter allowance that
// Limits.Registration sets for callers without a credential.
func (p Policy) Registering() Policy {
	p.registering = true
	return p
}

func (p Policy) isSet() bool { return p.public || p.device || len(p.scopes) > 0 }

// asks reports whether a credential is looked at: on a route that only is
// public it is not, so a stale one in an app's memory cannot shut it out.
func (p Policy) authenticates() bool { return p.device || len(p.scopes) > 0 }

// admits reports whether the caller may use the route.
func (p Policy) authorize(c models.Caller) error {
	switch {
	case c.ID() == "" && p.public:
		return nil
	case c.ID() == "":
		return &models.Error{Kind: models.Unauthenticated, Code: "credential_missing", Detail: "This needs a credential: Authorization: Bearer."}
	case c.Device != "" && p.device:
		return nil
	case c.Key != "" && slices.ContainsFunc(p.scopes, c.HasScope):
		return nil
	case c.Key != "" && len(p.scopes) > 0:
		return &models.Error{Kind: models.Forbidden, Code: "scope_missing", Detail: "The key does not have the scope that this needs."}
	}
	return &models.Error{Kind: models.Forbidden, Code: "caller_forbidden", Detail: "This is not for this kind of caller."}
}

// security is the policy in the words of OpenAPI: alternatives, each with the roles it needs.
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
