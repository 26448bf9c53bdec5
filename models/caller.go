package models

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// Scope is one thing that an API key permits. A key has any number of them, and each route of the API names the one
// that it needs.
type Scope string

// The scopes. They are stored with keys and part of the API, so they are never renamed.
const (
	ScopeReports    Scope = "reports"    // file reports for citizens (call centres)
	ScopeChecks     Scope = "checks"     // check indicators and messages, nothing is kept
	ScopeSignatures Scope = "signatures" // read and write signatures (analysts)
	ScopeDevices    Scope = "devices"    // register many devices
	ScopeKeys       Scope = "keys"       // create and revoke keys
	ScopeOperate    Scope = "operate"    // see and steer the work of a running server
)

// Scopes lists every scope, in the order of the constants.
func Scopes() []Scope {
	return []Scope{ScopeReports, ScopeChecks, ScopeSignatures, ScopeDevices, ScopeKeys, ScopeOperate}
}

// Key is an API key of an organisation. Its secret is shown once, when the key is made, and kept as a hash; the JSON of a
// Key does not hold even that (TestTheJSONOfAKeyHoldsNoSecret).
type Key struct {
	ID      string    `bson:"_id"        json:"id"`
	Name    string    `bson:"name"       json:"name"`
	Secret  []byte    `bson:"secret"     json:"-"` // SHA-256
	Scopes  []Scope   `bson:"scopes"     json:"scopes"`
	Rate    int       `bson:"rate"       json:"rate"` // requests per second; 0: the server's default
	Created time.Time `bson:"created_at" json:"created_at"`
	Revoked time.Time `bson:"revoked_at,omitempty" json:"revoked_at,omitzero"` // zero: in force

	// Organisation is what the key speaks for, by default the id of the key itself. All keys of one organisation are one
	// voice: a citizen counts once, however many of them the organisation has used, and so does the organisation as a group.
	Organisation string `bson:"organisation" json:"organisation"`
	MadeBy       string `bson:"made_by,omitempty" json:"made_by,omitempty"` // id of the key that made it; "": made in the database
}

// MintedBy returns k as a key that parent makes for the organisation, "" for parent's own. A key that has been made by a
// key belongs to the same organisation, is no wider in scope than its maker, and is revoked with it
// (TestAMintedKeyIsNoWiderThanItsMaker). A key that was made in the database belongs to the operator, who may make keys for
// other organisations. Errors: Forbidden (scope_exceeded, organisation_foreign) with a JSON pointer.
func (k Key) MintedBy(parent Key, organisation string) (Key, error) {
	for _, s := range k.Scopes {
		if !slices.Contains(parent.Scopes, s) {
			return Key{}, &Error{
				Kind: Forbidden, Code: "scope_exceeded", Field: "/scopes", Detail: "A key cannot make a key that may do more than itself.",
			}
		}
	}
	k.Organisation, k.MadeBy = cmp.Or(organisation, parent.Organisation), parent.ID
	if k.Organisation != parent.Organisation && parent.MadeBy != "" {
		return Key{}, &Error{
			Kind: Forbidden, Code: "organisation_foreign", Field: "/organisation",
			Detail: "A key that was made by a key makes keys of its own organisation only.",
		}
	}
	return k, nil
}

// Caller is who makes a request: a device, an organisation by its key, or nobody in particular (the zero Caller). Device
// and Key are never both set.
type Caller struct {
	Device string // Device.ID
	Key    string // Key.ID
	Name   string // of the key
	// Organisation is that of the key, "" for a key that is one of its own.
	Organisation string
	Agent        string  // the call-centre agent's name, as the organisation gives it
	Scopes       []Scope // of the key; a device has none
	Rate         int     // of the key, requests per second
	Locale       string  // of the device, BCP 47
}

// ID returns what identifies the caller across requests: the id of its device or key, or "" for the zero Caller. Reports
// and their pseudonyms are bound to it.
func (c Caller) ID() string {
	if c.Device != "" {
		return c.Device
	}
	return c.Key
}

// OrganisationID returns what names the organisation for which the caller's key speaks; "" for a device.
func (c Caller) OrganisationID() string { return cmp.Or(c.Organisation, c.Key) }

// HasScope reports whether the caller's key has the scope s.
func (c Caller) HasScope(s Scope) bool {
	for _, have := range c.Scopes {
		if have == s {
			return true
		}
	}
	return false
}

// Credential is what a caller presents as a bearer token (RFC 6750): "dev_<id>.<secret>" or "key_<id>.<secret>".
//
// Its secret is in no log and no error: package fmt and log/slog print String instead, and its JSON holds the id alone
// (TestPrintingACredentialHidesItsSecret). Two ways of printing are not covered, since fmt does not call String there:
// the verb %#v, and a Credential in an unexported field of a struct. Print neither.
type Credential struct {
	ID     string // Device.ID or Key.ID, with its prefix
	secret string
}

// NewCredential returns a new credential for id, which begins with "dev_" or "key_". Its secret is 256 random bits in the
// URL-safe base64 of RFC 4648, section 5, so it holds no dot.
func NewCredential(id string) Credential {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // crypto/rand.Read never fails (Go 1.24)
	return Credential{ID: id, secret: base64.RawURLEncoding.EncodeToString(b)}
}

// ParseCredential splits a bearer token at its first dot. It looks at the form alone: whether the secret is right is for
// Matches. A token of another form is Unauthenticated (credential_malformed), and the error does not hold it.
func ParseCredential(token string) (Credential, error) {
	id, secret, ok := strings.Cut(token, ".")
	if !ok || secret == "" || !strings.HasPrefix(id, "dev_") && !strings.HasPrefix(id, "key_") {
		return Credential{}, &Error{Kind: Unauthenticated, Code: "credential_malformed", Detail: "The bearer token is not one of ours."}
	}
	return Credential{ID: id, secret: secret}, nil
}

// Bearer returns the bearer token: what its owner is given, once, and ParseCredential reads.
func (c Credential) Bearer() string { return c.ID + "." + c.secret }

// Hash returns what is stored of the secret, its SHA-256. A plain hash is enough: a secret of 256 random bits cannot be
// guessed, as a password can, so neither salt nor a slow hash would add anything.
func (c Credential) Hash() []byte {
	sum := sha256.Sum256([]byte(c.secret))
	return sum[:]
}

// Matches reports whether the credential's secret has the given hash. The comparison takes the same time wherever the
// hashes differ, so that its duration tells nothing of the stored one.
func (c Credential) Matches(hash []byte) bool { return subtle.ConstantTimeCompare(c.Hash(), hash) == 1 }

// String returns the credential with its secret left out, for logs and errors.
func (c Credential) String() string { return c.ID + ".[secret]" }
