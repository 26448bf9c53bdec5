package access

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// PutKey stores a new API key; Conflict when it exists.
func (s *Store) PutKey(ctx context.Context, k models.Key) error {
	_, err := s.keys.InsertOne(ctx, k)
	return store.WrapOp("put key", err)
}

// Key returns one API key, revoked or not; NotFound when there is none.
func (s *Store) Key(ctx context.Context, id string) (models.Key, error) {
	var k models.Key
	err := s.keys.FindOne(ctx, bson.D{store.KV("_id", id)}).Decode(&k)
	return k, store.WrapOp("read key", err)
}

// Keys returns all API keys, revoked or not, in the order of their ids.
func (s *Store) Keys(ctx context.Context) ([]models.Key, error) {
	cur, err := s.keys.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{store.KV("_id", 1)}))
	found, err := store.Collect[models.Key](ctx, cur, err)
	return found, store.WrapOp("read keys", err)
}

// RevokeKey revokes a key at now, and every key that it has made, and that those have
// made. It returns their ids, the given one first. One that is revoked already keeps its
// time; what it has made is revoked all the same, so that a call that was cut short is
// completed by the next. It is NotFound when there is no such key
// (TestARevokedKeyTakesItsWholeTreeWithIt).
//
// A key is revoked before those that it has made are looked for: whoever makes one and
// then finds its maker in force has made it before the look-up.
func (s *Store) RevokeKey(ctx context.Context, id string, now time.Time) ([]string, error) {
	if _, err := s.Key(ctx, id); err != nil {
		return nil, store.WrapOp("revoke key", err)
	}
	revoked := []string{id}
	for made := revoked; len(made) > 0; {
		_, err := s.keys.UpdateMany(ctx, bson.D{store.IDIn(made), store.KV("revoked_at", bson.D{store.KV("$exists", false)})},
			bson.D{store.KV("$set", bson.D{store.KV("revoked_at", now)})})
		if err != nil {
			return revoked, store.WrapOp("revoke key", err)
		}
		cur, err := s.keys.Find(ctx, bson.D{store.KV("made_by", bson.D{store.KV("$in", made)})},
			options.Find().SetProjection(bson.D{store.KV("_id", 1)}))
		found, err := store.Collect[models.Key](ctx, cur, err)
		if err != nil {
			return revoked, store.WrapOp("revoke key", err)
		}
		made = nil
		for _, k := range found {
			made = append(made, k.ID)
		}
		revoked = append(revoked, made...)
	}
	return revoked, nil
}
