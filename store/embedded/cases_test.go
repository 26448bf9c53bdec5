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

// conformanceCases is the whole table.
func conformanceCases() []conformanceCase {
	cases := filterCases()
	cases = append(cases, findCases()...)
	cases = append(cases, insertCases()...)
	cases = append(cases, updateCases()...)
	cases = append(cases, upsertCases()...)
	cases = append(cases, deleteCases()...)
	cases = append(cases, countCases()...)
	cases = append(cases, indexCases()...)
	return append(cases, commandCases()...)
}
