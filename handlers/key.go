package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// keyBody asks for an API key.
type keyBody struct {
	Name   string  `json:"name" minLength:"1" maxLength:"128" pattern:"^[^\\x00-\\x1f\\x7f]*$" doc:"Of the organisation that gets it." example:"City anti-fraud line"`
	Scopes []scope `json:"scopes" nullable:"false" minItems:"1" maxItems:"5" uniqueItems:"true" doc:"What it may do."`
	Rate   int     `json:"rate,omitempty" minimum:"0" maximum:"100000" doc:"Requests a second; the server's default where it is not given."`
}

// KeyDetail is an API key without its secret.
type KeyDetail struct {
	ID      string    `json:"id" doc:"The key's id."`
	Name    string    `json:"name" doc:"Of the organisation that has it."`
	Scopes  []scope   `json:"scopes" nullable:"false" doc:"What it may do."`
	Rate    int       `json:"rate" minimum:"0" doc:"Requests a second; 0 is the server's default."`
	Created time.Time `json:"created_at" doc:"When it was made."`
	Revoked time.Time `json:"revoked_at,omitzero" doc:"From when on it is good for nothing."`
}

// newKey is an API key with its credential.
type newKey struct {
	KeyDetail

	Credential string `json:"credential" doc:"The bearer token. It is shown this once."`
}

type createKeyInput struct {
	Body keyBody
}

type createKeyReply struct {
	Body newKey
}

type listKeysReply struct {
	Body keyList
}

type keyList struct {
	Keys []KeyDetail `json:"keys" nullable:"false" doc:"Every key, revoked ones too."`
}

type keyInput struct {
	ID string `path:"id" maxLength:"64" doc:"The key's id."`
}

// KeyStore keeps API keys.
type KeyStore interface {
	PutKey(context.Context, models.Key) error
	Keys(context.Context) ([]models.Key, error)
	RevokeKey(ctx context.Context, id string, now time.Time) error
}

// Keys serves API keys. Every field must be set.
type Keys struct {
	Store  KeyStore
	Forget func(id string) // drops a credential from the server's cache
	Clock  func() time.Time
}

// Register adds the routes of /v1/keys.
func (k Keys) Register(s *edge.Server) {
	administrator := edge.Scopes(models.ScopeKeys)
	edge.Handle(s, huma.Operation{
		OperationID: "post-key", Method: http.MethodPost, Path: "/v1/keys", DefaultStatus: http.StatusCreated,
		Summary: "Create an API key", Tags: []string{"keys"},
	}, administrator, k.postKey)
	edge.Handle(s, huma.Operation{
		OperationID: "list-keys", Method: http.MethodGet, Path: "/v1/keys",
		Summary: "List API keys", Tags: []string{"keys"},
	}, administrator, k.listKeys)
	edge.Handle(s, huma.Operation{
		OperationID: "delete-key", Method: http.MethodDelete, Path: "/v1/keys/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Revoke an API key", Tags: []string{"keys"},
	}, administrator, k.deleteKey)
}

func (k Keys) postKey(ctx context.Context, in *createKeyInput) (*createKeyReply, error) {
	key, credential := models.NewKey(in.Body.Name, convert[models.Scope](in.Body.Scopes), in.Body.Rate, k.Clock())
	if err := k.Store.PutKey(ctx, key); err != nil {
		return nil, err
	}
	return &createKeyReply{Body: newKey{KeyDetail: keyDetailOf(key), Credential: credential.Bearer()}}, nil
}

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

func (k Keys) deleteKey(ctx context.Context, in *keyInput) (*struct{}, error) {
	if err := k.Store.RevokeKey(ctx, in.ID, k.Clock()); err != nil {
		return nil, err
	}
	k.Forget(in.ID)
	return nil, nil
}

func keyDetailOf(k models.Key) KeyDetail {
	return KeyDetail{
		ID: k.ID, Name: k.Name, Scopes: convert[scope](k.Scopes), Rate: k.Rate, Created: k.Created.UTC(), Revoked: k.Revoked,
	}
}
