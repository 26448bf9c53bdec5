package models

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Scope is what an API key may do.
type Scope string

// The scopes.
const (
	ScopeReports    Scope = "reports"    // file reports for citizens (call centres)
	ScopeChecks     Scope = "checks"     // ask
	ScopeSignatures Scope = "signatures" // read and write signatures (analysts)
	ScopeDevices    Scope = "devices"    // register devices in numbers
	ScopeKeys       Scope = "keys"       // create and revoke keys
)

// Scopes lists every scope.
func Scopes() []Scope {
	return []Scope{ScopeReports, ScopeChecks, ScopeSignatures, ScopeDevices, ScopeKeys}
}

// Key is an API key of an organisation. Its secret is shown once and kept as a hash.
type Key struct {
	ID      string    `bson:"_id"        json:"id"`
	Name    string    `bson:"name"       json:"name"`
	Secret  []byte    `bson:"secret"     json:"-"` // SHA-256
	Scopes  []Scope   `bson:"scopes"     json:"scopes"`
	Rate    int       `bson:"rate"       json:"rate"` // requests a second; 0: the server's default
	Created time.Time `bson:"created_at" json:"created_at"`
	Revoked time.Time `bson:"revoked_at,omitempty" json:"revoked_at,omitzero"`
}

// Caller is who makes a request: a device, an organisation by its key, or
// nobody (the zero Caller).
type Caller struct {
	Device string  // device id
	Key    string  // key id
	Name   string  // of the key
	Agent  string  // the call-centre agent's name, as the organisation gives it
	Scopes []Scope // of the key
	Rate   int     // of the key
	Locale string  // of the device
}

// ID names the caller across requests: a device or key id, or "" for nobody.
func (c Caller) ID() string {
	if c.Device != "" {
		return c.Device
	}
	return c.Key
}

// May reports whether the caller's key has the scope.
func (c Caller) HasScope(s Scope) bool {
	for _, have := range c.Scopes {
		if have == s {
			return true
		}
	}
	return false
}

// Credential is a secret that a caller presents as a bearer token:
// "dev_<id>.<secret>" or "key_<id>.<secret>". It is never logged.
type Credential struct {
	ID     string // with its prefix
	secret string
}

// NewCredential makes a credential with 256 random bits for id, which carries its prefix.
func NewCredential(id string) Credential {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // crypto/rand.Read never fails (Go 1.24)
	return Credential{ID: id, secret: base64.RawURLEncoding.EncodeToString(b)}
}

// ParseCredential splits a bearer token. It does not say whether it is good.
func ParseCredential(token string) (Credential, error) {
	id, secret, ok := strings.Cut(token, ".")
	if !ok || secret == "" || !strings.HasPrefix(id, "dev_") && !strings.HasPrefix(id, "key_") {
		return Credential{}, &Error{Kind: Unauthenticated, Code: "credential_malformed", Detail: "The bearer token is not one of ours."}
	}
	return Credential{ID: id, secret: secret}, nil
}

// Bearer returns the token to hand out, once.
func (c Credential) Bearer() string { return c.ID + "." + c.secret }

// Hash returns what is stored of the secret. It has 256 random bits, so a plain hash is enough.
func (c Credential) Hash() []byte {
	sum := sha256.Sum256([]byte(c.secret))
	return sum[:]
}

// Opens reports, in constant time, whether the credential's secret has the given hash.
func (c Credential) Matches(hash []byte) bool { return subtle.ConstantTimeCompare(c.Hash(), hash) == 1 }

// String keeps the secret out of logs and errors.
func (c Credential) String() string { return c.ID + ".[secret]" }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
