package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// generator makes random documents, filters and orders over a few fields and values, so that they often meet.
type generator struct{ *rand.Rand }

func (g generator) scalar() any {
	switch g.IntN(12) {
	case 0:
		return nil
	case 1:
		return int64(g.IntN(4))
	case 2:
		return float64(g.IntN(8)) / 2
	case 3:
		return g.IntN(2) == 0
	case 4:
		return bson.NewDateTimeFromTime(time.UnixMilli(int64(g.IntN(3))))
	case 5:
		return math.NaN()
	case 6:
		return bson.Binary{Data: []byte{byte(g.IntN(3))}}
	case 7, 8:
		return []string{"", "a", "a\x00", "aa", "b"}[g.IntN(5)]
	default:
		return int32(g.IntN(5) - 1)
	}
}

func (g generator) value(depth int) any {
	switch {
	case depth > 0 && g.IntN(4) == 0:
		a := bson.A{}
		for range g.IntN(4) {
			a = append(a, g.value(depth-1))
		}
		return a
	case depth > 0 && g.IntN(4) == 0:
		d := bson.D{}
		for _, name := range []string{"x", "y"} {
			if g.IntN(2) == 0 {
				d = append(d, bson.E{Key: name, Value: g.value(depth - 1)})
			}
		}
		return d
	default:
		return g.scalar()
	}
}

func (g generator) document(id int) bson.D {
	d := bson.D{{Key: "_id", Value: id}}
	for _, name := range []string{"a", "b", "c"} {
		if g.IntN(5) > 0 {
			depth := 0
			if name != "c" {
				depth = 2
			}
			d = append(d, bson.E{Key: name, Value: g.value(depth)})
		}
	}
	return d
}

func (g generator) field() string {
	return []string{"a", "b", "c", "a.x", "b.y", "b.x.y", "_id"}[g.IntN(7)]
}

func (g generator) condition() any {
	switch g.IntN(8) {
	case 0, 1:
		return g.value(1)
	case 2:
		list := bson.A{}
		for range g.IntN(4) {
			list = append(list, g.value(1))
		}
		return bson.D{{Key: "$in", Value: list}}
	case 3:
		return bson.D{{Key: "$exists", Value: g.IntN(2) == 0}}
	case 4:
		return bson.D{{Key: []string{"$gt", "$gte"}[g.IntN(2)], Value: g.scalar()}, {
			Key: []string{"$lt", "$lte"}[g.IntN(2)], Value: g.scalar(),
		}}
	default:
		return bson.D{{Key: []string{"$eq", "$gt", "$gte", "$lt", "$lte"}[g.IntN(5)], Value: g.scalar()}}
	}
}

func (g generator) filter(depth int) bson.D {
	f := bson.D{}
	for range g.IntN(3) {
		name := g.field()
		for _, e := range f {
			if e.Key == name {
				name = ""
			}
		}
		if name != "" {
			f = append(f, bson.E{Key: name, Value: g.condition()})
		}
	}
	if depth > 0 && g.IntN(3) == 0 {
		f = append(f, bson.E{Key: "$or", Value: bson.A{g.filter(depth - 1), g.filter(depth - 1)}[:1+g.IntN(2)]})
	}
	return f
}

func (g generator) direction() int { return g.IntN(2)*2 - 1 }

func (g generator) order() bson.D {
	d := bson.D{}
	names := []string{"a", "b", "c", "a.x"}
	for range g.IntN(3) {
		i := g.IntN(len(names))
		d = append(d, bson.E{Key: names[i], Value: g.direction()})
		names = append(names[:i:i], names[i+1:]...)
	}
	// MongoDB takes no second path through one array.
	if len(d) == 2 && strings.HasPrefix(d[0].Key, "a") && strings.HasPrefix(d[1].Key, "a") {
		d = d[:1]
	}
	return append(d, bson.E{Key: "_id", Value: g.direction()})
}

func (g generator) index(i int) mongo.IndexModel {
	d := bson.D{}
	names := []string{"a", "c", "b.y"}
	if g.IntN(2) == 0 {
		names = []string{"a.x", "c"}
	}
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:1+g.IntN(len(names))] {
		d = append(d, bson.E{Key: name, Value: g.direction()})
	}
	if g.IntN(3) == 0 {
		d = append(d, bson.E{Key: "_id", Value: g.direction()})
	}
	o := options.Index().SetName(fmt.Sprint("x", i))
	if g.IntN(4) == 0 {
		o.SetPartialFilterExpression(bson.D{{Key: "c", Value: g.scalarNoNaN()}})
	}
	return mongo.IndexModel{Keys: d, Options: o}
}

func (g generator) scalarNoNaN() any {
	for {
		if v := g.scalar(); v != nil {
			if f, ok := v.(float64); !ok || !math.IsNaN(f) {
				return v
			}
		}
	}
}

// TestIndexesDoNotChangeWhatIsFound compares random queries on a collection with random indexes with the same queries on
// one without, and on a MongoDB server where there is one.
func TestIndexesDoNotChangeWhatIsFound(t *testing.T) {
	iterations := 60
	uri := os.Getenv("TOCSIN_TEST_MONGODB_URI")
	if uri != "" {
		iterations = 25
	}
	_, client := open(t, Options{NoSync: true})
	var server *mongo.Database
	if uri != "" {
		server = dial(t, uri).Database(fmt.Sprintf("random_%d", os.Getpid()))
		defer func() {
			if err := server.Drop(t.Context()); err != nil {
				t.Error(err)
			}
		}()
	}
	queries := 0
	for iteration := range iterations {
		seed := rand.Uint64()
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		n := compareRandom(
			t, g, client.Database("d").Collection(fmt.Sprint("plain", iteration)),
			client.Database("d").Collection(fmt.Sprint("indexed", iteration)), server, iteration,
		)
		if queries += n; t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d queries", queries)
}

func compareRandom(t *testing.T, g generator, plain, indexed *mongo.Collection, server *mongo.Database, iteration int) int {
	t.Helper()
	ctx := t.Context()
	var models []mongo.IndexModel
	for i := range 1 + g.IntN(4) {
		models = append(models, g.index(i))
	}
	if _, err := indexed.Indexes().CreateMany(ctx, models[:1]); err != nil {
		t.Fatal(err)
	}
	collections := []*mongo.Collection{plain, indexed}
	if server != nil {
		collections = append(collections, server.Collection(fmt.Sprint("c", iteration)))
	}
	var docs []any
	for i := range 60 {
		docs = append(docs, g.document(i))
	}
	for _, d := range docs { // an index may refuse a document with two arrays: then nobody has it
		if _, err := indexed.InsertOne(ctx, d); err != nil {
			continue
		}
		for _, c := range collections {
			if c == indexed {
				continue
			}
			if _, err := c.InsertOne(ctx, d); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, model := range models[1:] {
		_, _ = indexed.Indexes().CreateOne(ctx, model) // may be refused for the same reason
	}
	const queries = 80
	for range queries {
		filter, order, limit := g.filter(2), g.order(), g.IntN(12)
		batch := int32(1 + g.IntN(70))
		want := ""
		for i, c := range collections {
			got := foundIDs(t, c, filter, order, limit, batch)
			if i == 0 {
				want = got
			} else if got != want {
				t.Errorf(
					"filter %v sort %v limit %d batch %d\nindexes %v\n in %s %s\n want %s", filter, order, limit, batch, models, c.Name(),
					got, want,
				)
			}
		}
	}
	return queries
}

func foundIDs(t *testing.T, c *mongo.Collection, filter, order bson.D, limit int, batch int32) string {
	t.Helper()
	cursor, err := c.Find(t.Context(), filter, options.Find().SetSort(order).SetLimit(int64(limit)).SetBatchSize(batch))
	var refused mongo.CommandError
	if errors.As(err, &refused) {
		return fmt.Sprint("refused with ", refused.Code)
	}
	if err != nil {
		t.Fatalf("filter %v sort %v: %v", filter, order, err)
	}
	var b strings.Builder
	for cursor.Next(t.Context()) {
		fmt.Fprint(&b, cursor.Current.Lookup("_id").AsInt64(), " ")
	}
	if err := cursor.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestKeysSortAsMongoDBSortsValues holds the keys against a list of values in MongoDB's order.
func TestKeysSortAsMongoDBSortsValues(t *testing.T) {
	ordered := []any{
		nil, math.NaN(), math.Inf(-1), -math.MaxFloat64, int64(math.MinInt64), int64(math.MinInt64 + 1), -9007199254740992.0, int32(-5),
		-1.5, -math.SmallestNonzeroFloat64,
		int32(0), math.SmallestNonzeroFloat64, 0.5, int64(1), 1.5, int64(1 << 53), int64(1<<53 + 1), int64(1<<53 + 2),
		int64(math.MaxInt64 - 1), int64(math.MaxInt64), 9223372036854775808.0, math.MaxFloat64, math.Inf(1),
		"", "\x00", "\x00\x00", "\x00a", "a", "a\x00", "a\x00b", "a\x01", "aa", "b", "é", "\xff",
		bson.D{},
		bson.D{{Key: "a", Value: int32(1)}},
		bson.D{{Key: "a", Value: int32(1)}, {Key: "b", Value: int32(1)}},
		bson.D{{Key: "a", Value: int32(2)}},
		bson.D{{Key: "b", Value: int32(1)}},
		bson.D{{Key: "a", Value: "x"}},
		bson.A{},
		bson.A{nil},
		bson.A{int32(1)},
		bson.A{int32(1), int32(0)},
		bson.A{int32(2)},
		bson.A{"a"},
		bson.Binary{Data: []byte{}},
		bson.Binary{Data: []byte{9}},
		bson.Binary{Subtype: 4, Data: []byte{1}},
		bson.Binary{Data: []byte{0, 0}},
		bson.ObjectID{},
		bson.ObjectID{1},
		false, true, bson.DateTime(math.MinInt64), bson.DateTime(-1), bson.DateTime(0), bson.DateTime(1),
	}
	var keys [][]byte
	for _, v := range ordered {
		b, err := bson.Marshal(bson.D{{Key: "v", Value: v}})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, encodeKey(lookup(b, "v")))
	}
	for i := range keys {
		for j := range keys {
			if got, want := bytes.Compare(keys[i], keys[j]), compareInts(i, j); got != want {
				t.Errorf("%#v and %#v compare as %d; want %d", ordered[i], ordered[j], got, want)
			}
			if i != j && bytes.HasPrefix(keys[i], keys[j]) {
				t.Errorf("the key of %#v begins with that of %#v", ordered[i], ordered[j])
			}
			invertedI, invertedJ := invert(bytes.Clone(keys[i])), invert(bytes.Clone(keys[j]))
			if got, want := bytes.Compare(invertedI, invertedJ), compareInts(j, i); got != want {
				t.Errorf("inverted, %#v and %#v compare as %d; want %d", ordered[i], ordered[j], got, want)
			}
		}
	}
}

func compareInts(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}
