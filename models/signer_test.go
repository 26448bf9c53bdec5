package models

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"
)

// testSigner returns the signer with the seed of 32 times that byte.
func testSigner(t *testing.T, b byte) *Signer {
	t.Helper()
	s, err := NewSigner(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The seed and the public key are those of the first test of RFC 8032, section 7.1. The name and the signature were computed
// by another program.
func TestTheKeyIsThatOfTheStandard(t *testing.T) {
	seed, err := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSigner(seed)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(s.PublicKey()); got != "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" {
		t.Errorf("the public key is %s", got)
	}
	if got := s.KeyID(); got != "eh7ddx5b" {
		t.Errorf("the key is named %q", got)
	}
	want := "8f997e24bab85a5eb25b58c2ff5aa1376e432bc0364fce6a42f2801c1a87d384" +
		"6c9110b29355a0ef58a5e3ec45a5b564bff65be7b208edaf350cf156de26a307"
	if got := hex.EncodeToString(s.Sign(SignLogHead, []byte("message"))); got != want {
		t.Errorf("the signature is %s", got)
	}
}

func TestASignatureHoldsForItsMessageContextAndKeyAlone(t *testing.T) {
	s := testSigner(t, 1)
	signature := s.Sign("a", []byte("message"))
	if !s.Verify("a", []byte("message"), signature) || !VerifySignature(s.PublicKey(), "a", []byte("message"), signature) {
		t.Fatal("a genuine signature is refused")
	}
	altered := bytes.Clone(signature)
	altered[0]++
	for name, holds := range map[string]bool{
		"another message":       s.Verify("a", []byte("massage"), signature),
		"another context":       s.Verify("b", []byte("message"), signature),
		"text moved to the one": s.Verify("am", []byte("essage"), signature),
		"another key":           testSigner(t, 2).Verify("a", []byte("message"), signature),
		"an altered signature":  s.Verify("a", []byte("message"), altered),
		"no signature":          s.Verify("a", []byte("message"), nil),
		"no key":                VerifySignature(nil, "a", []byte("message"), signature),
	} {
		if holds {
			t.Errorf("%s: the signature holds", name)
		}
	}
}

func TestASeedHasThirtyTwoBytes(t *testing.T) {
	for _, n := range []int{0, 31, 33, 64} {
		if _, err := NewSigner(make([]byte, n)); err == nil {
			t.Errorf("a seed of %d bytes is taken", n)
		}
	}
}

func TestADeploymentWithoutAKeySignsNothing(t *testing.T) {
	var none *Signer
	if none.KeyID() != "" || none.PublicKey() != nil || none.Sign("a", nil) != nil || none.Verify("a", nil, nil) {
		t.Error("a key that is not there does something")
	}
}

func TestAStatementOfARestoreIsGenuineAsSignedAlone(t *testing.T) {
	s, now := testSigner(t, 1), time.UnixMilli(1_767_323_045_006)
	head := NextEntry(Entry{}, now, nil)
	r := NewRestored(head, "Ada", now.Add(time.Hour+time.Microsecond), s)
	if !r.Genuine(s) || r.From != 1 || r.Key != s.KeyID() || r.ID != r.At.UnixMilli() {
		t.Fatalf("%+v is not genuine", r)
	}
	for name, alter := range map[string]func(*Restored){
		"the entry":     func(r *Restored) { r.From++ },
		"the hash":      func(r *Restored) { r.Head = []byte{1} },
		"the person":    func(r *Restored) { r.By = "Bob" },
		"the time":      func(r *Restored) { r.At = r.At.Add(time.Millisecond) },
		"no signature":  func(r *Restored) { r.Signature = nil },
		"a head's":      func(r *Restored) { r.Signature = SignHead(head, s) },
		"text moved on": func(r *Restored) { r.Head, r.By = r.Head[:31], string(r.Head[31:])+r.By },
	} {
		altered := r
		alter(&altered)
		if altered.Genuine(s) {
			t.Errorf("%s: an altered statement is genuine", name)
		}
	}
	unsigned := NewRestored(head, "Ada", now, nil)
	if unsigned.Genuine(s) || !unsigned.Genuine(nil) || unsigned.Signature != nil {
		t.Error("an unsigned statement counts where there is a key, or not where there is none")
	}
	if !s.Verify(SignLogHead, headMessage(head.Seq, head.Hash, head.At), SignHead(head, s)) {
		t.Error("the signature of a head does not hold")
	}
}
