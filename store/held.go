package store

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Held returns those of the values that a document which matches the filter has in the field, a list that of returns. The
// error is the driver's.
//
// It reads some documents, drops the values that they have and looks for the rest: one query when there are none, which
// is the rule, and at most one more for each value that is held, however many documents hold it.
func Held[T any](
	ctx context.Context, c *mongo.Collection, filter bson.D, field string, values []string, of func(T) []string,
) (map[string]bool, error) {
	const some = 100
	seen, held := map[string]bool{}, map[string]bool{}
	for rest := slices.Clone(values); len(rest) > 0; {
		cur, err := c.Find(ctx, append(bson.D{KV(field, bson.D{KV("$in", rest)})}, filter...),
			options.Find().SetProjection(bson.D{KV(field, 1)}).SetLimit(some))
		found, err := Collect[T](ctx, cur, err)
		if err != nil {
			return nil, err
		}
		for _, doc := range found {
			for _, v := range of(doc) {
				seen[v] = true
			}
		}
		if len(found) < some {
			break
		}
		rest = slices.DeleteFunc(rest, func(v string) bool { return seen[v] })
	}
	for _, v := range values {
		if seen[v] {
			held[v] = true
		}
	}
	return held, nil
}
