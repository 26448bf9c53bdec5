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
	credentialTTL       = 30 * time.Second // how long another node can still accept a revoked credential
	credentialShards    = 32
	credentialsPerShard = 2048 // 65,536 in all, about 20 MB at most
)

// credentialCache keeps valid credentials for credentialTTL, so that most
// requests cost a hash and no read from the database. It holds no secret, only SHA-256 hashes.
type credentialCache struct {
	seed   maphash.Seed
	shards [credentialShards]struct {
		sync.RWMutex
		known      map[string]cachedCredential
		generation uint64 // grows with every forget: the result of a look-up that began before is not kept
	}
}

// cachedCredential is the caller of one valid token. It holds the hash of the whole
// token, so that another secret under the same id is looked up and refused.
type cachedCredential struct {
	sum     [sha256.Size]byte // of the whole token
	caller  models.Caller
	expires time.Time
}

// newCredentialCache returns an empty cache. Its hash seed is random, so that clients
// cannot choose ids that all fall into one shard.
func newCredentialCache() *credentialCache {
	c := &credentialCache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].known = map[string]cachedCredential{}
	}
	return c
}

// lookup finds the caller of a token, without allocating. The generation is to
// be passed to put, which drops the entry if forget came in between: otherwise a
// credential that is revoked during its look-up would be cached.
func (c *credentialCache) lookup(id []byte, sum [sha256.Size]byte, now time.Time) (caller models.Caller, generation uint64, ok bool) {
	s := &c.shards[maphash.Bytes(c.seed, id)%credentialShards]
	s.RLock()
	defer s.RUnlock()
	// string(id) in a map index does not allocate. The hashes are compared in constant
	// time, so that the time of a refusal says nothing about the stored one.
	entry, known := s.known[string(id)]
	if !known || now.After(entry.expires) || subtle.ConstantTimeCompare(entry.sum[:], sum[:]) != 1 {
		return models.Caller{}, s.generation, false
	}
	return entry.caller, s.generation, true
}

// put caches the caller of a valid token. A full shard drops an expired entry that is near, or else a random one.
func (c *credentialCache) put(id string, sum [sha256.Size]byte, caller models.Caller, generation uint64, now time.Time) {
	s := &c.shards[maphash.String(c.seed, id)%credentialShards]
	s.Lock()
	defer s.Unlock()
	if s.generation != generation {
		return
	}
	if len(s.known) >= credentialsPerShard {
		for other, entry := range s.known { // in random order
			delete(s.known, other)
			if now.Before(entry.expires) {
				break
			}
		}
	}
	s.known[id] = cachedCredential{sum: sum, caller: caller, expires: now.Add(credentialTTL)}
}

// forget drops the credential of an id.
func (c *credentialCache) forget(id string) {
	s := &c.shards[maphash.String(c.seed, id)%credentialShards]
	s.Lock()
	defer s.Unlock()
	s.generation++
	delete(s.known, id)
}

// identify finds the caller and checks it against the route's policy.
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

// authenticate finds the caller of the Authorization header (RFC 6750). Bad
// credentials count against the address, and once their limit is used up, unknown
// tokens are refused without a look-up (see checkFailureLimit).
func (x *exchange) authenticate() error {
	header := x.rc.Request.Header.Peek("Authorization")
	if len(header) == 0 {
		return nil
	}
	scheme, token, _ := bytes.Cut(header, []byte(" "))
	if !bytes.EqualFold(scheme, []byte("bearer")) {
		return &models.Error{Kind: models.Unauthenticated, Code: "credential_malformed", Detail: "The credential must be a bearer token."}
	}
	s := x.route.server
	id, _, _ := bytes.Cut(token, []byte("."))
	sum := sha256.Sum256(token)
	caller, generation, ok := s.credentials.lookup(id, sum, x.start)
	if ok {
		x.caller = caller
		return nil
	}
	// From here on a request costs a read from the database, so guessing is limited.
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
		return errors.New("authenticator returned a caller without an id")
	}
	// Only valid credentials are cached: an attacker cannot fill the cache with guesses.
	s.credentials.put(parsed.ID, sum, caller, generation, x.start)
	x.caller = caller
	return nil
}

// readAgent reads the name of the call-centre agent, which an organisation sends beside its key.
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
		return &models.Error{
			Kind: models.Malformed, Code: "tocsin_agent_malformed",
			Detail: "The header Tocsin-Agent must be up to 128 printable characters in UTF-8.",
		}
	}
	x.caller.Agent = string(name)
	return nil
}
