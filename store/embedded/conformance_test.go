package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

var updateGolden = flag.Bool("update", false, "record the golden file from the server that TOCSIN_TEST_MONGODB_URI names")

const goldenFile = "conformance.golden.json"

// TestCommandsAnswerAsMongoDBDoes runs the table on the engine and compares each reply with that of a MongoDB server: the
// one in TOCSIN_TEST_MONGODB_URI or, without it, the recorded replies of one. The engine may refuse what MongoDB answers,
// but may not answer otherwise.
func TestCommandsAnswerAsMongoDBDoes(t *testing.T) {
	_, client := open(t, Options{NoSync: true})
	got := runCases(t, client, "conformance")
	want := wantedReplies(t)
	counts := map[string]int{}
	for _, c := range conformanceCases() {
		result := compare(got[c.name], want[c.name])
		counts[result]++
		switch result {
		case "different":
			t.Errorf("%s\n got %s\nwant %s", c.name, strings.Join(got[c.name], "\n     "), strings.Join(want[c.name], "\n     "))
		case "refused strictly":
			t.Logf("refused strictly: %s", c.name)
		}
	}
	t.Logf("identical %d, refused strictly %d, different %d, of %d cases",
		counts["identical"], counts["refused strictly"], counts["different"], len(conformanceCases()))
}

func wantedReplies(t *testing.T) map[string][]string {
	t.Helper()
	uri := os.Getenv("TOCSIN_TEST_MONGODB_URI")
	path := filepath.Join("testdata", goldenFile)
	if uri == "" {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string][]string
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		return want
	}
	server := dial(t, uri)
	name := fmt.Sprintf("conformance_%d", os.Getpid())
	want := runCases(t, server, name)
	if err := server.Database(name).Drop(context.Background()); err != nil {
		t.Error(err)
	}
	if *updateGolden {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		if err := enc.Encode(want); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

func dial(t *testing.T, uri string) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return client
}

// compare returns "identical"; "refused strictly" where the first difference is that the engine refuses; else "different".
func compare(got, want []string) string {
	for i := range want {
		switch {
		case i < len(got) && got[i] == want[i]:
		case i < len(got) && isErrorReply(got[i]) && !isErrorReply(want[i]):
			return "refused strictly"
		case i < len(got) && isUnsupported(got[i]) && isErrorReply(want[i]):
			return "refused strictly" // by a refusal that comes before the one of the server
		default:
			return "different"
		}
	}
	if want == nil || len(got) != len(want) {
		return "different"
	}
	return "identical"
}

func isErrorReply(reply string) bool {
	if strings.HasPrefix(reply, `"code":{"$numberInt":"1"}`) {
		return false // a fault of the engine is no refusal
	}
	return strings.HasPrefix(reply, `"code":`) || strings.Contains(reply, `"writeErrors[0]"`)
}

// isUnsupported reports whether a reply says that the engine does not support what was asked.
func isUnsupported(reply string) bool {
	return regexp.MustCompile(`"code":\{"\$numberInt":"(20|59|238|40415)"\}`).MatchString(reply)
}

func runCases(t *testing.T, client *mongo.Client, database string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	db := client.Database(database)
	for i, c := range conformanceCases() {
		if all[c.name] != nil {
			t.Fatalf("two cases are called %q", c.name)
		}
		all[c.name] = runCase(t, db, c, i)
	}
	return all
}

// runCase runs the case on collections of its own: the engine cannot drop one.
func runCase(t *testing.T, db *mongo.Database, c conformanceCase, number int) []string {
	t.Helper()
	ctx := t.Context()
	run := func(command string) (bson.Raw, error) {
		for _, name := range []string{"things", "nothing", "new"} {
			command = strings.ReplaceAll(command, `:"`+name+`"`, fmt.Sprintf(`:"%s_%d"`, name, number))
		}
		return run(ctx, db, command)
	}
	mustRun := func(command string) {
		if reply, err := run(command); err != nil || reply.Lookup("writeErrors").Type != 0 {
			t.Fatalf("%s: %s: %v", command, reply, err)
		}
	}
	if len(c.start) > 0 {
		mustRun(insert(strings.Join(c.start, ",")))
	}
	for i, x := range c.indexes {
		var key bson.D
		if err := bson.UnmarshalExtJSON([]byte(x), false, &key); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%s_%v", key[0].Key, key[0].Value)
		if i > 0 || len(key) > 1 {
			name = fmt.Sprintf("index %d", i)
		}
		mustRun(createIndexes(fmt.Sprintf(`{"key":%s,"name":%q}`, x, name)))
	}
	var replies []string
	writes := regexp.MustCompile(`"(insert|update|delete)":`)
	cursor := int64(0)
	commands := c.commands
	if writes.MatchString(strings.Join(commands, "")) {
		commands = append(slices.Clone(commands), find(`{}`)) // what is there in the end
	}
	for _, command := range commands {
		switch command {
		case "more":
			command = fmt.Sprintf(`{"getMore":{"$numberLong":"%d"},"collection":"things","batchSize":2}`, cursor)
		case "kill":
			command = fmt.Sprintf(`{"killCursors":"things","cursors":[{"$numberLong":"%d"}]}`, cursor)
		}
		reply, err := run(command)
		if err != nil {
			reply = rawOf(err)
		}
		if reply == nil {
			t.Fatalf("%s: %s: %v", c.name, command, err)
		}
		if id, ok := reply.Lookup("cursor", "id").Int64OK(); ok {
			cursor = id
		}
		replies = append(replies, normalised(t, db.Name(), reply))
	}
	return replies
}

// rawOf returns the reply from which the driver has made an error.
func rawOf(err error) bson.Raw {
	var failed mongo.CommandError
	if errors.As(err, &failed) {
		return failed.Raw
	}
	var refused mongo.WriteException
	if errors.As(err, &refused) {
		return refused.Raw
	}
	return nil
}

func mustRun(t *testing.T, db *mongo.Database, command string) {
	t.Helper()
	reply, err := run(t.Context(), db, command)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	if reply.Lookup("writeErrors").Type != 0 {
		t.Fatalf("%s: %s", command, reply)
	}
}

func run(ctx context.Context, db *mongo.Database, command string) (bson.Raw, error) {
	var d bson.D
	if err := bson.UnmarshalExtJSON([]byte(command), false, &d); err != nil {
		return nil, err
	}
	reply, err := db.RunCommand(ctx, d).Raw()
	return reply, err
}

// normalised returns what must agree between servers: no messages, no times, no made-up identifiers, and the fields of the
// reply in order of name. Documents keep the order of their fields.
func normalised(t *testing.T, database string, reply bson.Raw) string {
	t.Helper()
	elements, err := reply.Elements()
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, e := range elements {
		switch name := e.Key(); name {
		case "ok", "errmsg", "codeName", "operationTime", "$clusterTime", "electionId", "opTime", "commitQuorum", "dropped", "note":
		case "writeErrors":
			items, _ := e.Value().Array().Values()
			for i, item := range items {
				parts[fmt.Sprintf("writeErrors[%d]", i)] = normalised(t, database, item.Document())
			}
		case "lastErrorObject":
			parts[name] = normalised(t, database, e.Value().Document())
		case "cursor":
			cursor := e.Value().Document()
			for _, batch := range []string{"firstBatch", "nextBatch"} {
				if v := cursor.Lookup(batch); v.Type != 0 {
					parts[batch] = jsonOf(t, v)
				}
			}
			parts["more"] = fmt.Sprint(cursor.Lookup("id").AsInt64() != 0)
		default:
			parts[name] = jsonOf(t, e.Value())
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		fmt.Fprintf(&b, "%q:%s ", name, parts[name])
	}
	text := regexp.MustCompile(`"\$oid":"[1-9a-f][0-9a-f]{23}"`).ReplaceAllString(b.String(), `"$oid":"made up"`)
	text = regexp.MustCompile(`("cursorsKilled":)\[[^]]+\]`).ReplaceAllString(text, `$1["a cursor"]`)
	text = strings.ReplaceAll(text, database, "conformance")
	return strings.TrimSpace(text)
}

func jsonOf(t *testing.T, v bson.RawValue) string {
	t.Helper()
	b, err := bson.MarshalExtJSON(bson.D{{Key: "v", Value: v}}, true, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[len(`{"v":`) : len(b)-1])
}
