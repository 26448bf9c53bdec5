package embedded

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
