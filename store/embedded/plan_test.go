package embedded

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func TestQueriesReadNoMoreThanTheyGive(t *testing.T) {
	e, client := open(t, Options{NoSync: true, MaxCollectionScan: 1})
	c := client.Database("d").Collection("c")
	ctx := t.Context()
	for _, command := range []string{
		`{"createIndexes":"c","indexes":[
		 {"key":{"lane":1,"state":1,"due":1},"name":"claim"},{"key":{"device":1,"at":-1,"_id":-1},"name":"inbox"},
		 {"key":{"keys":1,"at":1,"_id":1},"name":"exposed"},{"key":{"kind":1},"name":"kind"},
		 {"key":{"at":1},"name":"unlogged","partialFilterExpression":{"unlogged":true}}]}`,
	} {
		if _, err := run(ctx, client.Database("d"), command); err != nil {
			t.Fatal(err)
		}
	}
	var docs []any
	for i := range 1000 {
		d := bson.D{
			{Key: "_id", Value: i},
			{Key: "lane", Value: []string{"urgent", "bulk"}[i%2]},
			{Key: "state", Value: []string{"due", "due", "sent"}[i%3]},
			{Key: "due", Value: 1000 - i},
			{Key: "device", Value: i % 10},
			{Key: "at", Value: i},
			{Key: "kind", Value: i % 5},
			{Key: "keys", Value: bson.A{fmt.Sprint("k", i%7), fmt.Sprint("m", i%3)}},
		}
		if i%100 == 0 {
			d = append(d, bson.E{Key: "unlogged", Value: true})
		}
		docs = append(docs, d)
	}
	if _, err := c.InsertMany(ctx, docs); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, filter, sort string
		limit              int64
		index              string
		examined           int
	}{
		{"a claim", `{"lane":"urgent","state":"due","due":{"$lte":2000}}`, `{"due":1}`, 1, "claim", 1},
		{"a claim of several", `{"lane":"urgent","state":"due","due":{"$lte":2000}}`, `{"due":1}`, 5, "claim", 5},
		{"a claim of what is not due", `{"lane":"urgent","state":"due","due":{"$lte":0}}`, `{"due":1}`, 1, "claim", 0},
		{"a claim in several lanes", `{"lane":{"$in":["urgent","bulk"]},"state":"due","due":{"$lte":2000}}`, `{"due":1}`, 3, "claim", 3},
		{"by _id", `{"_id":7}`, `{}`, 0, "_id_", 1},
		{"by _id and more", `{"_id":7,"kind":2,"state":"due"}`, `{}`, 0, "_id_", 1},
		{"by several _ids", `{"_id":{"$in":[3,1,5000]}}`, `{}`, 0, "_id_", 2},
		{"a page by _id", `{"_id":{"$gt":500}}`, `{"_id":1}`, 10, "_id_", 10},
		{"a page by falling _id", `{"_id":{"$lt":500}}`, `{"_id":-1}`, 10, "_id_", 10},
		{"the last", `{}`, `{"_id":-1}`, 1, "_id_", 1},
		{"an inbox", `{"device":3}`, `{"at":-1,"_id":-1}`, 4, "inbox", 4},
		{"an inbox from a date on", `{"device":3,"at":{"$lt":500}}`, `{"at":-1,"_id":-1}`, 4, "inbox", 4},
		{"a kind by _id", `{"kind":3,"_id":{"$gt":500}}`, `{"_id":1}`, 4, "kind", 4},
		{"one key in order", `{"keys":"k3","at":{"$gte":100}}`, `{"at":1,"_id":1}`, 6, "exposed", 6},
		{"several keys in order", `{"keys":{"$in":["k3","k4","none"]},"at":{"$gte":100}}`, `{"at":1,"_id":1}`, 6, "exposed", 6},
		{"several keys in falling order", `{"keys":{"$in":["k3","k4","none"]},"at":{"$gte":100}}`, `{"at":-1,"_id":-1}`, 6, "exposed", 6},
		{"unlogged", `{"unlogged":true,"at":{"$lt":500}}`, `{"at":1}`, 3, "unlogged", 3},
		{"all unlogged", `{"unlogged":true}`, `{}`, 0, "unlogged", 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, found := examine(t, e, tt.filter, tt.sort, tt.limit)
			if s.plan.index.name != tt.index || s.examined != tt.examined {
				t.Errorf("read %d entries of %s for %d documents; want %d of %s",
					s.examined, s.plan.index.name, found, tt.examined, tt.index)
			}
		})
	}
	for _, f := range []string{`{"at":5}`, `{"state":"due"}`, `{"lane":{"$exists":false}}`, `{"$or":[{"kind":1},{"device":1}]}`} {
		var d bson.D
		if err := bson.UnmarshalExtJSON([]byte(f), false, &d); err != nil {
			t.Fatal(err)
		}
		err := c.FindOne(ctx, d, options.FindOne().SetSort(bson.D{{Key: "at", Value: 1}})).Err()
		var failed mongo.CommandError
		if !errors.As(err, &failed) || failed.Code != int32(codeNoPlan) || !strings.Contains(failed.Message, "an index is missing") {
			t.Errorf("a scan for %s gave %v", f, err)
		}
	}
}

func examine(t *testing.T, e *Engine, filter, sort string, limit int64) (s *scan, found int) {
	t.Helper()
	a := &arguments{query: query{limit: limit}}
	for name, text := range map[string]string{"filter": filter, "sort": sort} {
		var d bson.D
		if err := bson.UnmarshalExtJSON([]byte(text), false, &d); err != nil {
			t.Fatal(err)
		}
		b, err := bson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		read, _ := e.language.commands.words["find"].options.find(name)
		if err := read(a, documentValue(b)); err != nil {
			t.Fatal(err)
		}
	}
	err := e.view(func(tx *transaction) error {
		c, err := tx.collection("d.c")
		if err != nil {
			return err
		}
		if s = c.scan(&a.query); !s.plan.sorted {
			t.Error("the plan does not give the order")
		}
		return s.run(c, func([]byte, document) (bool, error) {
			found++
			return int64(found) != limit, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, found
}
