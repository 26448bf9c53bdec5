package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// keyRequest is an API key as an administrator orders it.
type keyRequest struct {
	Name   keyName `json:"name" minLength:"1" maxLength:"128"`
	Scopes []scope `json:"scopes" nullable:"false" minItems:"1" maxItems:"6" uniqueItems:"true" doc:"What the key may do."`
	Rate   int     `json:"rate,omitempty" minimum:"0" maximum:"100000" doc:"Requests per second. 0 or absent for the server's default."`
}

// keyName is a name without control characters, since it is printed on terminals.
type keyName string

// Schema describes a name without control characters.
func (keyName) Schema(huma.Registry) *huma.Schema {
	return text("The name of the organisation that gets the key.", `^[^\x00-\x1f\x7f]*$`, "City anti-fraud line")
}

// KeyDetail is an API key without its secret.
type KeyDetail struct {
	ID      string    `json:"id" doc:"The key's id."`
	Name    string    `json:"name" doc:"The name of the organisation that has the key."`
	Scopes  []scope   `json:"scopes" nullable:"false" doc:"What the key may do."`
	Rate    int       `json:"rate" minimum:"0" doc:"Requests per second. 0 for the server's default."`
	Created time.Time `json:"created_at" doc:"When the key was created, RFC 3339."`
	Revoked time.Time `json:"revoked_at,omitzero" doc:"When the key was revoked, RFC 3339. Absent for a valid key."`
}

// createdKey is an API key with its credential.
type createdKey struct {
	KeyDetail

	Credential string `json:"credential" doc:"The bearer token (RFC 6750). Only this reply holds it."`
}

type createKeyInput struct {
	Body keyRequest
}

type createKeyReply struct {
	Body createdKey
}

type listKeysReply struct {
	Body keyList
}

type keyList struct {
	Keys []KeyDetail `json:"keys" nullable:"false" doc:"Every key, including revoked ones."`
}

type keyInput struct {
	ID string `path:"id" maxLength:"64" doc:"The key's id."`
}

// KeyStore keeps API keys.
type KeyStore interface {
	PutKey(context.Context, models.Key) error
	Keys(context.Context) ([]models.Key, error)
	// RevokeKey revokes a key, unless it is revoked already; models.NotFound for an unknown one.
	RevokeKey(ctx context.Context, id string, now time.Time) error
}

// Keys serves API keys. Every field must be set.
type Keys struct {
	Store  KeyStore
	Forget func(id string) // drops a credential from this node's cache, see edge.Server.Forget
	Clock  func() time.Time
}

// Register adds the routes of /v1/keys.
func (k Keys) Register(s *edge.Server) {
	administrator := edge.Scopes(models.ScopeKeys)
	edge.Handle(s, huma.Operation{
		OperationID: "post-key", Method: http.MethodPost, Path: "/v1/keys", DefaultStatus: http.StatusCreated,
		Summary: "Create an API key", Tags: []string{"keys"},
		Description: "Creates an API key for an organisation. Only this reply holds its credential.",
	}, administrator, k.postKey)
	edge.Handle(s, huma.Operation{
		OperationID: "list-keys", Method: http.MethodGet, Path: "/v1/keys",
		Summary: "List API keys", Tags: []string{"keys"},
		Description: "Returns every API key without its secret.",
	}, administrator, k.listKeys)
	edge.Handle(s, huma.Operation{
		OperationID: "delete-key", Method: http.MethodDelete, Path: "/v1/keys/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Revoke an API key", Tags: []string{"keys"},
		Description: "Revokes an API key. Other nodes can accept it for 30 seconds more. Revoking it again changes nothing.",
	}, administrator, k.deleteKey)
}

// postKey creates an API key. Its secret has 256 random bits and is stored as a hash
// only, so a lost one cannot be restored.
func (k Keys) postKey(ctx context.Context, in *createKeyInput) (*createKeyReply, error) {
	key, credential := models.NewKey(string(in.Body.Name), convert[models.Scope](in.Body.Scopes), in.Body.Rate, k.Clock())
	if err := k.Store.PutKey(ctx, key); err != nil {
		return nil, err
	}
	return &createKeyReply{Body: createdKey{KeyDetail: keyDetailOf(key), Credential: credential.Bearer()}}, nil
}

// listKeys returns all keys at once: a deployment has a key for each organisation,
// which is some hundreds at most.
func (k Keys) listKeys(ctx context.Context, _ *struct{}) (*listKeysReply, error) {
	keys, err := k.Store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	out := &listKeysReply{Body: keyList{Keys: make([]KeyDetail, len(keys))}}
	for i, key := range keys {
		out.Body.Keys[i] = keyDetailOf(key)
	}
	return out, nil
}

// deleteKey revokes a key. It stays in the list with the time of its revocation
// (TestKeyIsGoodUntilItIsRevoked).
func (k Keys) deleteKey(ctx context.Context, in *keyInput) (*struct{}, error) {
	if err := k.Store.RevokeKey(ctx, in.ID, k.Clock()); err != nil {
		return nil, err
	}
	k.Forget(in.ID)
	return nil, nil
}

// keyDetailOf leaves out the hash of the secret.
func keyDetailOf(k models.Key) KeyDetail {
	return KeyDetail{
		ID: k.ID, Name: k.Name, Scopes: convert[scope](k.Scopes), Rate: k.Rate, Created: k.Created.UTC(), Revoked: k.Revoked,
	}
}
