package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

// keyRequest is an API key as an administrator orders it.
type keyRequest struct {
	Name         keyName          `json:"name" minLength:"1" maxLength:"128"`
	Organisation organisationName `json:"organisation,omitempty" maxLength:"128"`
	Scopes       []scope          `json:"scopes" nullable:"false" minItems:"1" maxItems:"6" uniqueItems:"true" doc:"What the key may do."`
	Rate         int              `json:"rate,omitempty" minimum:"0" maximum:"100000" doc:"Requests per second. 0: the server's default."`
}

// organisationName is an organisation as the operator names it, without control characters.
type organisationName string

// Schema describes the organisation of a key.
func (organisationName) Schema(huma.Registry) *huma.Schema {
	return text("The organisation that the key speaks for. All keys of one organisation count as one in the evidence. The default is that of "+
		"the key that makes it; only a key that was made in the database may name another one.", `^[^\x00-\x1f\x7f]*$`, "City anti-fraud line")
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
	Org     string    `json:"organisation" doc:"The organisation that the key speaks for. The default is the key's own id."`
	MadeBy  string    `json:"made_by,omitempty" doc:"The id of the key that made it. Absent if it was made in the database."`
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
	Key(ctx context.Context, id string) (models.Key, error)
	Keys(context.Context) ([]models.Key, error)
	// RevokeKey revokes a key and those that it has made, and returns their ids; models.NotFound for an unknown one.
	RevokeKey(ctx context.Context, id string, now time.Time) ([]string, error)
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
		Description: "Creates an API key. It may do no more than the key that makes it, belongs to the same organisation unless another " +
			"one is named, and is revoked with it. Only this reply holds its credential.",
	}, administrator, k.postKey)
	edge.Handle(s, huma.Operation{
		OperationID: "list-keys", Method: http.MethodGet, Path: "/v1/keys",
		Summary: "List API keys", Tags: []string{"keys"},
		Description: "Returns every API key without its secret.",
	}, administrator, k.listKeys)
	edge.Handle(s, huma.Operation{
		OperationID: "delete-key", Method: http.MethodDelete, Path: "/v1/keys/{id}", DefaultStatus: http.StatusNoContent,
		Summary: "Revoke an API key", Tags: []string{"keys"},
		Description: "Revokes an API key and every key that it has made. Other nodes can accept them for 30 seconds more. Revoking it " +
			"again changes nothing.",
	}, administrator, k.deleteKey)
}

// postKey creates an API key. Its secret has 256 random bits and is stored as a hash
// only, so a lost one cannot be restored.
//
// The maker is read from the store: the cache that let its credential in may be older
// than its revocation. It is read again after the write, so that a key made during the
// revocation of its maker is revoked by one of the two.
func (k Keys) postKey(ctx context.Context, in *createKeyInput) (*createKeyReply, error) {
	maker, err := k.maker(ctx)
	if err != nil {
		return nil, err
	}
	key, credential := models.NewKey(string(in.Body.Name), convert[models.Scope](in.Body.Scopes), in.Body.Rate, k.Clock())
	if key, err = key.MintedBy(maker, string(in.Body.Organisation)); err != nil {
		return nil, err
	}
	if err := k.Store.PutKey(ctx, key); err != nil {
		return nil, err
	}
	if _, err := k.maker(ctx); err != nil {
		_, revokeErr := k.Store.RevokeKey(ctx, key.ID, k.Clock())
		return nil, cmp.Or(revokeErr, err)
	}
	return &createKeyReply{Body: createdKey{KeyDetail: keyDetailOf(key), Credential: credential.Bearer()}}, nil
}

// maker returns the key of the caller while it is in force
// (TestAKeyRevokedElsewhereMakesNoMore).
func (k Keys) maker(ctx context.Context) (models.Key, error) {
	maker, err := k.Store.Key(ctx, edge.CallerFrom(ctx).Key)
	if err == nil && !maker.Revoked.IsZero() {
		err = models.NotFound
	}
	if errors.Is(err, models.NotFound) {
		err = credentialRefused()
	}
	return maker, err
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

// deleteKey revokes a key and what it has made
// (TestARevokedKeyTakesTheKeysThatItMadeWithIt). They stay in the list with the time of
// the revocation (TestKeyIsGoodUntilItIsRevoked).
func (k Keys) deleteKey(ctx context.Context, in *keyInput) (*struct{}, error) {
	revoked, err := k.Store.RevokeKey(ctx, in.ID, k.Clock())
	for _, id := range revoked {
		k.Forget(id)
	}
	return nil, err
}

// keyDetailOf leaves out the hash of the secret.
func keyDetailOf(k models.Key) KeyDetail {
	return KeyDetail{
		ID: k.ID, Name: k.Name, Org: k.Organisation, MadeBy: k.MadeBy, Scopes: convert[scope](k.Scopes), Rate: k.Rate,
		Created: k.Created.UTC(), Revoked: k.Revoked,
	}
}
