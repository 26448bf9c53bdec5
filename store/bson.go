package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// KV is one field of a filter or an update.
func KV(key string, value any) bson.E { return bson.E{Key: key, Value: value} }

// IDIn selects the documents with one of the ids, a slice or a bson.A.
func IDIn(ids any) bson.E { return KV("_id", bson.D{KV("$in", ids)}) }

// RevisionFilter selects the document with the id if it has the revision.
func RevisionFilter(id string, rev int64) bson.D { return bson.D{KV("_id", id), KV("rev", rev)} }

// NotExpired selects what is still kept. The server deletes late: up to a minute
// after the time, or more under load
// (https://www.mongodb.com/docs/manual/core/index-ttl/#timing-of-the-delete-operation).
func NotExpired() bson.E { return KV("expires_at", bson.D{KV("$gt", time.Now())}) }

// Collect reads a cursor to its end. It takes the error of the call that made
// the cursor, and returns the driver's error.
func Collect[T any](ctx context.Context, cur *mongo.Cursor, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	var out []T
	err = cur.All(ctx, &out)
	return out, err
}
