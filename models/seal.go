package models

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
)

const (
	purposeHint = "hint"
	hintStep    = 32 // sealed hints have a multiple of so many bytes inside
)

// Seal returns plain so that only a Keyer that knows the current root can read it, and only for the same purpose: the id of
// the root, a random nonce of 12 bytes, and the text under AES-256-GCM (NIST SP 800-38D) with the purpose as additional
// data. Sealing the same twice gives two values.
//
// A nonce that comes twice would show how the two texts differ. After 2^32 seals under one root the chance of that is one in
// 2^33, and grows with the square of their number: a rotation begins anew.
func (k Keyer) Seal(purpose string, plain []byte) []byte {
	sealed := []byte(k.current.id())
	return append(sealed, k.current.seal.Seal(nil, nil, plain, []byte(purpose))...)
}

// Open returns what was sealed for this purpose under a root that the Keyer knows. The error says nothing of the content:
// the value was sealed under another root or for another purpose, or it was altered.
func (k Keyer) Open(purpose string, sealed []byte) ([]byte, error) {
	for _, r := range []rootKeys{k.current, k.other} {
		rest, ours := bytes.CutPrefix(sealed, []byte(r.id()))
		if r.check == "" || !ours {
			continue
		}
		if plain, err := r.seal.Open(nil, nil, rest, []byte(purpose)); err == nil {
			return plain, nil
		}
	}
	return nil, errors.New("the value was sealed under another key or for another purpose, or it was altered")
}

// SealHint returns the hint of an indicator as exposures and warnings keep it. It is filled up to a multiple of 32 bytes,
// so that its length does not tell one host from another (TestSealedHintsOfAPhoneAndAHostHaveOneLength).
func (k Keyer) SealHint(i Indicator) []byte {
	hint := []byte(i.Hint())
	steps := max(1, (len(hint)+hintStep-1)/hintStep)
	return k.Seal(purposeHint, append(hint, make([]byte, steps*hintStep-len(hint))...))
}

// OpenHint returns the hint that SealHint has sealed. Errors: that of Open.
func (k Keyer) OpenHint(sealed []byte) (string, error) {
	plain, err := k.Open(purposeHint, sealed)
	return string(bytes.TrimRight(plain, "\x00")), err
}

// newSeal returns AES-256-GCM with a random nonce under a key of 32 bytes.
func newSeal(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a key of another length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for a cipher other than AES
	}
	return aead
}
