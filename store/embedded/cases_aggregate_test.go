package embedded

func aggregateCases() []conformanceCase {
	var cases []conformanceCase
	for _, p := range []string{
		``, `{"$match":{"age":36}}`, `{"$match":{"age":36}},{"$sort":{"_id":-1}}`, `{"$sort":{"age":-1,"_id":1}},{"$limit":2}`,
		`{"$match":{"age":36}},{"$count":"n"}`, `{"$match":{"age":1}},{"$count":"n"}`, `{"$count":"n"}`,
		`{"$group":{"_id":null,"n":{"$sum":1}}}`, `{"$group":{"_id":1,"n":{"$sum":1}}}`,
		`{"$match":{"age":1}},{"$group":{"_id":1,"n":{"$sum":1}}}`,
		`{"$group":{"_id":"$age","n":{"$sum":1}}},{"$sort":{"_id":1}}`,
		`{"$group":{"_id":"$home.city","n":{"$sum":"$age"}}},{"$sort":{"_id":1}}`,
		`{"$group":{"_id":"$nope","n":{"$sum":"$age"}}}`,
		`{"$group":{"_id":null,"n":{"$sum":"$name"},"m":{"$sum":2.5},"o":{"$sum":"$nope"}}}`,
		`{"$group":{"_id":"$tags","n":{"$sum":1}}},{"$match":{"n":1}},{"$count":"c"}`,
		`{"$group":{"_id":null,"n":{"$sum":{"$numberLong":"1"}}}}`,
		`{"$group":{"_id":null,"n":{"$sum":2147483647}}}`, `{"$group":{"_id":"x","n":{"$sum":1},"m":{"$sum":-1}}}`,
		`{"$group":{"_id":"$age"}},{"$sort":{"_id":1}}`,
		`{"$group":{"_id":"$age","n":{"$sum":1}}},{"$match":{"n":{"$gt":1}}}`,
		`{"$group":{"_id":"$age","n":{"$sum":1}}},{"$sort":{"n":-1,"_id":1}},{"$limit":1}`,
		`{"$sort":{"_id":1}},{"$limit":3},{"$match":{"age":36}}`, `{"$sort":{"_id":1}},{"$limit":3},{"$sort":{"name":-1}},{"$limit":2}`,
		`{"$sort":{"_id":1}},{"$limit":3},{"$count":"n"}`,
		`{"$limit":0}`, `{"$limit":-1}`, `{"$limit":"x"}`, `{"$sort":{}}`, `{"$sort":1}`, `{"$match":1}`, `{"$match":{"$foo":1}}`,
		`{"$count":""}`, `{"$count":1}`, `{"$count":"$n"}`, `{"$count":"a.b"}`,
		`{"$foo":1}`, `{"$match":{},"$limit":1}`, `{}`, `{"$group":1}`, `{"$group":{"n":{"$sum":1}}}`, `{"$group":{"_id":null,"n":1}}`,
		`{"$group":{"_id":null,"n":{"$foo":1}}}`,
		`{"$group":{"_id":null,"n":{}}}`, `{"$group":{"_id":null,"n":{"$sum":1,"$avg":1}}}`, `{"$group":{"_id":null,"a.b":{"$sum":1}}}`,
		`{"$project":{"name":1}}`, `{"$skip":1}`, `{"$unwind":"$tags"}`, `{"$facet":{"x":[{"$count":"n"}]}}`,
		`{"$lookup":{"from":"x","localField":"a","foreignField":"b","as":"c"}}`, `{"$group":{"_id":{"a":"$age"},"n":{"$sum":1}}}`,
		`{"$group":{"_id":null,"n":{"$avg":"$age"}}}`,
		`{"$group":{"_id":null,"n":{"$sum":{"$add":[1,"$age"]}}}}`, `{"$out":"x"}`,
	} {
		cases = append(cases, conformanceCase{name: "aggregate " + p, start: people(), commands: []string{aggregation(p)}})
	}
	return append(cases, []conformanceCase{
		{"aggregate without cursor", people(), nil, []string{`{"aggregate":"things","pipeline":[]}`}},
		{"aggregate without pipeline", people(), nil, []string{`{"aggregate":"things","cursor":{}}`}},
		{"aggregate in batches", people(), nil, []string{
			`{"aggregate":"things","pipeline":[{"$sort":{"_id":1}}],"cursor":{"batchSize":2}}`, "more",
		}},
		{"aggregate with an unknown option", people(), nil, []string{`{"aggregate":"things","pipeline":[],"cursor":{},"foo":1}`}},
		{"aggregate in a collection that is not there", nil, nil, []string{
			`{"aggregate":"nothing","pipeline":[{"$count":"n"}],"cursor":{}}`,
		}},
		{"aggregate by an index", people(), []string{`{"age":1}`}, []string{
			aggregation(`{"$match":{"age":{"$gte":36}}},{"$sort":{"age":1,"_id":1}}`),
		}},
	}...)
}

func commandCases() []conformanceCase {
	var cases []conformanceCase
	for _, c := range []string{
		`{"ping":1}`, `{"foo":1}`, `{"endSessions":[]}`, `{"drop":"nothing"}`, `{"count":"things"}`, `{"distinct":"things","key":"a"}`,
		`{"create":"new"}`, `{"collStats":"things"}`, `{"renameCollection":"a.b","to":"a.c"}`, `{"explain":{"find":"things"}}`,
		`{"ping":1,"foo":1}`,
		`{"find":1}`, `{"createIndexes":"things"}`, `{"insert":"things","documents":[{"_id":1}],"txnNumber":{"$numberLong":"1"}}`,
		`{"find":"things","startTransaction":true}`,
		`{"insert":"things","documents":[{"_id":1}],"writeConcern":{"w":1}}`,
		`{"insert":"things","documents":[{"_id":1}],"writeConcern":{"foo":1}}`,
		`{"listCollections":1,"nameOnly":true,"filter":{"name":"things"}}`, `{"dropDatabase":1}`,
	} {
		cases = append(cases, conformanceCase{name: "command " + c, start: people(), commands: []string{c}})
	}
	return append(cases,
		conformanceCase{"drop", people(), []string{`{"age":1}`}, []string{
			`{"drop":"things"}`, find(`{}`), insert(`{"_id":"p1"}`), `{"listIndexes":"things"}`,
		}},
		conformanceCase{"a cursor on a dropped collection", people(), nil, []string{
			find(`{}`, `"sort":{"_id":1},"batchSize":2`), `{"drop":"things"}`, "more",
		}},
	)
}
