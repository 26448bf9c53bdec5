package models

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// The contexts of signatures: what a signed message is. A signature under one says nothing under another.
const (
	SignLogHead  = "log-head" // SignHead
	SignRestored = "restored" // NewRestored
)

// Signer signs what this deployment states, so that whoever has its public key can tell it from what another has made up. A
// nil Signer is a deployment without a key: it signs nothing, and verifies nothing.
//
// It is plain Ed25519 (RFC 8032, section 5.1) over the bytes "tocsin/", the context, a zero byte and the message. Ed25519ctx
// of that RFC would keep contexts apart too, but the libraries of phones lack it.
type Signer struct {
	key ed25519.PrivateKey
	id  string
}

// NewSigner returns the signer with a seed: 32 random bytes, which are the secret. With the same seed it is the same key.
func NewSigner(seed []byte) (*Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("a signing key has %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	s := &Signer{key: ed25519.NewKeyFromSeed(seed)}
	s.id = KeyID(s.PublicKey())
	return s, nil
}

// KeyID returns the name of a public key: the first 8 characters, 40 bits, of its SHA-256 in the base32 of RFC 4648, in lower
// case. It says which key to try; it proves nothing.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
}

// KeyID returns the name of the signer's key; "" for none.
func (s *Signer) KeyID() string {
	if s == nil {
		return ""
	}
	return s.id
}

// PublicKey returns what others verify with, 32 bytes; nil for none.
func (s *Signer) PublicKey() ed25519.PublicKey {
	if s == nil {
		return nil
	}
	public, _ := s.key.Public().(ed25519.PublicKey) // it always is
	return public
}

// Sign returns the signature of a message in a context, 64 bytes: the same for the same key, context and message; nil
// without a key. The context is a constant without a zero byte.
func (s *Signer) Sign(context string, message []byte) []byte {
	if s == nil {
		return nil
	}
	return ed25519.Sign(s.key, signedBytes(context, message))
}

// Verify reports whether the signature is the signer's own, of that message in that context.
func (s *Signer) Verify(context string, message, signature []byte) bool {
	return s != nil && VerifySignature(s.PublicKey(), context, message, signature)
}

// VerifySignature reports whether the holder of a public key has signed that message in that context.
func VerifySignature(public ed25519.PublicKey, context string, message, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, signedBytes(context, message), signature)
}

// signedBytes returns what a signature is over.
func signedBytes(context string, message []byte) []byte {
	return append(append([]byte("tocsin/"+context), 0), message...)
}
