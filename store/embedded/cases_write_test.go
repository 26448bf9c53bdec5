package embedded

func insertCases() []conformanceCase {
	return []conformanceCase{
		{"insert one", nil, nil, []string{insert(`{"_id":1,"a":1}`)}},
		{"insert makes an _id and puts it first", nil, nil, []string{insert(`{"b":2,"a":1}`)}},
		{"insert moves the _id to the front", nil, nil, []string{insert(`{"b":2,"_id":7,"a":1}`)}},
		{"insert a duplicate", []string{`{"_id":1}`}, nil, []string{insert(`{"_id":1}`)}},
		{"insert a duplicate of another number type", []string{`{"_id":1}`}, nil, []string{
			insert(`{"_id":1.0}`), insert(`{"_id":{"$numberLong":"1"}}`),
		}},
		{"insert ordered stops at the duplicate", nil, nil, []string{insert(`{"_id":1},{"_id":1},{"_id":2}`)}},
		{"insert unordered goes on after the duplicate", nil, nil, []string{
			insert(`{"_id":1},{"_id":1},{"_id":2},{"_id":2},{"_id":3}`, `"ordered":false`),
		}},
		{"insert an _id that is an array", nil, nil, []string{insert(`{"_id":[1]}`)}},
		{"insert an _id that is a document", nil, nil, []string{
			insert(`{"_id":{"a":1,"b":2}}`), insert(`{"_id":{"b":2,"a":1}}`), insert(`{"_id":{"a":1,"b":2}}`),
		}},
		{"insert an _id that is null", nil, nil, []string{insert(`{"_id":null}`), insert(`{"_id":null}`)}},
		{"insert ids of every kind", nil, nil, []string{
			insert(
				`{"_id":"1"},{"_id":1},{"_id":true},{"_id":{"$date":"2026-01-01T00:00:00Z"}},` +
					`{"_id":{"$oid":"000000000000000000000001"}},{"_id":""},{"_id":1.5},{"_id":{"$binary":{"base64":"AQ==",` +
					`"subType":"00"}}}`,
			),
		}},
		{"insert nothing", nil, nil, []string{insert(``)}},
		{"insert without documents", nil, nil, []string{`{"insert":"things"}`}},
		{"insert into no collection", nil, nil, []string{`{"insert":"","documents":[{"_id":1}]}`}},
		{"insert into a collection with a dollar", nil, nil, []string{`{"insert":"a$b","documents":[{"_id":1}]}`}},
		{"insert with write concern", nil, nil, []string{
			insert(`{"_id":1}`, `"writeConcern":{"w":"majority","j":true,"wtimeout":1000}`),
		}},
		{"insert with an unknown option", nil, nil, []string{insert(`{"_id":1}`, `"foo":1`)}},
		{"insert a field that starts with a dollar", nil, nil, []string{insert(`{"_id":1,"a":{"$b":1}}`)}},
		{"insert a decimal", nil, nil, []string{insert(`{"_id":1,"a":{"$numberDecimal":"1.5"}}`)}},
		{"insert a name with a dot", nil, nil, []string{insert(`{"_id":1,"a":{"b.c":1}}`), find(`{"a.b.c":1}`)}},
		{"insert types and read them back", nil, nil, []string{
			insert(
				`{"_id":1,"i":1,"l":{"$numberLong":"1"},"d":1.0,"s":"x","n":null,"b":true,` +
					`"t":{"$date":"2026-01-01T00:00:00.123Z"},"o":{"x":[1,[2],{"y":3}]},"u":{"$binary":{"base64":"AQID",` +
					`"subType":"04"}}}`,
			),
		}},
		{"insert a second array into a compound index", nil, []string{`{"a":1,"b":1}`}, []string{
			insert(`{"_id":1,"a":[1,2],"b":1}`), insert(`{"_id":2,"a":[1],"b":[2]}`), insert(`{"_id":3,"a":1,"b":[1,2]}`),
		}},
	}
}

func updateCases() []conformanceCase {
	one := []string{
		`{"_id":1,"n":5,"l":{"$numberLong":"5"},"d":1.5,"s":"x","o":{"a":1,"b":{"c":2}},"arr":[1,{"x":1}],"z":null,` +
			`"t":{"$date":"2026-01-02T00:00:00Z"}}`,
	}
	var cases []conformanceCase
	for _, u := range []string{
		`{"$set":{"n":6}}`, `{"$set":{"n":5}}`, `{"$set":{"n":5.0}}`, `{"$set":{"y":1,"c":2,"b":3}}`, `{"$set":{"o.a":2}}`,
		`{"$set":{"o.n":2}}`, `{"$set":{"p.q.r":2}}`,
		`{"$set":{"s.a":1}}`, `{"$set":{"z.a":1}}`, `{"$set":{"arr.a":1}}`, `{"$set":{"o":{"x":1}}}`, `{"$set":{}}`,
		`{"$set":{"n":null}}`, `{"$set":{"arr":[]}}`,
		`{"$set":{"p.b":1,"p.a":2,"k":1}}`, `{"$set":{"b":1},"$inc":{"a":1},"$min":{"c":1}}`,
		`{"$set":1}`, `{"$set":{"":1}}`, `{"$set":{"a..b":1}}`, `{"$set":{"$a":1}}`, `{"$set":{"a.$b":1}}`,
		`{"$set":{"_id":1}}`, `{"$set":{"_id":2}}`, `{"$unset":{"_id":1}}`, `{"$inc":{"_id":1}}`, `{"$inc":{"_id":0}}`,
		`{"$set":{"_id.x":1}}`,
		`{"$unset":{"n":1}}`, `{"$unset":{"nope":1}}`, `{"$unset":{"o.b.c":""}}`, `{"$unset":{"o.x.y":""}}`, `{"$unset":{"s.a":""}}`,
		`{"$unset":{"arr.x":""}}`,
		`{"$inc":{"n":1}}`, `{"$inc":{"n":2.5}}`, `{"$inc":{"n":{"$numberLong":"1"}}}`, `{"$inc":{"l":1}}`, `{"$inc":{"d":1}}`,
		`{"$inc":{"new":3}}`, `{"$inc":{"o.a":-1}}`,
		`{"$inc":{"s":1}}`, `{"$inc":{"z":1}}`, `{"$inc":{"n":"x"}}`, `{"$inc":{"n":2147483647}}`,
		`{"$inc":{"l":{"$numberLong":"9223372036854775807"}}}`, `{"$inc":{"n":0}}`,
		`{"$inc":{"arr":1}}`, `{"$inc":{"n":null}}`,
		`{"$min":{"n":9}}`, `{"$min":{"n":1}}`, `{"$min":{"n":5.0}}`, `{"$min":{"new":1}}`, `{"$min":{"n":"x"}}`, `{"$min":{"s":9}}`,
		`{"$min":{"n":null}}`, `{"$min":{"z":1}}`, `{"$min":{"o.b.c":7,"o.b.d":1}}`, `{"$max":{"n":9}}`,
		`{"$min":{"t":{"$date":"2026-01-03T00:00:00Z"}}}`, `{"$min":{"t":{"$date":"2026-01-01T00:00:00Z"}}}`,
		`{"$setOnInsert":{"q":1}}`, `{"$setOnInsert":{"q":1},"$inc":{"n":1}}`, `{"$set":{"n":1},"$inc":{"n":1}}`,
		`{"$set":{"o":1,"o.a":1}}`, `{"$set":{"o.a":1},"$unset":{"o":1}}`,
		`{"$set":{"n":1},"$setOnInsert":{"n":1}}`,
		`{"$foo":{"n":1}}`, `{"$set":{"n":1},"x":1}`, `{"x":1,"$set":{"n":1}}`, `{"x":1,"y":{"z":2}}`, `{}`, `{"_id":1,"x":1}`,
		`{"_id":2,"x":1}`, `{"x":1,"_id":1}`, `{"_id":1.0,"x":1}`,
		`{"$push":{"arr":1}}`, `{"$addToSet":{"arr":1}}`, `{"$rename":{"n":"m"}}`, `{"$mul":{"n":2}}`, `{"$currentDate":{"n":true}}`,
		`{"$pull":{"arr":1}}`,
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
		{"update many moves what the index is read by", three, []string{`{"a":1}`}, []string{
			update(`{"a":{"$gte":1}}`, `{"$inc":{"a":5}}`, `"multi":true`), find(`{"a":6}`), find(`{"a":1}`),
		}},
		{"update many with a replacement", three, nil, []string{update(`{"a":1}`, `{"b":1}`, `"multi":true`)}},
		{"update many fails half way", []string{`{"_id":1,"a":1}`, `{"_id":2,"a":"x"}`, `{"_id":3,"a":1}`}, nil, []string{
			update(`{}`, `{"$inc":{"a":1}}`, `"multi":true`),
		}},
		{"statements ordered", three, nil, []string{
			`{"update":"things","updates":[{"q":{"_id":1},"u":{"$inc":{"a":1}}},{"q":{"_id":2},"u":{"$inc":{"a":"x"}}},` +
				`{"q":{"_id":3},"u":{"$inc":{"a":1}}}]}`,
		}},
		{"statements unordered", three, nil, []string{
			`{"update":"things","ordered":false,"updates":[{"q":{"_id":1},"u":{"$inc":{"a":1}}},{"q":{"_id":2},` +
				`"u":{"$set":{"_id":5}}},{"q":{"_id":3},"u":{"$inc":{"a":1}}}]}`,
		}},
		{"statement with a bad filter among good ones", three, nil, []string{
			`{"update":"things","ordered":false,"updates":[{"q":{"_id":1},"u":{"$inc":{"a":1}}},{"q":{"$foo":2},` +
				`"u":{"$set":{"b":5}}},{"q":{"_id":3},"u":{"$inc":{"a":1}}}]}`,
		}},
		{"compare and set", []string{`{"_id":1,"rev":1}`}, nil, []string{
			update(`{"_id":1,"rev":1}`, `{"_id":1,"rev":2}`), update(`{"_id":1,"rev":1}`, `{"_id":1,"rev":3}`),
		}},
		{"update with an unknown field", three, nil, []string{update(`{"_id":1}`, `{"$set":{"a":1}}`, `"foo":1`)}},
		{"update with array filters", three, nil, []string{update(`{"_id":1}`, `{"$set":{"a":1}}`, `"arrayFilters":[]`)}},
		{"update with a hint", three, []string{`{"a":1}`}, []string{update(`{"a":1}`, `{"$set":{"b":1}}`, `"multi":true,"hint":"a_1"`)}},
		{"update with a hint of nothing", three, nil, []string{update(`{"a":1}`, `{"$set":{"b":1}}`, `"hint":"a_1"`)}},
		{"update without u", three, nil, []string{`{"update":"things","updates":[{"q":{}}]}`}},
		{"update without statements", three, nil, []string{`{"update":"things","updates":[]}`}},
		{"update keeps indexes", three, []string{`{"a":1}`, `{"b":-1,"a":1}`}, []string{
			update(`{"_id":1}`, `{"$set":{"a":7,"b":[1,2]}}`), find(`{"a":7}`), find(`{"b":2}`),
			update(`{"_id":1}`, `{"$unset":{"b":1}}`), find(`{"b":2}`), find(`{"b":null,"a":7}`),
		}},
		{"update in a collection that is not there", nil, nil, []string{
			`{"update":"nothing","updates":[{"q":{},"u":{"$set":{"a":1}}}]}`,
			`{"listIndexes":"nothing"}`,
		}},
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
		{`{"_id":1,"$or":[{"a":5}]}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"$or":[{"a":5},{"a":6}]}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"a":{"$in":[5]}}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"a":{"$in":[5,6]}}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"a.b":5}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"a.b":5}`, `{"$set":{"a.c":1}}`},
		{`{"_id":1,"a":5}`, `{"$set":{"a":6}}`},
		{`{"_id":1,"a":5}`, `{"$inc":{"a":6}}`},
		{`{"_id":1,"a":5}`, `{"$set":{"a.b":6}}`},
		{`{"_id":1,"a":5,"$or":[{"a":5}]}`, `{"$set":{"c":1}}`},
		{`{"_id":1,"$or":[{"a":5,"b":{"$eq":6}}]}`, `{"$set":{"c":1}}`},
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
		{`{"_id":1}`, `{"$min":{"a":4,"b":5}}`},
		{`{"_id":1,"a":null}`, `{"$set":{"b":1}}`},
		{`{"_id":1,"a":{"$exists":false}}`, `{"$set":{"b":1}}`},
		{`{"_id":1,"a":{"$ne":3}}`, `{"$set":{"b":1}}`},
		{`{"_id":{"x":1,"y":2}}`, `{"$set":{"b":1}}`},
		{`{"_id.x":1}`, `{"$set":{"b":1}}`},
		{`{"_id":1}`, `{"$set":{"_id":[1]}}`},
		{`{"a":1}`, `{"$set":{"_id":[1]}}`},
		{`{"_id":1}`, `{"$setOnInsert":{"z":1,"b":2},"$set":{"m":1,"a":3},"$inc":{"k":1}}`},
	} {
		cases = append(cases, conformanceCase{
			name: "upsert " + c[0] + " " + c[1], commands: []string{update(c[0], c[1], `"upsert":true`)},
		})
	}
	return append(cases, []conformanceCase{
		{"upsert twice", nil, nil, []string{
			update(`{"_id":1}`, `{"$inc":{"n":1},"$setOnInsert":{"at":1}}`, `"upsert":true`),
			update(`{"_id":1}`, `{"$inc":{"n":1},"$setOnInsert":{"at":2}}`, `"upsert":true`),
		}},
		{"upsert meets another revision", []string{`{"_id":1,"rev":2}`}, nil, []string{
			update(`{"_id":1,"rev":1}`, `{"$set":{"a":1}}`, `"upsert":true`),
		}},
		{"upsert many statements", []string{`{"_id":2}`}, nil, []string{
			`{"update":"things","ordered":false,"updates":[{"q":{"_id":1},"u":{"$set":{"a":1}},"upsert":true},{"q":{"_id":2},` +
				`"u":{"$set":{"a":1}},"upsert":true},{"q":{"_id":3},"u":{"a":1},"upsert":true}]}`,
		}},
		{"upsert with multi", nil, nil, []string{update(`{"_id":1}`, `{"$set":{"a":1}}`, `"upsert":true,"multi":true`)}},
		{"upsert with a generated _id", nil, nil, []string{update(`{"a":1}`, `{"$set":{"b":1}}`, `"upsert":true`)}},
		{"replacement upsert with a generated _id", nil, nil, []string{update(`{"a":1}`, `{"b":1}`, `"upsert":true`)}},
	}...)
}
