package embedded

import "fmt"

// mixed are documents with every kind of value under "a".
func mixed() []string {
	return []string{
		`{"_id":1,"a":1}`, `{"_id":2,"a":{"$numberLong":"2"}}`, `{"_id":3,"a":2.5}`, `{"_id":4,"a":"x"}`, `{"_id":5,"a":null}`,
		`{"_id":6}`, `{"_id":7,"a":true}`, `{"_id":8,"a":false}`, `{"_id":9,"a":{"$date":"2026-01-01T00:00:00Z"}}`,
		`{"_id":10,"a":{"$oid":"000000000000000000000001"}}`, `{"_id":11,"a":{"$binary":{"base64":"AQID","subType":"00"}}}`,
		`{"_id":12,"a":{"b":1}}`, `{"_id":13,"a":{"b":1,"c":2}}`, `{"_id":14,"a":[]}`, `{"_id":15,"a":[1,2,3]}`,
		`{"_id":16,"a":["x","y"]}`, `{"_id":17,"a":[{"b":1},{"b":2}]}`, `{"_id":18,"a":[[1,2],[3]]}`, `{"_id":19,"a":[null]}`,
		`{"_id":20,"a":{"b":null}}`, `{"_id":21,"a":{"b":[1,5]}}`, `{"_id":22,"a":[{"c":1},7]}`, `{"_id":23,"a":{"$numberDouble":"NaN"}}`,
		`{"_id":24,"a":-1}`, `{"_id":25,"a":{"$numberLong":"9007199254740993"}}`, `{"_id":26,"a":9007199254740992.0}`,
		`{"_id":27,"a":""}`,
		`{"_id":28,"a":{"$numberDouble":"-0.0"}}`, `{"_id":29,"a":{}}`, `{"_id":30,"a":{"$numberLong":"9223372036854775807"}}`,
		`{"_id":31,"a":{"$numberDouble":"Infinity"}}`, `{"_id":32,"a":[{"b":[1,2]},{"b":[]}]}`, `{"_id":33,"a":[{}]}`,
	}
}

func people() []string {
	return []string{
		`{"_id":"p1","name":"Ada","age":36,"tags":["x","y"],"home":{"city":"London","zip":{"code":1}}}`,
		`{"_id":"p2","name":"Bob","age":25,"tags":["y"],"home":{"city":"Paris","zip":{"code":2}}}`,
		`{"_id":"p3","name":"Cai","age":36,"tags":[],"home":{"city":"Rome"}}`,
		`{"_id":"p4","name":"Dee","age":12.5,"home":null}`,
		`{"_id":"p5","name":"Eve","age":{"$numberLong":"70"},"tags":"x","seen":[{"at":1,"by":"a"},{"at":2,"by":"b"}]}`,
	}
}

// filterCases run each filter without an index and again with one on the field: the result must not depend on it.
func filterCases() []conformanceCase {
	filters := []string{
		`{"a":1}`, `{"a":1.0}`, `{"a":{"$numberLong":"1"}}`, `{"a":2.5}`, `{"a":"x"}`, `{"a":""}`, `{"a":null}`, `{"a":true}`,
		`{"a":{"$date":"2026-01-01T00:00:00Z"}}`, `{"a":{"$oid":"000000000000000000000001"}}`,
		`{"a":{"$binary":{"base64":"AQID","subType":"00"}}}`,
		`{"a":{"b":1}}`, `{"a":{"b":1.0}}`, `{"a":{"c":2,"b":1}}`, `{"a":{}}`, `{"a":[]}`, `{"a":[1,2,3]}`, `{"a":[1,2]}`,
		`{"a":[3,2,1]}`,
		`{"a":{"$numberDouble":"NaN"}}`, `{"a":0}`, `{"a":{"$numberLong":"9007199254740993"}}`,
		`{"a":{"$numberLong":"9007199254740992"}}`,
		`{"a":{"$eq":1}}`, `{"a":{"$eq":null}}`, `{"a":{"$eq":{"b":1}}}`, `{"a":{"$ne":1}}`, `{"a":{"$ne":null}}`, `{"a":{"$ne":"x"}}`,
		`{"a":{"$in":[1,"x"]}}`, `{"a":{"$in":[null]}}`, `{"a":{"$in":[]}}`, `{"a":{"$in":[[1,2],{"b":1}]}}`, `{"a":{"$in":[true,3]}}`,
		`{"a":{"$nin":[1,"x"]}}`, `{"a":{"$nin":[null]}}`, `{"a":{"$nin":[]}}`,
		`{"a":{"$lt":2}}`, `{"a":{"$lte":2}}`, `{"a":{"$gt":2}}`, `{"a":{"$gte":2}}`, `{"a":{"$gt":"a"}}`, `{"a":{"$lt":"y"}}`,
		`{"a":{"$gt":null}}`, `{"a":{"$gte":null}}`, `{"a":{"$lte":null}}`, `{"a":{"$lt":null}}`,
		`{"a":{"$gt":false}}`, `{"a":{"$lte":true}}`, `{"a":{"$gte":{"$date":"2025-01-01T00:00:00Z"}}}`,
		`{"a":{"$lt":{"$date":"2025-01-01T00:00:00Z"}}}`,
		`{"a":{"$gte":{"$numberDouble":"NaN"}}}`, `{"a":{"$lt":{"$numberDouble":"NaN"}}}`,
		`{"a":{"$gt":{"$oid":"000000000000000000000000"}}}`,
		`{"a":{"$gt":0,"$lt":3}}`, `{"a":{"$gte":2,"$lte":2}}`, `{"a":{"$gt":3,"$lt":1}}`, `{"a":{"$gt":1,"$lt":"z"}}`,
		`{"a":{"$gt":9007199254740992.0}}`, `{"a":{"$gte":{"$binary":{"base64":"AA==","subType":"00"}}}}`,
		`{"a":{"$exists":true}}`, `{"a":{"$exists":false}}`, `{"a":{"$exists":1}}`, `{"a":{"$exists":0}}`,
		`{"a.b":1}`, `{"a.b":null}`, `{"a.b":{"$exists":true}}`, `{"a.b":{"$exists":false}}`, `{"a.b":{"$ne":1}}`,
		`{"a.b":{"$in":[1,5]}}`,
		`{"a.b":{"$gt":1}}`, `{"a.b":{"$gt":1,"$lt":2}}`, `{"a.b.c":null}`, `{"a.b":{"$nin":[1,null]}}`,
		`{"$and":[{"a":{"$gt":0}},{"a":{"$lt":3}}]}`, `{"$or":[{"a":1},{"a":"x"}]}`, `{"$or":[{"a":{"$gt":5}},{"_id":{"$lt":3}}]}`,
		`{"_id":{"$gt":5,"$lte":8},"a":{"$ne":null}}`, `{"_id":{"$in":[3,1,99,2]}}`, `{"_id":3,"a":2.5}`, `{"_id":3,"a":1}`, `{}`,
		`{"$or":[{"$and":[{"a":1},{"_id":1}]},{"a":{"$in":["x"]}}]}`, `{"a":1,"$or":[{"_id":1},{"_id":15}]}`,
	}
	var cases []conformanceCase
	for _, f := range filters {
		cases = append(cases, conformanceCase{
			name: "filter " + f, start: mixed(), commands: []string{find(f, `"sort":{"_id":1},"projection":{"_id":1}`)},
		})
		cases = append(cases, conformanceCase{
			name: "filter with indexes " + f, start: mixed(), indexes: []string{`{"a":1}`, `{"a.b":-1,"_id":1}`},
			commands: []string{find(f, `"sort":{"_id":1},"projection":{"_id":1}`)},
		})
	}
	for _, f := range []string{
		`{"a":{"$foo":1}}`, `{"$foo":1}`, `{"a":{"$in":1}}`, `{"$and":[]}`, `{"$or":{}}`, `{"$or":[1]}`, `{"a":{"$gt":1,"b":2}}`,
		`{"a":{"$in":[{"$gt":1}]}}`, `{"a":{"$regex":"^x"}}`, `{"a":{"$elemMatch":{"$gt":1}}}`, `{"a":{"$size":1}}`, `{"a":{"$all":[1]}}`,
		`{"a":{"$type":"string"}}`, `{"a":{"$not":{"$gt":1}}}`, `{"$nor":[{"a":1}]}`, `{"$expr":{"$eq":["$a",1]}}`, `{"$where":"true"}`,
		`{"a":{"$mod":[2,0]}}`, `{"a.0":1}`, `{"a":{"$gt":[1]}}`, `{"a":{"$gt":{"b":0}}}`, `{"a":{"$minKey":1}}`, `{"$comment":"x"}`,
	} {
		cases = append(cases, conformanceCase{name: "filter refused or not " + f, start: mixed(), commands: []string{find(f)}})
	}
	return cases
}

func findCases() []conformanceCase {
	ids := `"projection":{"_id":1}`
	sorts := []string{
		`{"a":1,"_id":1}`, `{"a":-1,"_id":1}`, `{"a":1,"_id":-1}`, `{"_id":-1}`, `{"a.b":1,"_id":1}`, `{"a.b":-1,"_id":-1}`,
	}
	var cases []conformanceCase
	for _, s := range sorts {
		for _, index := range [][]string{nil, {`{"a":1,"_id":1}`, `{"a.b":-1,"_id":-1}`}} {
			cases = append(cases, conformanceCase{
				name: fmt.Sprintf("sort %s with %d indexes", s, len(index)), start: mixed(), indexes: index,
				commands: []string{
					find(`{}`, `"sort":`+s+`,`+ids), find(`{}`, `"limit":7,"sort":`+s+`,`+ids),
					find(`{"a":{"$gt":0}}`, `"sort":`+s+`,`+ids), find(`{"a":{"$in":[1,2,3]}}`, `"limit":3,"sort":`+s+`,`+ids),
				},
			})
		}
	}
	for _, p := range []string{
		`{"name":1}`, `{"name":1,"_id":0}`, `{"_id":0}`, `{"_id":1}`, `{"tags":0}`, `{"tags":0,"_id":0}`, `{"tags":0,"_id":1}`,
		`{"home.city":1}`,
		`{"home.zip.code":1,"home.city":1}`, `{"home.city":0}`, `{"seen.at":1}`, `{"seen.at":0}`, `{"tags.x":1}`, `{"tags.x":0}`,
		`{"nope":1}`,
		`{"name":true,"age":true}`, `{"name":1,"age":0}`, `{"name":0,"age":1}`, `{"home":1,"home.city":1}`, `{"home.city":1,"home":1}`,
		`{}`,
		`{"x":{"$add":[1,2]}}`, `{"tags":{"$slice":1}}`, `{"name":"x"}`,
	} {
		cases = append(cases, conformanceCase{
			name: "projection " + p, start: people(), commands: []string{find(`{}`, `"sort":{"_id":1},"projection":`+p)},
		})
	}
	return append(cases, []conformanceCase{
		{"find in a collection that is not there", nil, nil, []string{`{"find":"nothing","filter":{}}`}},
		{"find without a filter", people(), nil, []string{`{"find":"things","sort":{"_id":1},"limit":2}`}},
		{"find one", people(), nil, []string{find(`{"age":36}`, `"sort":{"_id":1},"limit":1,"singleBatch":true`)}},
		{"find in batches", people(), nil, []string{find(`{}`, `"sort":{"_id":1},"batchSize":2`), "more", "more", "more"}},
		{"find in batches in an order without index", people(), nil, []string{
			find(`{}`, `"sort":{"name":-1},"batchSize":2`), "more", "more",
		}},
		{"find in batches with a limit", people(), nil, []string{find(`{}`, `"sort":{"_id":1},"batchSize":2,"limit":3`), "more"}},
		{"find in batches of an exact size", people(), nil, []string{find(`{}`, `"sort":{"_id":1},"batchSize":5`)}},
		{"find with an empty first batch", people(), nil, []string{find(`{}`, `"sort":{"_id":1},"batchSize":0`), "more"}},
		{"find a single batch of several", people(), nil, []string{find(`{}`, `"sort":{"_id":1},"batchSize":2,"singleBatch":true`)}},
		{"a cursor goes on after what it has seen changes", people(), nil, []string{
			find(`{}`, `"sort":{"_id":1},"batchSize":2`), remove(`{"_id":"p2"}`, 1), "more",
		}},
		{"getMore on no cursor", nil, nil, []string{`{"getMore":{"$numberLong":"123456"},"collection":"things"}`}},
		{"killCursors on no cursor", nil, nil, []string{`{"killCursors":"things","cursors":[{"$numberLong":"123456"}]}`}},
		{"getMore after killCursors", people(), nil, []string{find(`{}`, `"sort":{"_id":1},"batchSize":2`), "kill", "more"}},
		{"hint by name", people(), []string{`{"age":1}`}, []string{find(`{"age":36}`, `"sort":{"_id":1},"hint":"age_1"`)}},
		{"hint by key", people(), []string{`{"age":1}`}, []string{find(`{"age":36}`, `"sort":{"_id":1},"hint":{"age":1}`)}},
		{"hint of an index that is not there", people(), nil, []string{find(`{"age":36}`, `"hint":"age_1"`)}},
		{"hint of a key that is not there", people(), nil, []string{find(`{"age":36}`, `"hint":{"age":1}`)}},
		{"negative limit", people(), nil, []string{find(`{}`, `"limit":-1`)}},
		{"negative batch size", people(), nil, []string{find(`{}`, `"batchSize":-1`)}},
		{"limit of a wrong type", people(), nil, []string{find(`{}`, `"limit":"1"`)}},
		{"filter of a wrong type", people(), nil, []string{`{"find":"things","filter":1}`}},
		{"sort direction 2", people(), nil, []string{find(`{}`, `"sort":{"a":2}`)}},
		{"sort direction of a wrong type", people(), nil, []string{find(`{}`, `"sort":{"a":"x"}`)}},
		{"skip", people(), nil, []string{find(`{}`, `"sort":{"_id":1},"skip":1`)}},
		{"an unknown option of find", people(), nil, []string{find(`{}`, `"foo":1`)}},
		{"collation", people(), nil, []string{find(`{}`, `"collation":{"locale":"en"}`)}},
		{"options that make no difference", people(), nil, []string{
			find(
				`{"age":36}`,
				`"sort":{"_id":1},"maxTimeMS":10000,"comment":"x","readConcern":{"level":"majority"},`+
					`"$readPreference":{"mode":"primary"}`,
			),
		}},
		{"unknown read concern", people(), nil, []string{find(`{}`, `"readConcern":{"level":"foo"}`)}},
		{"negative maxTimeMS", people(), nil, []string{find(`{}`, `"maxTimeMS":-1`)}},
	}...)
}
