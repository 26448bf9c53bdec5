package embedded

func indexCases() []conformanceCase {
	list := `{"listIndexes":"things"}`
	three := []string{`{"_id":1,"a":1,"open":true}`, `{"_id":2,"a":2,"open":false}`, `{"_id":3,"a":3,"b":1}`}
	return []conformanceCase{
		{"create an index", three, nil, []string{createIndexes(`{"key":{"a":1},"name":"a_1"}`), list}},
		{"create it twice", three, nil, []string{
			createIndexes(`{"key":{"a":1},"name":"a_1"}`), createIndexes(`{"key":{"a":1},"name":"a_1"}`), list,
		}},
		{"create several, one there", three, []string{`{"a":1}`}, []string{
			createIndexes(`{"key":{"a":1},"name":"a_1"},{"key":{"b":-1,"a":1},"name":"ba"}`), list,
		}},
		{"create in a new collection", nil, nil, []string{createIndexes(`{"key":{"a":1},"name":"a_1"}`), list}},
		{"same name, another key", three, []string{`{"a":1}`}, []string{createIndexes(`{"key":{"b":1},"name":"a_1"}`)}},
		{"same key, another name", three, []string{`{"a":1}`}, []string{createIndexes(`{"key":{"a":1},"name":"x"}`)}},
		{"same name and key, another expiry", three, []string{`{"a":1}`}, []string{
			createIndexes(`{"key":{"a":1},"name":"a_1","expireAfterSeconds":5}`),
		}},
		{"same name and key, another partial filter", three, []string{`{"a":1}`}, []string{
			createIndexes(`{"key":{"a":1},"name":"a_1","partialFilterExpression":{"open":true}}`),
		}},
		{"same key, partial and not, two names", three, []string{`{"a":1}`}, []string{
			createIndexes(`{"key":{"a":1},"name":"x","partialFilterExpression":{"open":true}}`), list,
		}},
		{"partial index", three, nil, []string{
			createIndexes(`{"key":{"a":1},"name":"p","partialFilterExpression":{"open":true}}`), list,
			find(`{"a":{"$gt":0}}`), find(`{"open":true,"a":{"$gt":0}}`), find(`{"open":false,"a":{"$gt":0}}`),
			update(`{"_id":2}`, `{"$set":{"open":true}}`), find(`{"open":true,"a":{"$gt":0}}`),
			update(`{"_id":1}`, `{"$unset":{"open":1}}`), find(`{"open":true,"a":{"$gt":0}}`),
		}},
		{"partial index on existence", three, nil, []string{
			createIndexes(`{"key":{"a":1},"name":"p","partialFilterExpression":{"b":{"$exists":true}}}`), list,
			find(`{"a":{"$gt":0}}`), find(`{"b":1,"a":{"$gt":0}}`), find(`{"b":{"$exists":true},"a":{"$gt":0}}`),
			find(`{"b":null,"a":{"$gt":0}}`),
		}},
		{"partial index with another operator", three, nil, []string{
			createIndexes(`{"key":{"a":1},"name":"p","partialFilterExpression":{"b":{"$gt":1}}}`),
		}},
		{"TTL index", three, nil, []string{createIndexes(`{"key":{"a":1},"name":"t","expireAfterSeconds":3600}`), list}},
		{"TTL index over two fields", three, nil, []string{createIndexes(`{"key":{"a":1,"b":1},"name":"t","expireAfterSeconds":3600}`)}},
		{"TTL index on the _id", three, nil, []string{createIndexes(`{"key":{"_id":1},"name":"t","expireAfterSeconds":3600}`)}},
		{"TTL index with a negative time", three, nil, []string{createIndexes(`{"key":{"a":1},"name":"t","expireAfterSeconds":-1}`)}},
		{"index without a name", three, nil, []string{createIndexes(`{"key":{"a":1}}`)}},
		{"index without a key", three, nil, []string{createIndexes(`{"name":"x"}`)}},
		{"index with an empty key", three, nil, []string{createIndexes(`{"key":{},"name":"x"}`)}},
		{"index direction 0", three, nil, []string{createIndexes(`{"key":{"a":0},"name":"x"}`)}},
		{"index direction of a wrong type", three, nil, []string{createIndexes(`{"key":{"a":"foo"},"name":"x"}`)}},
		{"no indexes", three, nil, []string{`{"createIndexes":"things","indexes":[]}`}},
		{"index with an unknown option", three, nil, []string{createIndexes(`{"key":{"a":1},"name":"x","foo":1}`)}},
		{"unique index", three, nil, []string{createIndexes(`{"key":{"a":1},"name":"x","unique":true}`)}},
		{"sparse index", three, nil, []string{createIndexes(`{"key":{"a":1},"name":"x","sparse":true}`)}},
		{"text index", three, nil, []string{createIndexes(`{"key":{"a":"text"},"name":"x"}`)}},
		{"wildcard index", three, nil, []string{createIndexes(`{"key":{"$**":1},"name":"x"}`)}},
		{"index over parallel arrays that are there", []string{`{"_id":1,"a":[1],"b":[2]}`}, nil, []string{
			createIndexes(`{"key":{"a":1,"b":1},"name":"x"}`), list,
		}},
		{"list the indexes of nothing", nil, nil, []string{`{"listIndexes":"nothing"}`}},
		{"multikey range on two items", []string{`{"_id":1,"a":[1,9]}`, `{"_id":2,"a":5}`}, []string{`{"a":1}`}, []string{
			find(`{"a":{"$gt":3,"$lt":7}}`),
		}},
		{"multikey in a compound index", []string{
			`{"_id":1,"k":["x","y"],"at":3}`, `{"_id":2,"k":["y"],"at":1}`, `{"_id":3,"k":["x"],"at":2}`, `{"_id":4,"k":[],"at":0}`,
		}, []string{`{"k":1,"at":1,"_id":1}`}, []string{
			find(`{"k":"x"}`, `"sort":{"at":1}`), find(`{"k":{"$in":["x","y"]}}`, `"sort":{"at":1,"_id":1}`),
			find(`{"k":{"$in":["x","y"]},"at":{"$gte":2}}`, `"sort":{"at":1,"_id":1},"limit":1`),
			find(`{"k":{"$in":["x","y"]}}`, `"sort":{"at":-1,"_id":-1},"batchSize":1`), "more", "more",
		}},
		{"descending compound index", []string{
			`{"_id":1,"d":"x","c":1}`, `{"_id":2,"d":"x","c":3}`, `{"_id":3,"d":"x","c":2}`, `{"_id":4,"d":"x","c":3}`,
		}, []string{`{"d":1,"c":-1,"_id":-1}`}, []string{
			find(`{"d":"x"}`, `"sort":{"c":-1,"_id":-1}`), find(`{"d":"x"}`, `"sort":{"c":1,"_id":1}`),
			find(`{"d":"x","c":{"$lt":3}}`, `"sort":{"c":-1,"_id":-1}`),
			find(`{"d":"x","c":{"$gte":2}}`, `"sort":{"c":-1,"_id":-1},"batchSize":2`), "more",
			find(`{"d":"x","c":{"$gt":1,"$lte":3}}`, `"sort":{"c":-1,"_id":1}`),
		}},
		{"keyset pages", []string{
			`{"_id":1,"at":1}`, `{"_id":2,"at":1}`, `{"_id":3,"at":2}`, `{"_id":4,"at":1}`,
		}, []string{`{"at":1,"_id":1}`}, []string{
			find(`{"at":{"$gte":1},"$or":[{"at":{"$gt":1}},{"_id":{"$gt":1}}]}`, `"sort":{"at":1,"_id":1},"limit":2`),
			find(`{"$or":[{"at":{"$gt":1}},{"at":1,"_id":{"$gt":2}}]}`, `"sort":{"at":1,"_id":1},"limit":2`),
		}},
	}
}
