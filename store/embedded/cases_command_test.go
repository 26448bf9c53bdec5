package embedded

func countCases() []conformanceCase {
	var cases []conformanceCase
	for _, options := range []string{
		`"query":{}`, `"query":{"age":36}`, `"query":{"age":{"$gte":36}},"limit":2`, `"query":{"age":1}`, `"query":{"age":36},"limit":0`,
		`"query":{"age":36},"readConcern":{"level":"local"},"maxTimeMS":10000`, `"query":{"tags":"y"},"hint":"age_1"`,
		`"query":{},"hint":"nothing"`, `"query":{},"hint":{"age":1}`, `"query":{},"hint":1`, `"query":{"$foo":1}`, `"query":1`,
		`"query":{},"limit":-2`, `"query":{},"skip":1`, `"query":{},"foo":1`, `"query":{},"collation":{"locale":"en"}`,
	} {
		cases = append(cases, conformanceCase{
			name: "count " + options, start: people(), indexes: []string{`{"age":1}`}, commands: []string{`{"count":"things",` + options + `}`},
		})
	}
	return append(cases,
		conformanceCase{"count without a query", people(), nil, []string{`{"count":"things"}`}},
		conformanceCase{"count in a collection that is not there", nil, nil, []string{`{"count":"nothing","query":{"a":1}}`}},
	)
}

func commandCases() []conformanceCase {
	var cases []conformanceCase
	for _, c := range []string{
		`{"ping":1}`, `{"foo":1}`, `{"endSessions":[]}`, `{"drop":"nothing"}`, `{"findAndModify":"things","query":{"_id":1},"remove":true}`,
		`{"aggregate":"things","pipeline":[{"$count":"n"}],"cursor":{}}`, `{"distinct":"things","key":"a"}`,
		`{"create":"new"}`, `{"collStats":"things"}`, `{"renameCollection":"a.b","to":"a.c"}`, `{"explain":{"find":"things"}}`,
		`{"ping":1,"foo":1}`,
		`{"find":1}`, `{"createIndexes":"things"}`, `{"insert":"things","documents":[{"_id":1}],"txnNumber":{"$numberLong":"1"}}`,
		`{"find":"things","startTransaction":true}`,
		`{"insert":"things","documents":[{"_id":1}],"writeConcern":{"w":1}}`,
		`{"insert":"things","documents":[{"_id":1}],"writeConcern":{"foo":1}}`,
		`{"insert":"things","documents":[{"_id":1}],"writeConcern":{"w":"majority","j":true}}`,
		`{"listCollections":1,"nameOnly":true,"filter":{"name":"things"}}`, `{"dropIndexes":"things","index":"*"}`,
	} {
		cases = append(cases, conformanceCase{name: "command " + c, start: people(), commands: []string{c}})
	}
	return cases
}
