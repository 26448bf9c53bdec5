package edge

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"hash/maphash"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"example.org/tocsin/models"
)

const (
	credentialAge    = 30 * time.Second // how long a revoked credential can still be good on another node
	credentialShards = 32
	credentialsEach  = 2048 // 65,536 in all, some 20 MB at most
)

// credentials remembers good credentials for a short time, so that the usual
// request costs a hash and no database. It never holds a secret, only its hash.
type credentials struct {
	seed   maphash.Seed
	shards [credentialShards]struct {
		sync.RWMutex
		known map[string]credential
		drops uint64 // grows with every forget: an answer that was asked for before is not kept
	}
}

type credential struct {
	sum    [sha256.Size]byte // of the whole token
	caller models.Caller
	until  time.Time
}

func newCredentials() *credentials {
	c := &credentials{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].known = map[string]credential{}
	}
	return c
}

// caller finds whose token this is, without allocating. The mark goes into keep.
func (c *credentials) caller(id []byte, sum [sha256.Size]byte, now time.Time) (who models.Caller, mark uint64, ok bool) {
	s := &c.shards[maphash.Bytes(c.seed, id)%credentialShards]
	s.RLock()
	defer s.RUnlock()
	have, known := s.known[string(id)]
	if !known || now.After(have.until) || subtle.ConstantTimeCompare(have.sum[:], sum[:]) != 1 {
		return models.Caller{}, s.drops, false
	}
	return have.caller, s.drops, true
}

func (c *credentials) keep(id string, sum [sha256.Size]byte, who models.Caller, mark uint64, now time.Time) {
	s := &c.shards[maphash.String(c.seed, id)%credentialShards]
	s.Lock()
	defer s.Unlock()
	if s.drops != mark {
		return
	}
	if len(s.known) >= credentialsEach {
		for other, have := range s.known { // in random order; one that has aged if it is near
			delete(s.known, other)
			if now.Before(have.until) {
				break
			}
		}
	}
	s.known[id] = credential{sum: sum, caller: who, until: now.Add(credentialAge)}
}

func (c *credentials) forget(id string) {
	s := &c.shards[maphash.String(c.seed, id)%credentialShards]
	s.Lock()
	defer s.Unlock()
	s.drops++
	delete(s.known, id)
}

// identify finds out who calls, and whether the policy lets them in.
func (x *exchange) identify() error {
	if x.route.policy.asks() {
		if err := x.authenticate(); err != nil {
			return err
		}
		if err := x.takeAgent(); err != nil {
			return err
		}
	}
	return x.route.policy.admits(x.caller)
}

func (x *exchange) authenticate() error {
	header := x.rc.Request.Header.Peek("Authorization")
	if len(header) == 0 {
		return nil
	}
	scheme, token, _ := bytes.Cut(header, []byte(" "))
	if !bytes.EqualFold(scheme, []byte("bearer")) {
		return &models.Error{Kind: models.Unauthenticated, Code: "credential_malformed", Detail: "Only bearer tokens are taken."}
	}
	s := x.route.server
	id, _, _ := bytes.Cut(token, []byte("."))
	sum := sha256.Sum256(token)
	who, mark, ok := s.credentials.caller(id, sum, x.start)
	if ok {
		x.caller = who
		return nil
	}
	if err := x.mayFail(); err != nil {
		return err
	}
	parsed, err := models.ParseCredential(string(token))
	if err == nil {
		ctx, cancel := x.context(s.opt.Timeout)
		defer cancel()
		who, err = s.opt.Auth.Authenticate(ctx, parsed)
	}
	switch {
	case errors.Is(err, models.Unauthenticated):
		x.failed()
		return err
	case err != nil:
		return err
	case who.ID() == "":
		return errors.New("authenticator knows no id for a good credential")
	}
	s.credentials.keep(parsed.ID, sum, who, mark, x.start)
	x.caller = who
	return nil
}

// takeAgent takes the call-centre agent's name, which an organisation gives beside its key.
func (x *exchange) takeAgent() error {
	if x.caller.Key == "" {
		return nil
	}
	name := x.rc.Request.Header.Peek("Tocsin-Agent")
	if len(name) == 0 {
		return nil
	}
	good := utf8.Valid(name) && utf8.RuneCount(name) <= 128 &&
		bytes.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
	if !good {
		return &models.Error{Kind: models.Malformed, Code: "tocsin_agent_malformed", Detail: "The agent's name has up to 128 printable characters."}
	}
	x.caller.Agent = string(name)
	return nil
}
