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
	credentialTTL       = 30 * time.Second // how long a revoked credential can still be good on another node
	credentialShards    = 32
	credentialsPerShard = 2048 // 65,536 in all, some 20 MB at most
)

// credentials remembers good credentials for a short time, so that the usual
// request costs a hash and no database. It never holds a secret, only its hash.
type credentialCache struct {
	seed   maphash.Seed
	shards [credentialShards]struct {
		sync.RWMutex
		known map[string]cachedCredential
		drops uint64 // grows with every forget: an answer that was asked for before is not kept
	}
}

type cachedCredential struct {
	sum     [sha256.Size]byte // of the whole token
	caller  models.Caller
	expires time.Time
}

func newCredentialCache() *credentialCache {
	c := &credentialCache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].known = map[string]cachedCredential{}
	}
	return c
}

// caller finds whose token this is, without allocating. The mark goes into keep.
func (c *credentialCache) lookup(id []byte, sum [sha256.Size]byte, now time.Time) (caller models.Caller, generation uint64, ok bool) {
	s := &c.shards[maphash.Bytes(c.seed, id)%credentialShards]
	s.RLock()
	defer s.RUnlock()
	entry, known := s.known[string(id)]
	if !known || now.After(entry.expires) || subtle.ConstantTimeCompare(entry.sum[:], sum[:]) != 1 {
		return models.Caller{}, s.drops, false
	}
	return entry.caller, s.drops, true
}

func (c *credentialCache) put(id string, sum [sha256.Size]byte, caller models.Caller, generation uint64, now time.Time) {
	s := &c.shards[maphash.String(c.seed, id)%credentialShards]
	s.Lock()
	defer s.Unlock()
	if s.drops != generation {
		return
	}
	if len(s.known) >= credentialsPerShard {
		for other, entry := range s.known { // in random order; one that has aged if it is near
			delete(s.known, other)
			if now.Before(entry.expires) {
				break
			}
		}
	}
	s.known[id] = cachedCredential{sum: sum, caller: caller, expires: now.Add(credentialTTL)}
}

func (c *credentialCache) forget(id string) {
	s := &c.shards[maphash.String(c.seed, id)%credentialShards]
	s.Lock()
	defer s.Unlock()
	s.drops++
	delete(s.known, id)
}

// identify finds out who calls, and whether the policy lets them in.
func (x *exchange) identify() error {
	if x.route.policy.authenticates() {
		if err := x.authenticate(); err != nil {
			return err
		}
		if err := x.readAgent(); err != nil {
			return err
		}
	}
	return x.route.policy.authorize(x.caller)
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
	caller, generation, ok := s.credentials.lookup(id, sum, x.start)
	if ok {
		x.caller = caller
		return nil
	}
	if err := x.checkFailureLimit(); err != nil {
		return err
	}
	parsed, err := models.ParseCredential(string(token))
	if err == nil {
		ctx, cancel := x.context(s.opt.Timeout)
		defer cancel()
		caller, err = s.opt.Auth.Authenticate(ctx, parsed)
	}
	switch {
	case errors.Is(err, models.Unauthenticated):
		x.countFailure()
		return err
	case err != nil:
		return err
	case caller.ID() == "":
		return errors.New("authenticator knows no id for a good credential")
	}
	s.credentials.put(parsed.ID, sum, caller, generation, x.start)
	x.caller = caller
	return nil
}

// takeAgent takes the call-centre agent's name, which an organisation gives beside its key.
func (x *exchange) readAgent() error {
	if x.caller.Key == "" {
		return nil
	}
	name := x.rc.Request.Header.Peek("Tocsin-Agent")
	if len(name) == 0 {
		return nil
	}
	valid := utf8.Valid(name) && utf8.RuneCount(name) <= 128 &&
		bytes.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
	if !valid {
		return &models.Error{Kind: models.Malformed, Code: "tocsin_agent_malformed", Detail: "The agent's name has up to 128 printable characters."}
	}
	x.caller.Agent = string(name)
	return nil
}
