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
)

// indexBuildTimeout is how long the creation of one collection's indexes may take: a
// new release may need an index over all that is there.
const indexBuildTimeout = 10 * time.Minute

// Index is one index of one collection, besides the one on _id. No index is
// unique but that one, which alone is unique over the shards of a cluster.
type Index struct {
	Collection string
	Name       string
	Keys       bson.D
	Partial    bson.D // only documents that match; nil: all
	TTL        bool   // a document is deleted when the time in its (only) key has passed
}

// existingIndex is an index as the server describes it.
type existingIndex struct {
	Name               string `bson:"name"`
	Keys               bson.D `bson:"key"`
	Partial            bson.D `bson:"partialFilterExpression"`
	ExpireAfterSeconds *int64 `bson:"expireAfterSeconds"`
	Unique             bool   `bson:"unique"`
	Sparse             bool   `bson:"sparse"`
}

// ensureIndexes creates the indexes that are missing. One that has the name of a
// wanted index and differs is an error and stays as it is: dropping an index is
// the operator's decision. Indexes with other names are left alone.
func (db *DB) ensureIndexes(ctx context.Context, indexes []Index, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, indexBuildTimeout)
	defer cancel()
	wanted := map[string][]Index{}
	for _, x := range indexes {
		wanted[x.Collection] = append(wanted[x.Collection], x)
	}
	for name, list := range wanted {
		coll := db.database.Collection(name)
		missing, err := missingIndexes(ctx, coll, list)
		if err != nil {
			return err
		}
		if len(missing) == 0 {
			continue
		}
		if _, err := coll.Indexes().CreateMany(ctx, missing); err != nil {
			return WrapOp("create the indexes of "+name, err)
		}
		log.Info("indexes created", "collection", name, "count", len(missing))
	}
	return nil
}

// missingIndexes returns those of the wanted indexes that the collection does not
// have, and an error when it has one that differs (TestAnIndexThatDiffersStopsTheStart).
func missingIndexes(ctx context.Context, coll *mongo.Collection, wanted []Index) ([]mongo.IndexModel, error) {
	cur, err := coll.Indexes().List(ctx)
	have, err := Collect[existingIndex](ctx, cur, err)
	if err != nil {
		return nil, WrapOp("list the indexes of "+coll.Name(), err)
	}
	byName := map[string]existingIndex{}
	for _, h := range have {
		byName[h.Name] = h
	}
	var missing []mongo.IndexModel
	for _, w := range wanted {
		h, ok := byName[w.Name]
		switch {
		case !ok:
			missing = append(missing, w.model())
		case !w.matches(h):
			return nil, fmt.Errorf("the index %q of the collection %q is not the one that the store needs: "+
				"drop it, and the next start builds it", w.Name, w.Collection)
		}
	}
	return missing, nil
}

func (x Index) model() mongo.IndexModel {
	o := options.Index().SetName(x.Name)
	if x.Partial != nil {
		o.SetPartialFilterExpression(x.Partial)
	}
	if x.TTL {
		o.SetExpireAfterSeconds(0)
	}
	return mongo.IndexModel{Keys: x.Keys, Options: o}
}

// matches compares with what the server lists, where numbers may be of any type.
func (x Index) matches(l existingIndex) bool {
	if l.Unique || l.Sparse || len(l.Keys) != len(x.Keys) || !x.matchesTTL(l.ExpireAfterSeconds) {
		return false
	}
	for i, k := range l.Keys {
		if k.Key != x.Keys[i].Key || fmt.Sprint(k.Value) != fmt.Sprint(x.Keys[i].Value) {
			return false
		}
	}
	return len(x.Partial) == 0 && len(l.Partial) == 0 || reflect.DeepEqual(x.Partial, l.Partial)
}

func (x Index) matchesTTL(seconds *int64) bool {
	if !x.TTL {
		return seconds == nil
	}
	return seconds != nil && *seconds == 0
}
