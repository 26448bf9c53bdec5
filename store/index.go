package store

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
)

// buildTime is how long the creation of one collection's indexes may take: a
// new release may need an index over all that is there.
const indexBuildTimeout = 10 * time.Minute

// index is one index of one collection.
type index struct {
	collection string
	name       string
	keys       bson.D
	partial    bson.D // only documents that match; nil: all
	ttl        bool   // TTL: a document goes when the time in its (only) key has passed
}

// indexes is every index that there is, besides _id. Each line names the query
// that needs it. Unique is only _id: it alone is unique over shards.
func indexes() []index {
	return []index{
		{"reports", "due", bson.D{kv("due", 1)}, bson.D{kv("state", string(models.ReportOpen))}, false},                 // ClaimReports
		{"reports", "reporter", bson.D{kv("reporter", 1)}, nil, false},                                                  // EraseDevice
		{"evidence", "weight", bson.D{kv("sig", 1), kv("witness", 1), kv("at", -1)}, nil, false},                        // Evidence
		{"signatures", "kind", bson.D{kv("kind", 1), kv("_id", 1)}, nil, false},                                         // ListSignatures
		{"signatures", "level", bson.D{kv("level", 1), kv("_id", 1)}, nil, false},                                       // ListSignatures
		{"signatures", "source", bson.D{kv("source", 1), kv("_id", 1)}, nil, false},                                     // ListSignatures
		{"signatures", "unlogged", bson.D{kv("changed_at", 1)}, bson.D{kv("unlogged", true)}, false},                    // Unlogged
		{"exposures", "device", bson.D{kv("device", 1)}, nil, false},                                                    // Exposures, EraseDevice
		{"exposures", "exposed", bson.D{kv("keys", 1), kv("recorded_at", 1), kv("_id", 1)}, nil, false},                 // Exposed, AnyExposed
		{"exposures", "expires", bson.D{kv("expires_at", 1)}, nil, true},                                                // retention
		{"warnings", "inbox", bson.D{kv("device", 1), kv("created_at", -1), kv("_id", -1)}, nil, false},                 // Warnings, EraseDevice
		{"warnings", "due", bson.D{kv("lane", 1), kv("due", 1)}, bson.D{kv("state", string(models.WarningDue))}, false}, // ClaimWarnings
		{"warnings", "expires", bson.D{kv("expires_at", 1)}, nil, true},                                                 // retention
		{"asks", "due", bson.D{kv("due", 1)}, bson.D{kv("state", fanOutJobOpen)}, false},                                // ClaimAsks
	}
}

// listed is an index as the server describes it.
type existingIndex struct {
	Name               string `bson:"name"`
	Keys               bson.D `bson:"key"`
	Partial            bson.D `bson:"partialFilterExpression"`
	ExpireAfterSeconds *int64 `bson:"expireAfterSeconds"`
	Unique             bool   `bson:"unique"`
	Sparse             bool   `bson:"sparse"`
}

// ensureIndexes creates what is missing. An index of ours that differs is an
// error and is left alone: to drop one is a decision of the operator's.
// Indexes that we do not know are none of our business.
func ensureIndexes(ctx context.Context, db *mongo.Database, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, indexBuildTimeout)
	defer cancel()
	wanted := map[string][]index{}
	for _, x := range indexes() {
		wanted[x.collection] = append(wanted[x.collection], x)
	}
	for name, list := range wanted {
		missing, err := missingIndexes(ctx, db.Collection(name), list)
		if err != nil {
			return err
		}
		if len(missing) == 0 {
			continue
		}
		if _, err := db.Collection(name).Indexes().CreateMany(ctx, missing); err != nil {
			return wrapOp("create the indexes of "+name, err)
		}
		log.Info("indexes created", "collection", name, "count", len(missing))
	}
	return nil
}

func missingIndexes(ctx context.Context, coll *mongo.Collection, wanted []index) ([]mongo.IndexModel, error) {
	cur, err := coll.Indexes().List(ctx)
	have, err := collect[existingIndex](ctx, cur, err)
	if err != nil {
		return nil, wrapOp("list the indexes of "+coll.Name(), err)
	}
	byName := map[string]existingIndex{}
	for _, h := range have {
		byName[h.Name] = h
	}
	var missing []mongo.IndexModel
	for _, w := range wanted {
		h, ok := byName[w.name]
		switch {
		case !ok:
			missing = append(missing, w.model())
		case !w.matches(h):
			return nil, fmt.Errorf("the index %q of the collection %q is not the one that the store needs: drop it, and the next start builds it", w.name, w.collection)
		}
	}
	return missing, nil
}

func (x index) model() mongo.IndexModel {
	o := options.Index().SetName(x.name)
	if x.partial != nil {
		o.SetPartialFilterExpression(x.partial)
	}
	if x.ttl {
		o.SetExpireAfterSeconds(0)
	}
	return mongo.IndexModel{Keys: x.keys, Options: o}
}

// same compares with what the server lists, where numbers may be of any type.
func (x index) matches(l existingIndex) bool {
	if l.Unique || l.Sparse || len(l.Keys) != len(x.keys) || x.ttl != (l.ExpireAfterSeconds != nil && *l.ExpireAfterSeconds == 0) || !x.ttl && l.ExpireAfterSeconds != nil {
		return false
	}
	for i, k := range l.Keys {
		if k.Key != x.keys[i].Key || fmt.Sprint(k.Value) != fmt.Sprint(x.keys[i].Value) {
			return false
		}
	}
	return len(x.partial) == 0 && len(l.Partial) == 0 || reflect.DeepEqual(x.partial, l.Partial)
}
