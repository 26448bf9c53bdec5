package embedded

import "fmt"

// conformanceCase is a few commands on a collection "things" that holds the given documents. Commands, and documents, are
// in extended JSON.
type conformanceCase struct {
	name     string
	start    []string // documents
	indexes  []string // key patterns, or whole specifications
	commands []string
}

func find(filter string, more ...string) string {
	extra := `,"sort":{"_id":1}`
	if len(more) > 0 {
		extra = "," + more[0]
	}
	return fmt.Sprintf(`{"find":"things","filter":%s%s}`, filter, extra)
}

func update(q, u string, more ...string) string {
	extra := ""
	if len(more) > 0 {
		extra = "," + more[0]
	}
	return fmt.Sprintf(`{"update":"things","updates":[{"q":%s,"u":%s%s}]}`, q, u, extra)
}

func modify(more string) string { return `{"findAndModify":"things",` + more + `}` }

func aggregation(stages string) string {
	return fmt.Sprintf(`{"aggregate":"things","pipeline":[%s],"cursor":{}}`, stages)
}

func insert(docs string, more ...string) string {
	extra := ""
	if len(more) > 0 {
		extra = "," + more[0]
	}
	return fmt.Sprintf(`{"insert":"things","documents":[%s]%s}`, docs, extra)
}

func remove(q string, limit int) string {
	return fmt.Sprintf(`{"delete":"things","deletes":[{"q":%s,"limit":%d}]}`, q, limit)
}

func createIndexes(specs string) string {
	return `{"createIndexes":"things","indexes":[` + specs + `]}`
}

// mixed are documents with every kind of value under "a".
func mixed() []string {
	return []string{
		`{"_id":1,"a":1}`, `{"_id":2,"a":{"$numberLong":"2"}}`, `{"_id":3,"a":2.5}`, `{"_id":4,"a":"x"}`, `{"_id":5,"a":null}`,
		`{"_id":6}`, `{"_id":7,"a":true}`, `{"_id":8,"a":false}`, `{"_id":9,"a":{"$date":"2026-01-01T00:00:00Z"}}`,
		`{"_id":10,"a":{"$oid":"000000000000000000000001"}}`, `{"_id":11,"a":{"$binary":{"base64":"AQID","subType":"00"}}}`,
		`{"_id":12,"a":{"b":1}}`, `{"_id":13,"a":{"b":1,"c":2}}`, `{"_id":14,"a":[]}`, `{"_id":15,"a":[1,2,3]}`,
		`{"_id":16,"a":["x","y"]}`, `{"_id":17,"a":[{"b":1},{"b":2}]}`, `{"_id":18,"a":[[1,2],[3]]}`, `{"_id":19,"a":[null]}`,
		`{"_id":20,"a":{"b":null}}`, `{"_id":21,"a":{"b":[1,5]}}`, `{"_id":22,"a":[{"c":1},7]}`, `{"_id":23,"a":{"$numberDouble":"NaN"}}`,
		`{"_id":24,"a":-1}`, `{"_id":25,"a":{"$numberLong":"9007199254740993"}}`, `{"_id":26,"a":9007199254740992.0}`, `{"_id":27,"a":""}`,
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

// conformanceCases is the whole table.
func conformanceCases() []conformanceCase {
	cases := filterCases()
	cases = append(cases, findCases()...)
	cases = append(cases, insertCases()...)
	cases = append(cases, updateCases()...)
	cases = append(cases, upsertCases()...)
	cases = append(cases, findAndModifyCases()...)
	cases = append(cases, deleteCases()...)
	cases = append(cases, aggregateCases()...)
	cases = append(cases, indexCases()...)
	return append(cases, commandCases()...)
}

// filterCases run each filter without an index and again with one on the field: the result must not depend on it.
func filterCases() []conformanceCase {
	filters := []string{
		`{"a":1}`, `{"a":1.0}`, `{"a":{"$numberLong":"1"}}`, `{"a":2.5}`, `{"a":"x"}`, `{"a":""}`, `{"a":null}`, `{"a":true}`,
		`{"a":{"$date":"2026-01-01T00:00:00Z"}}`, `{"a":{"$oid":"000000000000000000000001"}}`, `{"a":{"$binary":{"base64":"AQID","subType":"00"}}}`,
		`{"a":{"b":1}}`, `{"a":{"b":1.0}}`, `{"a":{"c":2,"b":1}}`, `{"a":{}}`, `{"a":[]}`, `{"a":[1,2,3]}`, `{"a":[1,2]}`, `{"a":[3,2,1]}`,
		`{"a":{"$numberDouble":"NaN"}}`, `{"a":0}`, `{"a":{"$numberLong":"9007199254740993"}}`, `{"a":{"$numberLong":"9007199254740992"}}`,
		`{"a":{"$eq":1}}`, `{"a":{"$eq":null}}`, `{"a":{"$eq":{"b":1}}}`, `{"a":{"$ne":1}}`, `{"a":{"$ne":null}}`, `{"a":{"$ne":"x"}}`,
		`{"a":{"$in":[1,"x"]}}`, `{"a":{"$in":[null]}}`, `{"a":{"$in":[]}}`, `{"a":{"$in":[[1,2],{"b":1}]}}`, `{"a":{"$in":[true,3]}}`,
		`{"a":{"$nin":[1,"x"]}}`, `{"a":{"$nin":[null]}}`, `{"a":{"$nin":[]}}`,
		`{"a":{"$lt":2}}`, `{"a":{"$lte":2}}`, `{"a":{"$gt":2}}`, `{"a":{"$gte":2}}`, `{"a":{"$gt":"a"}}`, `{"a":{"$lt":"y"}}`,
		`{"a":{"$gt":null}}`, `{"a":{"$gte":null}}`, `{"a":{"$lte":null}}`, `{"a":{"$lt":null}}`,
		`{"a":{"$gt":false}}`, `{"a":{"$lte":true}}`, `{"a":{"$gte":{"$date":"2025-01-01T00:00:00Z"}}}`, `{"a":{"$lt":{"$date":"2025-01-01T00:00:00Z"}}}`,
		`{"a":{"$gte":{"$numberDouble":"NaN"}}}`, `{"a":{"$lt":{"$numberDouble":"NaN"}}}`, `{"a":{"$gt":{"$oid":"000000000000000000000000"}}}`,
		`{"a":{"$gt":0,"$lt":3}}`, `{"a":{"$gte":2,"$lte":2}}`, `{"a":{"$gt":3,"$lt":1}}`, `{"a":{"$gt":1,"$lt":"z"}}`,
		`{"a":{"$gt":9007199254740992.0}}`, `{"a":{"$gte":{"$binary":{"base64":"AA==","subType":"00"}}}}`,
		`{"a":{"$exists":true}}`, `{"a":{"$exists":false}}`, `{"a":{"$exists":1}}`, `{"a":{"$exists":0}}`,
		`{"a.b":1}`, `{"a.b":null}`, `{"a.b":{"$exists":true}}`, `{"a.b":{"$exists":false}}`, `{"a.b":{"$ne":1}}`, `{"a.b":{"$in":[1,5]}}`,
		`{"a.b":{"$gt":1}}`, `{"a.b":{"$gt":1,"$lt":2}}`, `{"a.b.c":null}`, `{"a.b":{"$nin":[1,null]}}`,
		`{"$and":[{"a":{"$gt":0}},{"a":{"$lt":3}}]}`, `{"$or":[{"a":1},{"a":"x"}]}`, `{"$or":[{"a":{"$gt":5}},{"_id":{"$lt":3}}]}`,
		`{"_id":{"$gt":5,"$lte":8},"a":{"$ne":null}}`, `{"_id":{"$in":[3,1,99,2]}}`, `{"_id":3,"a":2.5}`, `{"_id":3,"a":1}`, `{}`,
		`{"$or":[{"$and":[{"a":1},{"_id":1}]},{"a":{"$in":["x"]}}]}`, `{"a":1,"$or":[{"_id":1},{"_id":15}]}`,
	}
	var cases []conformanceCase
	for _, f := range filters {
		cases = append(cases, conformanceCase{name: "filter " + f, start: mixed(), commands: []string{find(f, `"sort":{"_id":1},"projection":{"_id":1}`)}})
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
		`{"name":1}`, `{"name":1,"_id":0}`, `{"_id":0}`, `{"_id":1}`, `{"tags":0}`, `{"tags":0,"_id":0}`, `{"tags":0,"_id":1}`, `{"home.city":1}`,
		`{"home.zip.code":1,"home.city":1}`, `{"home.city":0}`, `{"seen.at":1}`, `{"seen.at":0}`, `{"tags.x":1}`, `{"tags.x":0}`, `{"nope":1}`,
		`{"name":true,"age":true}`, `{"name":1,"age":0}`, `{"name":0,"age":1}`, `{"home":1,"home.city":1}`, `{"home.city":1,"home":1}`, `{}`,
		`{"x":{"$add":[1,2]}}`, `{"tags":{"$slice":1}}`, `{"name":"x"}`,
	} {
		cases = append(cases, conformanceCase{name: "projection " + p, start: people(), commands: []string{find(`{}`, `"sort":{"_id":1},"projection":`+p)}})
	}
	return append(cases, []conformanceCase{
		{"find in a collection that is not there", nil, nil, []string{`{"find":"nothing","filter":{}}`}},
		{"find without a filter", people(), nil, []string{`{"find":"things","sort":{"_id":1},"limit":2}`}},
		{"find one", people(), nil, []string{find(`{"age":36}`, `"sort":{"_id":1},"limit":1,"singleBatch":true`)}},
		{"find in batches", people(), nil, []string{find(`{}`, `"sort":{"_id":1},"batchSize":2`), "more", "more", "more"}},
		{"find in batches in an order without index", people(), nil, []string{find(`{}`, `"sort":{"name":-1},"batchSize":2`), "more", "more"}},
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
			find(`{"age":36}`, `"sort":{"_id":1},"maxTimeMS":10000,"comment":"x","readConcern":{"level":"majority"},"$readPreference":{"mode":"primary"}`),
		}},
		{"unknown read concern", people(), nil, []string{find(`{}`, `"readConcern":{"level":"foo"}`)}},
		{"negative maxTimeMS", people(), nil, []string{find(`{}`, `"maxTimeMS":-1`)}},
	}...)
}

func insertCases() []conformanceCase {
	return []conformanceCase{
		{"insert one", nil, nil, []string{insert(`{"_id":1,"a":1}`)}},
		{"insert makes an _id and puts it first", nil, nil, []string{insert(`{"b":2,"a":1}`)}},
		{"insert moves the _id to the front", nil, nil, []string{insert(`{"b":2,"_id":7,"a":1}`)}},
		{"insert a duplicate", []string{`{"_id":1}`}, nil, []string{insert(`{"_id":1}`)}},
		{"insert a duplicate of another number type", []string{`{"_id":1}`}, nil, []string{insert(`{"_id":1.0}`), insert(`{"_id":{"$numberLong":"1"}}`)}},
		{"insert ordered stops at the duplicate", nil, nil, []string{insert(`{"_id":1},{"_id":1},{"_id":2}`)}},
		{"insert unordered goes on after the duplicate", nil, nil, []string{insert(`{"_id":1},{"_id":1},{"_id":2},{"_id":2},{"_id":3}`, `"ordered":false`)}},
		{"insert an _id that is an array", nil, nil, []string{insert(`{"_id":[1]}`)}},
		{"insert an _id that is a document", nil, nil, []string{insert(`{"_id":{"a":1,"b":2}}`), insert(`{"_id":{"b":2,"a":1}}`), insert(`{"_id":{"a":1,"b":2}}`)}},
		{"insert an _id that is null", nil, nil, []string{insert(`{"_id":null}`), insert(`{"_id":null}`)}},
		{"insert ids of every kind", nil, nil, []string{insert(`{"_id":"1"},{"_id":1},{"_id":true},{"_id":{"$date":"2026-01-01T00:00:00Z"}},{"_id":{"$oid":"000000000000000000000001"}},{"_id":""},{"_id":1.5},{"_id":{"$binary":{"base64":"AQ==","subType":"00"}}}`)}},
		{"insert nothing", nil, nil, []string{insert(``)}},
		{"insert without documents", nil, nil, []string{`{"insert":"things"}`}},
		{"insert into no collection", nil, nil, []string{`{"insert":"","documents":[{"_id":1}]}`}},
		{"insert into a collection with a dollar", nil, nil, []string{`{"insert":"a$b","documents":[{"_id":1}]}`}},
		{"insert with write concern", nil, nil, []string{insert(`{"_id":1}`, `"writeConcern":{"w":"majority","j":true,"wtimeout":1000}`)}},
		{"insert with an unknown option", nil, nil, []string{insert(`{"_id":1}`, `"foo":1`)}},
		{"insert a field that starts with a dollar", nil, nil, []string{insert(`{"_id":1,"a":{"$b":1}}`)}},
		{"insert a decimal", nil, nil, []string{insert(`{"_id":1,"a":{"$numberDecimal":"1.5"}}`)}},
		{"insert a name with a dot", nil, nil, []string{insert(`{"_id":1,"a":{"b.c":1}}`), find(`{"a.b.c":1}`)}},
		{"insert types and read them back", nil, nil, []string{insert(`{"_id":1,"i":1,"l":{"$numberLong":"1"},"d":1.0,"s":"x","n":null,"b":true,"t":{"$date":"2026-01-01T00:00:00.123Z"},"o":{"x":[1,[2],{"y":3}]},"u":{"$binary":{"base64":"AQID","subType":"04"}}}`)}},
		{"insert a second array into a compound index", nil, []string{`{"a":1,"b":1}`}, []string{insert(`{"_id":1,"a":[1,2],"b":1}`), insert(`{"_id":2,"a":[1],"b":[2]}`), insert(`{"_id":3,"a":1,"b":[1,2]}`)}},
	}
}

func updateCases() []conformanceCase {
	one := []string{`{"_id":1,"n":5,"l":{"$numberLong":"5"},"d":1.5,"s":"x","o":{"a":1,"b":{"c":2}},"arr":[1,{"x":1}],"z":null,"t":{"$date":"2026-01-02T00:00:00Z"}}`}
	var cases []conformanceCase
	for _, u := range []string{
		`{"$set":{"n":6}}`, `{"$set":{"n":5}}`, `{"$set":{"n":5.0}}`, `{"$set":{"y":1,"c":2,"b":3}}`, `{"$set":{"o.a":2}}`, `{"$set":{"o.n":2}}`, `{"$set":{"p.q.r":2}}`,
		`{"$set":{"s.a":1}}`, `{"$set":{"z.a":1}}`, `{"$set":{"arr.a":1}}`, `{"$set":{"o":{"x":1}}}`, `{"$set":{}}`, `{"$set":{"n":null}}`, `{"$set":{"arr":[]}}`,
		`{"$set":{"p.b":1,"p.a":2,"k":1}}`, `{"$set":{"b":1},"$inc":{"a":1},"$max":{"c":1}}`,
		`{"$set":1}`, `{"$set":{"":1}}`, `{"$set":{"a..b":1}}`, `{"$set":{"$a":1}}`, `{"$set":{"a.$b":1}}`,
		`{"$set":{"_id":1}}`, `{"$set":{"_id":2}}`, `{"$unset":{"_id":1}}`, `{"$inc":{"_id":1}}`, `{"$inc":{"_id":0}}`, `{"$set":{"_id.x":1}}`,
		`{"$unset":{"n":1}}`, `{"$unset":{"nope":1}}`, `{"$unset":{"o.b.c":""}}`, `{"$unset":{"o.x.y":""}}`, `{"$unset":{"s.a":""}}`, `{"$unset":{"arr.x":""}}`,
		`{"$inc":{"n":1}}`, `{"$inc":{"n":2.5}}`, `{"$inc":{"n":{"$numberLong":"1"}}}`, `{"$inc":{"l":1}}`, `{"$inc":{"d":1}}`, `{"$inc":{"new":3}}`, `{"$inc":{"o.a":-1}}`,
		`{"$inc":{"s":1}}`, `{"$inc":{"z":1}}`, `{"$inc":{"n":"x"}}`, `{"$inc":{"n":2147483647}}`, `{"$inc":{"l":{"$numberLong":"9223372036854775807"}}}`, `{"$inc":{"n":0}}`,
		`{"$inc":{"arr":1}}`, `{"$inc":{"n":null}}`,
		`{"$max":{"n":9}}`, `{"$max":{"n":1}}`, `{"$max":{"n":5.0}}`, `{"$max":{"new":1}}`, `{"$max":{"n":"x"}}`, `{"$max":{"s":9}}`, `{"$max":{"z":1}}`,
		`{"$max":{"t":{"$date":"2026-01-03T00:00:00Z"}}}`, `{"$min":{"t":{"$date":"2026-01-01T00:00:00Z"}}}`, `{"$min":{"n":1}}`, `{"$min":{"n":9}}`, `{"$min":{"new":1}}`,
		`{"$min":{"n":null}}`, `{"$min":{"s":9}}`, `{"$max":{"o.b.c":7,"o.b.d":1}}`,
		`{"$setOnInsert":{"q":1}}`, `{"$setOnInsert":{"q":1},"$inc":{"n":1}}`, `{"$set":{"n":1},"$inc":{"n":1}}`, `{"$set":{"o":1,"o.a":1}}`, `{"$set":{"o.a":1},"$unset":{"o":1}}`,
		`{"$set":{"n":1},"$setOnInsert":{"n":1}}`,
		`{"$foo":{"n":1}}`, `{"$set":{"n":1},"x":1}`, `{"x":1,"$set":{"n":1}}`, `{"x":1,"y":{"z":2}}`, `{}`, `{"_id":1,"x":1}`, `{"_id":2,"x":1}`, `{"x":1,"_id":1}`, `{"_id":1.0,"x":1}`,
		`{"$push":{"arr":1}}`, `{"$addToSet":{"arr":1}}`, `{"$rename":{"n":"m"}}`, `{"$mul":{"n":2}}`, `{"$currentDate":{"n":true}}`, `{"$pull":{"arr":1}}`,
		`{"$set":{"arr.0":9}}`, `[{"$set":{"n":1}}]`, `1`,
	} {
		cases = append(cases, conformanceCase{name: "update " + u, start: one, commands: []string{update(`{"_id":1}`, u)}})
	}
	three := []string{`{"_id":1,"a":1}`, `{"_id":2,"a":1}`, `{"_id":3,"a":2}`}
	return append(cases, []conformanceCase{
		{"update nothing", three, nil, []string{update(`{"_id":9}`, `{"$set":{"a":1}}`)}},
		{"update one of several", three, nil, []string{update(`{"a":1}`, `{"$set":{"b":1}}`)}},
		{"update many", three, nil, []string{update(`{"a":1}`, `{"$set":{"b":1}}`, `"multi":true`)}},
		{"update many, some unchanged", three, nil, []string{update(`{}`, `{"$set":{"a":1}}`, `"multi":true`)}},
		{"update many moves what the index is read by", three, []string{`{"a":1}`}, []string{update(`{"a":{"$gte":1}}`, `{"$inc":{"a":5}}`, `"multi":true`), find(`{"a":6}`), find(`{"a":1}`)}},
		{"update many with a replacement", three, nil, []string{update(`{"a":1}`, `{"b":1}`, `"multi":true`)}},
		{"update many fails half way", []string{`{"_id":1,"a":1}`, `{"_id":2,"a":"x"}`, `{"_id":3,"a":1}`}, nil, []string{update(`{}`, `{"$inc":{"a":1}}`, `"multi":true`)}},
		{"statements ordered", three, nil, []string{`{"update":"things","updates":[{"q":{"_id":1},"u":{"$inc":{"a":1}}},{"q":{"_id":2},"u":{"$inc":{"a":"x"}}},{"q":{"_id":3},"u":{"$inc":{"a":1}}}]}`}},
		{"statements unordered", three, nil, []string{`{"update":"things","ordered":false,"updates":[{"q":{"_id":1},"u":{"$inc":{"a":1}}},{"q":{"_id":2},"u":{"$set":{"_id":5}}},{"q":{"_id":3},"u":{"$inc":{"a":1}}}]}`}},
		{"statement with a bad filter among good ones", three, nil, []string{`{"update":"things","ordered":false,"updates":[{"q":{"_id":1},"u":{"$inc":{"a":1}}},{"q":{"$foo":2},"u":{"$set":{"b":5}}},{"q":{"_id":3},"u":{"$inc":{"a":1}}}]}`}},
		{"compare and set", []string{`{"_id":1,"rev":1}`}, nil, []string{update(`{"_id":1,"rev":1}`, `{"_id":1,"rev":2}`), update(`{"_id":1,"rev":1}`, `{"_id":1,"rev":3}`)}},
		{"update with an unknown field", three, nil, []string{update(`{"_id":1}`, `{"$set":{"a":1}}`, `"foo":1`)}},
		{"update with array filters", three, nil, []string{update(`{"_id":1}`, `{"$set":{"a":1}}`, `"arrayFilters":[]`)}},
		{"update with a hint", three, []string{`{"a":1}`}, []string{update(`{"a":1}`, `{"$set":{"b":1}}`, `"multi":true,"hint":"a_1"`)}},
		{"update with a hint of nothing", three, nil, []string{update(`{"a":1}`, `{"$set":{"b":1}}`, `"hint":"a_1"`)}},
		{"update without u", three, nil, []string{`{"update":"things","updates":[{"q":{}}]}`}},
		{"update without statements", three, nil, []string{`{"update":"things","updates":[]}`}},
		{"update keeps indexes", three, []string{`{"a":1}`, `{"b":-1,"a":1}`}, []string{update(`{"_id":1}`, `{"$set":{"a":7,"b":[1,2]}}`), find(`{"a":7}`), find(`{"b":2}`), update(`{"_id":1}`, `{"$unset":{"b":1}}`), find(`{"b":2}`), find(`{"b":null,"a":7}`)}},
		{"update in a collection that is not there", nil, nil, []string{`{"update":"nothing","updates":[{"q":{},"u":{"$set":{"a":1}}}]}`, `{"listCollections":1,"nameOnly":true,"filter":{"name":"nothing"}}`}},
	}...)
}

func upsertCases() []conformanceCase {
	var cases []conformanceCase
	for _, c := range [][2]string{
		{`{"_id":1}`, `{"$set":{"a":1}}`},
		{`{"_id":1}`, `{"$setOnInsert":{"a":1},"$inc":{"n":2}}`},
		{`{"k":"x"}`, `{"$setOnInsert":{"_id":9,"c":1},"$set":{"u":2}}`},
		{`{"_id":1,"a":{"$gt":5}}`, `{"$set":{"b":1}}`},
		{`{"_id":1,"a":{"$eq":5}}`, `{"$set":{"b":1}}`},
		{`{"_id":1,"$and":[{"a":5},{"b":{"$eq":6}}]}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"$or":[{"a":5}]}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"$or":[{"a":5},{"a":6}]}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"a":{"$in":[5]}}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"a":{"$in":[5,6]}}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"a.b":5}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"a.b":5}`, `{"$set":{"a.c":1}}`},
		{`{"_id":1,"a":5}`, `{"$set":{"a":6}}`},
		{`{"_id":1,"a":5}`, `{"$inc":{"a":6}}`},
		{`{"_id":1,"a":5}`, `{"$set":{"a.b":6}}`},
		{`{"_id":1,"a":5,"$and":[{"a":5}]}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"$and":[{"a":5},{"a":6}]}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"a":{"b":1},"a.b":1}`, `{"$set":{"c":1}}`},
		{`{"_id":1}`, `{"$set":{"_id":2}}`},
		{`{"_id":1}`, `{"$set":{"_id":1,"a":1}}`},
		{`{"_id":{"$gt":5}}`, `{"$set":{"_id":9}}`},
		{`{"a":1}`, `{"$set":{"_id":9}}`},
		{`{"a":1}`, `{"b":1,"_id":9}`},
		{`{"_id":1,"a":1}`, `{"b":1}`},
		{`{"_id":1}`, `{"_id":1,"b":1}`},
		{`{"_id":1}`, `{"_id":2,"b":1}`},
		{`{"_id":1}`, `{"$unset":{"a":1}}`},
		{`{"_id":1}`, `{"$min":{"a":4},"$max":{"b":5}}`},
		{`{"_id":1,"a":null}`, `{"$set":{"b":1}}`},
		{`{"_id":1,"a":{"$exists":false}}`, `{"$set":{"b":1}}`},
		{`{"_id":1,"a":{"$ne":3}}`, `{"$set":{"b":1}}`},
		{`{"_id":{"x":1,"y":2}}`, `{"$set":{"b":1}}`},
		{`{"_id.x":1}`, `{"$set":{"b":1}}`},
		{`{"_id":1}`, `{"$set":{"_id":[1]}}`},
		{`{"a":1}`, `{"$set":{"_id":[1]}}`},
		{`{"_id":1}`, `{"$setOnInsert":{"z":1,"b":2},"$set":{"m":1,"a":3},"$inc":{"k":1}}`},
	} {
		cases = append(cases, conformanceCase{name: "upsert " + c[0] + " " + c[1], commands: []string{update(c[0], c[1], `"upsert":true`)}})
	}
	return append(cases, []conformanceCase{
		{"upsert twice", nil, nil, []string{update(`{"_id":1}`, `{"$inc":{"n":1},"$setOnInsert":{"at":1}}`, `"upsert":true`), update(`{"_id":1}`, `{"$inc":{"n":1},"$setOnInsert":{"at":2}}`, `"upsert":true`)}},
		{"upsert meets another revision", []string{`{"_id":1,"rev":2}`}, nil, []string{update(`{"_id":1,"rev":1}`, `{"$set":{"a":1}}`, `"upsert":true`)}},
		{"upsert many statements", []string{`{"_id":2}`}, nil, []string{`{"update":"things","ordered":false,"updates":[{"q":{"_id":1},"u":{"$set":{"a":1}},"upsert":true},{"q":{"_id":2},"u":{"$set":{"a":1}},"upsert":true},{"q":{"_id":3},"u":{"a":1},"upsert":true}]}`}},
		{"upsert with multi", nil, nil, []string{update(`{"_id":1}`, `{"$set":{"a":1}}`, `"upsert":true,"multi":true`)}},
		{"upsert with a generated _id", nil, nil, []string{update(`{"a":1}`, `{"$set":{"b":1}}`, `"upsert":true`)}},
		{"replacement upsert with a generated _id", nil, nil, []string{update(`{"a":1}`, `{"b":1}`, `"upsert":true`)}},
	}...)
}

func findAndModifyCases() []conformanceCase {
	jobs := []string{
		`{"_id":1,"lane":"u","state":"due","due":5,"fence":0}`, `{"_id":2,"lane":"u","state":"due","due":3,"fence":0}`,
		`{"_id":3,"lane":"b","state":"due","due":1,"fence":0}`, `{"_id":4,"lane":"u","state":"done","due":1,"fence":0}`,
	}
	claim := `"query":{"lane":"u","state":"due","due":{"$lte":9}},"sort":{"due":1},"update":{"$set":{"due":99,"owner":"me"},"$inc":{"fence":1}}`
	return []conformanceCase{
		{"findAndModify: claim, before", jobs, []string{`{"lane":1,"state":1,"due":1}`}, []string{modify(claim)}},
		{"findAndModify: claim, after", jobs, []string{`{"lane":1,"state":1,"due":1}`}, []string{modify(claim + `,"new":true`), modify(claim + `,"new":true`), modify(claim + `,"new":true`)}},
		{"findAndModify: claim without index", jobs, nil, []string{modify(claim + `,"new":true`), modify(claim + `,"new":true`), modify(claim + `,"new":true`)}},
		{"findAndModify: claim with fields", jobs, nil, []string{modify(claim + `,"new":true,"fields":{"fence":1}`)}},
		{"findAndModify: claim by falling order", jobs, []string{`{"due":-1}`}, []string{modify(`"query":{"state":"due"},"sort":{"due":-1},"update":{"$set":{"state":"x"}}`)}},
		{"findAndModify: no match", jobs, nil, []string{modify(`"query":{"_id":9},"update":{"$set":{"a":1}}`)}},
		{"findAndModify: no match and upsert", jobs, nil, []string{modify(`"query":{"_id":9},"update":{"$set":{"a":1}},"upsert":true`)}},
		{"findAndModify: no match and upsert, after", jobs, nil, []string{modify(`"query":{"_id":9,"k":1},"update":{"$inc":{"a":1}},"upsert":true,"new":true`)}},
		{"findAndModify: upsert of an existing", jobs, nil, []string{modify(`"query":{"_id":1},"update":{"$inc":{"fence":1}},"upsert":true,"new":true`)}},
		{"findAndModify: upsert with a generated _id", jobs, nil, []string{modify(`"query":{"k":7},"update":{"$inc":{"a":1}},"upsert":true,"new":true`)}},
		{"findAndModify: upsert meets a duplicate", jobs, nil, []string{modify(`"query":{"_id":1,"fence":9},"update":{"$inc":{"a":1}},"upsert":true`)}},
		{"findAndModify: replace", jobs, nil, []string{modify(`"query":{"_id":1},"update":{"x":1},"new":true`)}},
		{"findAndModify: replace with another _id", jobs, nil, []string{modify(`"query":{"_id":1},"update":{"_id":2,"x":1}`)}},
		{"findAndModify: remove", jobs, nil, []string{modify(`"query":{"state":"due"},"sort":{"due":1},"remove":true`)}},
		{"findAndModify: remove with fields", jobs, nil, []string{modify(`"query":{"_id":1},"remove":true,"fields":{"_id":1}`)}},
		{"findAndModify: remove nothing", jobs, nil, []string{modify(`"query":{"_id":9},"remove":true`)}},
		{"findAndModify: remove and update", jobs, nil, []string{modify(`"query":{"_id":9},"remove":true,"update":{"a":1}`)}},
		{"findAndModify: remove and upsert", jobs, nil, []string{modify(`"query":{"_id":9},"remove":true,"upsert":true`)}},
		{"findAndModify: remove and new", jobs, nil, []string{modify(`"query":{"_id":9},"remove":true,"new":true`)}},
		{"findAndModify: neither remove nor update", jobs, nil, []string{modify(`"query":{"_id":9}`)}},
		{"findAndModify: a type error", jobs, nil, []string{modify(`"query":{"_id":1},"update":{"$inc":{"lane":1}}`)}},
		{"findAndModify: an unknown operator", jobs, nil, []string{modify(`"query":{"_id":1},"update":{"$foo":{"lane":1}}`)}},
		{"findAndModify: an unknown option", jobs, nil, []string{modify(`"query":{"_id":1},"update":{"$set":{"a":1}},"foo":1`)}},
		{"findAndModify: a bad filter", jobs, nil, []string{modify(`"query":{"$foo":1},"update":{"$set":{"a":1}}`)}},
		{"findAndModify: a change of nothing", jobs, nil, []string{modify(`"query":{"_id":1},"update":{"$set":{"due":5}},"new":true`)}},
		{"findAndModify: a hint", jobs, []string{`{"due":1}`}, []string{modify(`"query":{"state":"due","due":{"$gt":0}},"sort":{"due":1},"hint":"due_1","update":{"$set":{"a":1}},"new":true`)}},
		{"findAndModify: a hint of nothing", jobs, nil, []string{modify(`"query":{"state":"due"},"hint":"due_1","update":{"$set":{"a":1}}`)}},
		{"findAndModify: in a collection that is not there", nil, nil, []string{`{"findAndModify":"nothing","query":{},"update":{"$set":{"a":1}}}`}},
	}
}

func deleteCases() []conformanceCase {
	three := []string{`{"_id":1,"a":1}`, `{"_id":2,"a":1}`, `{"_id":3,"a":2}`}
	return []conformanceCase{
		{"delete one", three, nil, []string{remove(`{"a":1}`, 1)}},
		{"delete many", three, []string{`{"a":1}`}, []string{remove(`{"a":1}`, 0), find(`{"a":1}`), find(`{"a":2}`)}},
		{"delete all", three, nil, []string{remove(`{}`, 0)}},
		{"delete nothing", three, nil, []string{remove(`{"_id":9}`, 0)}},
		{"delete by _id", three, nil, []string{remove(`{"_id":2}`, 1)}},
		{"delete with limit 2", three, nil, []string{remove(`{}`, 2)}},
		{"delete without limit", three, nil, []string{`{"delete":"things","deletes":[{"q":{}}]}`}},
		{"delete without statements", three, nil, []string{`{"delete":"things","deletes":[]}`}},
		{"delete with a bad filter among good ones", three, nil, []string{`{"delete":"things","ordered":false,"deletes":[{"q":{"_id":1},"limit":1},{"q":{"$foo":1},"limit":1},{"q":{"_id":3},"limit":1}]}`}},
		{"delete with a bad filter, ordered", three, nil, []string{`{"delete":"things","deletes":[{"q":{"_id":1},"limit":1},{"q":{"$foo":1},"limit":1},{"q":{"_id":3},"limit":1}]}`}},
		{"delete with an unknown field", three, nil, []string{`{"delete":"things","deletes":[{"q":{},"limit":0,"foo":1}]}`}},
		{"delete with an unknown option", three, nil, []string{`{"delete":"things","deletes":[{"q":{},"limit":0}],"foo":1}`}},
		{"delete with a hint of nothing", three, nil, []string{`{"delete":"things","deletes":[{"q":{},"limit":0,"hint":"a_1"}]}`}},
		{"delete in a collection that is not there", nil, nil, []string{`{"delete":"nothing","deletes":[{"q":{},"limit":0}]}`}},
		{"delete and insert again", three, []string{`{"a":1}`}, []string{remove(`{"_id":1}`, 1), insert(`{"_id":1,"a":9}`), find(`{"a":9}`)}},
	}
}

func aggregateCases() []conformanceCase {
	var cases []conformanceCase
	for _, p := range []string{
		``, `{"$match":{"age":36}}`, `{"$match":{"age":36}},{"$sort":{"_id":-1}}`, `{"$sort":{"age":-1,"_id":1}},{"$limit":2}`,
		`{"$match":{"age":36}},{"$count":"n"}`, `{"$match":{"age":1}},{"$count":"n"}`, `{"$count":"n"}`,
		`{"$group":{"_id":null,"n":{"$sum":1}}}`, `{"$group":{"_id":1,"n":{"$sum":1}}}`, `{"$match":{"age":1}},{"$group":{"_id":1,"n":{"$sum":1}}}`,
		`{"$group":{"_id":"$age","n":{"$sum":1}}},{"$sort":{"_id":1}}`, `{"$group":{"_id":"$home.city","n":{"$sum":"$age"}}},{"$sort":{"_id":1}}`,
		`{"$group":{"_id":"$nope","n":{"$sum":"$age"}}}`, `{"$group":{"_id":null,"n":{"$sum":"$name"},"m":{"$sum":2.5},"o":{"$sum":"$nope"}}}`,
		`{"$group":{"_id":"$tags","n":{"$sum":1}}},{"$match":{"n":1}},{"$count":"c"}`, `{"$group":{"_id":null,"n":{"$sum":{"$numberLong":"1"}}}}`,
		`{"$group":{"_id":null,"n":{"$sum":2147483647}}}`, `{"$group":{"_id":"x","n":{"$sum":1},"m":{"$sum":-1}}}`, `{"$group":{"_id":"$age"}},{"$sort":{"_id":1}}`,
		`{"$group":{"_id":"$age","n":{"$sum":1}}},{"$match":{"n":{"$gt":1}}}`, `{"$group":{"_id":"$age","n":{"$sum":1}}},{"$sort":{"n":-1,"_id":1}},{"$limit":1}`,
		`{"$sort":{"_id":1}},{"$limit":3},{"$match":{"age":36}}`, `{"$sort":{"_id":1}},{"$limit":3},{"$sort":{"name":-1}},{"$limit":2}`, `{"$sort":{"_id":1}},{"$limit":3},{"$count":"n"}`,
		`{"$limit":0}`, `{"$limit":-1}`, `{"$limit":"x"}`, `{"$sort":{}}`, `{"$sort":1}`, `{"$match":1}`, `{"$match":{"$foo":1}}`, `{"$count":""}`, `{"$count":1}`, `{"$count":"$n"}`, `{"$count":"a.b"}`,
		`{"$foo":1}`, `{"$match":{},"$limit":1}`, `{}`, `{"$group":1}`, `{"$group":{"n":{"$sum":1}}}`, `{"$group":{"_id":null,"n":1}}`, `{"$group":{"_id":null,"n":{"$foo":1}}}`,
		`{"$group":{"_id":null,"n":{}}}`, `{"$group":{"_id":null,"n":{"$sum":1,"$avg":1}}}`, `{"$group":{"_id":null,"a.b":{"$sum":1}}}`,
		`{"$project":{"name":1}}`, `{"$skip":1}`, `{"$unwind":"$tags"}`, `{"$facet":{"x":[{"$count":"n"}]}}`, `{"$lookup":{"from":"x","localField":"a","foreignField":"b","as":"c"}}`, `{"$group":{"_id":{"a":"$age"},"n":{"$sum":1}}}`, `{"$group":{"_id":null,"n":{"$avg":"$age"}}}`,
		`{"$group":{"_id":null,"n":{"$sum":{"$add":[1,"$age"]}}}}`, `{"$out":"x"}`,
	} {
		cases = append(cases, conformanceCase{name: "aggregate " + p, start: people(), commands: []string{aggregation(p)}})
	}
	return append(cases, []conformanceCase{
		{"aggregate without cursor", people(), nil, []string{`{"aggregate":"things","pipeline":[]}`}},
		{"aggregate without pipeline", people(), nil, []string{`{"aggregate":"things","cursor":{}}`}},
		{"aggregate in batches", people(), nil, []string{`{"aggregate":"things","pipeline":[{"$sort":{"_id":1}}],"cursor":{"batchSize":2}}`, "more"}},
		{"aggregate with an unknown option", people(), nil, []string{`{"aggregate":"things","pipeline":[],"cursor":{},"foo":1}`}},
		{"aggregate in a collection that is not there", nil, nil, []string{`{"aggregate":"nothing","pipeline":[{"$count":"n"}],"cursor":{}}`}},
		{"aggregate by an index", people(), []string{`{"age":1}`}, []string{aggregation(`{"$match":{"age":{"$gte":36}}},{"$sort":{"age":1,"_id":1}}`)}},
	}...)
}

func indexCases() []conformanceCase {
	list := `{"listIndexes":"things"}`
	three := []string{`{"_id":1,"a":1,"open":true}`, `{"_id":2,"a":2,"open":false}`, `{"_id":3,"a":3,"b":1}`}
	return []conformanceCase{
		{"create an index", three, nil, []string{createIndexes(`{"key":{"a":1},"name":"a_1"}`), list}},
		{"create it twice", three, nil, []string{createIndexes(`{"key":{"a":1},"name":"a_1"}`), createIndexes(`{"key":{"a":1},"name":"a_1"}`), list}},
		{"create several, one there", three, []string{`{"a":1}`}, []string{createIndexes(`{"key":{"a":1},"name":"a_1"},{"key":{"b":-1,"a":1},"name":"ba"}`), list}},
		{"create in a new collection", nil, nil, []string{createIndexes(`{"key":{"a":1},"name":"a_1"}`), list}},
		{"same name, another key", three, []string{`{"a":1}`}, []string{createIndexes(`{"key":{"b":1},"name":"a_1"}`)}},
		{"same key, another name", three, []string{`{"a":1}`}, []string{createIndexes(`{"key":{"a":1},"name":"x"}`)}},
		{"same name and key, another expiry", three, []string{`{"a":1}`}, []string{createIndexes(`{"key":{"a":1},"name":"a_1","expireAfterSeconds":5}`)}},
		{"same name and key, another partial filter", three, []string{`{"a":1}`}, []string{createIndexes(`{"key":{"a":1},"name":"a_1","partialFilterExpression":{"open":true}}`)}},
		{"same key, partial and not, two names", three, []string{`{"a":1}`}, []string{createIndexes(`{"key":{"a":1},"name":"x","partialFilterExpression":{"open":true}}`), list}},
		{"partial index", three, nil, []string{
			createIndexes(`{"key":{"a":1},"name":"p","partialFilterExpression":{"open":true}}`), list,
			find(`{"a":{"$gt":0}}`), find(`{"open":true,"a":{"$gt":0}}`), find(`{"open":false,"a":{"$gt":0}}`),
			update(`{"_id":2}`, `{"$set":{"open":true}}`), find(`{"open":true,"a":{"$gt":0}}`), update(`{"_id":1}`, `{"$unset":{"open":1}}`), find(`{"open":true,"a":{"$gt":0}}`),
		}},
		{"partial index on existence", three, nil, []string{
			createIndexes(`{"key":{"a":1},"name":"p","partialFilterExpression":{"b":{"$exists":true}}}`), list,
			find(`{"a":{"$gt":0}}`), find(`{"b":1,"a":{"$gt":0}}`), find(`{"b":{"$exists":true},"a":{"$gt":0}}`), find(`{"b":null,"a":{"$gt":0}}`),
		}},
		{"partial index with another operator", three, nil, []string{createIndexes(`{"key":{"a":1},"name":"p","partialFilterExpression":{"b":{"$ne":1}}}`)}},
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
		{"index over parallel arrays that are there", []string{`{"_id":1,"a":[1],"b":[2]}`}, nil, []string{createIndexes(`{"key":{"a":1,"b":1},"name":"x"}`), list}},
		{"list the indexes of nothing", nil, nil, []string{`{"listIndexes":"nothing"}`}},
		{"multikey range on two items", []string{`{"_id":1,"a":[1,9]}`, `{"_id":2,"a":5}`}, []string{`{"a":1}`}, []string{find(`{"a":{"$gt":3,"$lt":7}}`)}},
		{"multikey in a compound index", []string{`{"_id":1,"k":["x","y"],"at":3}`, `{"_id":2,"k":["y"],"at":1}`, `{"_id":3,"k":["x"],"at":2}`, `{"_id":4,"k":[],"at":0}`}, []string{`{"k":1,"at":1,"_id":1}`}, []string{
			find(`{"k":"x"}`, `"sort":{"at":1}`), find(`{"k":{"$in":["x","y"]}}`, `"sort":{"at":1,"_id":1}`), find(`{"k":{"$in":["x","y"]},"at":{"$gte":2}}`, `"sort":{"at":1,"_id":1},"limit":1`),
			find(`{"k":{"$in":["x","y"]}}`, `"sort":{"at":-1,"_id":-1},"batchSize":1`), "more", "more",
		}},
		{"descending compound index", []string{`{"_id":1,"d":"x","c":1}`, `{"_id":2,"d":"x","c":3}`, `{"_id":3,"d":"x","c":2}`, `{"_id":4,"d":"x","c":3}`}, []string{`{"d":1,"c":-1,"_id":-1}`}, []string{
			find(`{"d":"x"}`, `"sort":{"c":-1,"_id":-1}`), find(`{"d":"x"}`, `"sort":{"c":1,"_id":1}`), find(`{"d":"x","c":{"$lt":3}}`, `"sort":{"c":-1,"_id":-1}`),
			find(`{"d":"x","c":{"$gte":2}}`, `"sort":{"c":-1,"_id":-1},"batchSize":2`), "more", find(`{"d":"x","c":{"$gt":1,"$lte":3}}`, `"sort":{"c":-1,"_id":1}`),
		}},
		{"keyset pages", []string{`{"_id":1,"at":1}`, `{"_id":2,"at":1}`, `{"_id":3,"at":2}`, `{"_id":4,"at":1}`}, []string{`{"at":1,"_id":1}`}, []string{
			find(`{"at":{"$gte":1},"$or":[{"at":{"$gt":1}},{"_id":{"$gt":1}}]}`, `"sort":{"at":1,"_id":1},"limit":2`),
			find(`{"$or":[{"at":{"$gt":1}},{"at":1,"_id":{"$gt":2}}]}`, `"sort":{"at":1,"_id":1},"limit":2`),
		}},
	}
}

func commandCases() []conformanceCase {
	var cases []conformanceCase
	for _, c := range []string{
		`{"ping":1}`, `{"foo":1}`, `{"endSessions":[]}`, `{"drop":"nothing"}`, `{"count":"things"}`, `{"distinct":"things","key":"a"}`,
		`{"create":"new"}`, `{"collStats":"things"}`, `{"renameCollection":"a.b","to":"a.c"}`, `{"explain":{"find":"things"}}`, `{"ping":1,"foo":1}`,
		`{"find":1}`, `{"createIndexes":"things"}`, `{"insert":"things","documents":[{"_id":1}],"txnNumber":{"$numberLong":"1"}}`, `{"find":"things","startTransaction":true}`,
		`{"insert":"things","documents":[{"_id":1}],"writeConcern":{"w":1}}`, `{"insert":"things","documents":[{"_id":1}],"writeConcern":{"foo":1}}`,
		`{"listCollections":1,"nameOnly":true,"filter":{"name":"things"}}`, `{"dropDatabase":1}`,
	} {
		cases = append(cases, conformanceCase{name: "command " + c, start: people(), commands: []string{c}})
	}
	return append(cases,
		conformanceCase{"drop", people(), []string{`{"age":1}`}, []string{`{"drop":"things"}`, find(`{}`), insert(`{"_id":"p1"}`), `{"listIndexes":"things"}`}},
		conformanceCase{"a cursor on a dropped collection", people(), nil, []string{find(`{}`, `"sort":{"_id":1},"batchSize":2`), `{"drop":"things"}`, "more"}},
	)
}
