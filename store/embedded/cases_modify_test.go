package embedded

func findAndModifyCases() []conformanceCase {
	jobs := []string{
		`{"_id":1,"lane":"u","state":"due","due":5,"fence":0}`, `{"_id":2,"lane":"u","state":"due","due":3,"fence":0}`,
		`{"_id":3,"lane":"b","state":"due","due":1,"fence":0}`, `{"_id":4,"lane":"u","state":"done","due":1,"fence":0}`,
	}
	claim := `"query":{"lane":"u","state":"due","due":{"$lte":9}},"sort":{"due":1},"update":{"$set":{"due":99,"owner":"me"},` +
		`"$inc":{"fence":1}}`
	return []conformanceCase{
		{"findAndModify: claim, before", jobs, []string{`{"lane":1,"state":1,"due":1}`}, []string{modify(claim)}},
		{"findAndModify: claim, after", jobs, []string{`{"lane":1,"state":1,"due":1}`}, []string{
			modify(claim + `,"new":true`), modify(claim + `,"new":true`), modify(claim + `,"new":true`),
		}},
		{"findAndModify: claim without index", jobs, nil, []string{
			modify(claim + `,"new":true`), modify(claim + `,"new":true`), modify(claim + `,"new":true`),
		}},
		{"findAndModify: claim with fields", jobs, nil, []string{modify(claim + `,"new":true,"fields":{"fence":1}`)}},
		{"findAndModify: claim by falling order", jobs, []string{`{"due":-1}`}, []string{
			modify(`"query":{"state":"due"},"sort":{"due":-1},"update":{"$set":{"state":"x"}}`),
		}},
		{"findAndModify: no match", jobs, nil, []string{modify(`"query":{"_id":9},"update":{"$set":{"a":1}}`)}},
		{"findAndModify: no match and upsert", jobs, nil, []string{modify(`"query":{"_id":9},"update":{"$set":{"a":1}},"upsert":true`)}},
		{"findAndModify: no match and upsert, after", jobs, nil, []string{
			modify(`"query":{"_id":9,"k":1},"update":{"$inc":{"a":1}},"upsert":true,"new":true`),
		}},
		{"findAndModify: upsert of an existing", jobs, nil, []string{
			modify(`"query":{"_id":1},"update":{"$inc":{"fence":1}},"upsert":true,"new":true`),
		}},
		{"findAndModify: upsert with a generated _id", jobs, nil, []string{
			modify(`"query":{"k":7},"update":{"$inc":{"a":1}},"upsert":true,"new":true`),
		}},
		{"findAndModify: upsert meets a duplicate", jobs, nil, []string{
			modify(`"query":{"_id":1,"fence":9},"update":{"$inc":{"a":1}},"upsert":true`),
		}},
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
		{"findAndModify: a hint", jobs, []string{`{"due":1}`}, []string{
			modify(`"query":{"state":"due","due":{"$gt":0}},"sort":{"due":1},"hint":"due_1","update":{"$set":{"a":1}},"new":true`),
		}},
		{"findAndModify: a hint of nothing", jobs, nil, []string{
			modify(`"query":{"state":"due"},"hint":"due_1","update":{"$set":{"a":1}}`),
		}},
		{"findAndModify: in a collection that is not there", nil, nil, []string{
			`{"findAndModify":"nothing","query":{},"update":{"$set":{"a":1}}}`,
		}},
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
		{"delete with a bad filter among good ones", three, nil, []string{
			`{"delete":"things","ordered":false,"deletes":[{"q":{"_id":1},"limit":1},{"q":{"$foo":1},"limit":1},{"q":{"_id":3},` +
				`"limit":1}]}`,
		}},
		{"delete with a bad filter, ordered", three, nil, []string{
			`{"delete":"things","deletes":[{"q":{"_id":1},"limit":1},{"q":{"$foo":1},"limit":1},{"q":{"_id":3},"limit":1}]}`,
		}},
		{"delete with an unknown field", three, nil, []string{`{"delete":"things","deletes":[{"q":{},"limit":0,"foo":1}]}`}},
		{"delete with an unknown option", three, nil, []string{`{"delete":"things","deletes":[{"q":{},"limit":0}],"foo":1}`}},
		{"delete with a hint of nothing", three, nil, []string{`{"delete":"things","deletes":[{"q":{},"limit":0,"hint":"a_1"}]}`}},
		{"delete in a collection that is not there", nil, nil, []string{`{"delete":"nothing","deletes":[{"q":{},"limit":0}]}`}},
		{"delete and insert again", three, []string{`{"a":1}`}, []string{
			remove(`{"_id":1}`, 1), insert(`{"_id":1,"a":9}`), find(`{"a":9}`),
		}},
	}
}
