package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Count counts the documents that match the filter, which is not nil, limit at most, by the
// command count: the driver's own CountDocuments is an aggregation, which the
// embedded engine does not have. The error is the driver's.
//
// It counts what one node has at the moment (read concern local, said here
// because a command of one's own takes none over from the collection): a count is
// out of date when it arrives, whatever a majority has. The driver bounds it by
// the timeout of the client, and does not repeat it after a failover: a gauge asks
// again.
func Count(ctx context.Context, c *mongo.Collection, filter bson.D, limit int64) (int64, error) {
	var reply struct {
		N int64 `bson:"n"`
	}
	err := c.Database().RunCommand(ctx, bson.D{
		KV("count", c.Name()), KV("query", filter), KV("limit", limit), KV("readConcern", bson.D{KV("level", "local")}),
	}).Decode(&reply)
	return reply.N, err
}
