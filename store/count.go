package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Count counts the documents that match filter, limit at most.
func Count(ctx context.Context, coll *mongo.Collection, filter bson.D, limit int64) (int64, error) {
	return coll.CountDocuments(ctx, filter, options.Count().SetLimit(limit))
}
