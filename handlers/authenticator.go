package handlers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"example.org/tocsin/models"
)

// Authenticator finds the caller of a credential, for edge.Options.Auth.
type Authenticator struct {
	Devices interface {
		Device(ctx context.Context, id string) (models.Device, error)
	}
	Keys interface {
		Key(ctx context.Context, id string) (models.Key, error)
	}
}

// Authenticate returns the device or the organisation that the credential
// belongs to. An unknown id, a wrong secret and a revoked key are the same error
// (models.Unauthenticated), so that nobody learns which ids exist
// (TestAuthenticatorTellsNobodyWhichIDsThereAre).
func (a Authenticator) Authenticate(ctx context.Context, c models.Credential) (models.Caller, error) {
	caller, secret, err := a.lookup(ctx, c.ID)
	switch {
	case errors.Is(err, models.NotFound):
	case err != nil:
		return models.Caller{}, fmt.Errorf("authenticate: %w", err)
	case c.Matches(secret):
		return caller, nil
	}
	return models.Caller{}, credentialRefused()
}

// credentialRefused is the one answer to a credential that does not let anybody in.
func credentialRefused() error {
	return &models.Error{
		Kind: models.Unauthenticated, Code: "credential_refused", Detail: "The credential is unknown, wrong or revoked.",
	}
}

// lookup returns the caller with the id and the hash of its secret. A revoked key is not found.
func (a Authenticator) lookup(ctx context.Context, id string) (models.Caller, []byte, error) {
	if strings.HasPrefix(id, "dev_") {
		device, err := a.Devices.Device(ctx, id)
		return models.Caller{Device: device.ID, Locale: device.Locale}, device.Secret, err
	}
	key, err := a.Keys.Key(ctx, id)
	if err == nil && !key.Revoked.IsZero() {
		err = models.NotFound
	}
	return models.Caller{
		Key: key.ID, Name: key.Name, Organisation: key.Organisation, Scopes: key.Scopes, Rate: key.Rate,
	}, key.Secret, err
}
