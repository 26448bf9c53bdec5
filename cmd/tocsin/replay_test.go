package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/config"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
	"example.org/tocsin/store/embedded"
)

// TestTheReplayIsTakenLineByLine posts real reports, malformed ones and
// repeats, and looks at every answer and at what the database holds afterwards.
// TOCSIN_TEST_REPLAY_LINES sets how many (default 1,000; the file has 50,000, CI takes 4,000).
func TestTheReplayIsTakenLineByLine(t *testing.T) {
	file := corpus.Path(t, "replay_reports.jsonl.gz")
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		limit := "1000"
		if n := os.Getenv("TOCSIN_TEST_REPLAY_LINES"); n != "" {
			limit = n
		}
		fcm := newPushServer(t)
		fcm.start(t)
		environ = mergeEnviron(environ, fcm.environ())
		key := createKey(t, environ, models.ScopeReports, models.ScopeDevices, models.ScopeSignatures)
		p := startProgram(t, environ)
		var imported, table bytes.Buffer
		err := run(t.Context(), []string{
			"import", corpus.Path(t, "phones_benign.csv"), "--level", "imitated",
			"--server", p.server, "--key", key, "--refused", os.DevNull,
		}, environment{vars: environ, out: &imported, log: io.Discard})
		if err != nil {
			t.Fatalf("import: %v\n%s", err, imported.String())
		}
		err = run(t.Context(), []string{"replay", file, "--limit", limit, "--server", p.server, "--key", key, "--exposed", "5"},
			environment{vars: environ, out: &table, log: io.Discard})
		if err != nil {
			t.Errorf("replay: %v", err)
		}
		t.Logf("\n%s", table.String())
		if err := p.stop(); err != nil {
			t.Fatalf("stop: %v", err)
		}
		checkAnswers(t, table.String())
		facts := readFacts(t, file, limit)
		checkDatabase(t, environ, facts)
	})
}

// checkAnswers compares the closing table with what the file says of its lines.
func checkAnswers(t *testing.T, table string) {
	t.Helper()
	rows := map[string]int{}
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if n, err := strconv.Atoi(fields[len(fields)-1]); err == nil {
			rows[strings.Join(fields[:len(fields)-1], " ")] = n
		}
	}
	if rows["accepted"] == 0 || rows["repeated"] == 0 || rows["refused"] == 0 {
		t.Errorf("accepted %d, repeated %d, refused %d: the file has some of each", rows["accepted"], rows["repeated"], rows["refused"])
	}
	for row, n := range rows {
		accepted := regexp.MustCompile(`class malformed .* answered 201`).MatchString(row)
		if strings.Contains(row, "(dirty_phone)") && n <= 2 {
			continue // junk of a list that happens to be a number of the reporter's own country
		}
		if accepted || regexp.MustCompile(`answered 5`).MatchString(row) {
			t.Errorf("%s: %d, want none", row, n)
		}
	}
	if rows["repeated"] != rows["lines of class retry answered 201"] {
		t.Errorf("%d repeats for %d retries", rows["repeated"], rows["lines of class retry answered 201"])
	}
}

// facts is what the file says of its first lines.
type facts struct {
	personal []string        // made-up card and identity numbers of victims
	innocent map[string]bool // indicators that were reported falsely or by a brigade
}

// readFacts reads the first lines of the file, as many as limit says.
func readFacts(t *testing.T, path, limit string) facts {
	t.Helper()
	file, err := openReplay(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.close()
	maxLines, err := strconv.Atoi(limit)
	if err != nil {
		t.Fatal(err)
	}
	numbers := regexp.MustCompile(`(?:id |card |受害人卡号 ?)([0-9]{15,18}[0-9X])`)
	found := facts{innocent: map[string]bool{}}
	for file.line < maxLines {
		line, err := file.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if m := numbers.FindStringSubmatch(line.Narrative); m != nil {
			found.personal = append(found.personal, m[1])
		}
		if c := line.Truth.Class; c == "brigade" || c == "false_report" {
			_, link, isLink := strings.Cut(line.Truth.Canon, "://")
			found.innocent[line.Truth.Canon], found.innocent[link] = true, isLink
		}
	}
	if len(found.personal) == 0 || len(found.innocent) == 0 {
		t.Fatal("no personal number is planted in these lines, or nobody is blamed falsely: the check would be empty")
	}
	return found
}

// checkDatabase reads every document of every collection: none holds a planted
// personal number, and no signature of somebody who was blamed falsely warns.
func checkDatabase(t *testing.T, environ map[string]string, f facts) {
	t.Helper()
	documents, blamed := 0, 0
	for collection, document := range everyDocument(t, environ) {
		documents++
		for _, n := range f.personal {
			if bytes.Contains(document, []byte(n)) {
				t.Errorf("a planted personal number is in collection %s", collection)
			}
		}
		if collection != "signatures" {
			continue
		}
		var s models.Signature
		if err := bson.Unmarshal(document, &s); err != nil {
			t.Fatal(err)
		}
		if f.innocent[s.Value] {
			blamed++
			if s.Level.Warns() {
				t.Errorf("a signature of somebody who was blamed falsely has level %s", s.Level)
			}
		}
	}
	t.Logf("%d planted numbers looked for in %d documents; %d signatures of people blamed falsely", len(f.personal), documents, blamed)
	if documents == 0 || blamed == 0 {
		t.Error("the database holds nothing to check")
	}
}

// everyDocument yields every document of the program's database, with the name of
// its collection. The program must have ended.
func everyDocument(t *testing.T, environ map[string]string) func(yield func(string, bson.Raw) bool) {
	t.Helper()
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	opt := options.Client().ApplyURI(string(cfg.Mongo))
	if cfg.Mongo == "" {
		engine, err := embedded.Open(cfg.DataDir, embedded.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = engine.Close() }) // nothing was written
		opt = options.Client().ApplyURI("mongodb://embedded/?directConnection=true").SetDialer(engine)
	}
	client, err := mongo.Connect(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) }) // as above
	db := client.Database(cfg.Database)
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(string, bson.Raw) bool) {
		for _, name := range names {
			cursor, err := db.Collection(name).Find(t.Context(), bson.D{})
			if err != nil {
				t.Fatal(err)
			}
			for cursor.Next(t.Context()) {
				if !yield(name, cursor.Current) {
					return
				}
			}
			if err := cursor.Err(); err != nil {
				t.Fatalf("read %s: %v", name, err)
			}
		}
	}
}

func TestAReplayLineKeepsWhateverItsFieldsHold(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"a number", `{"kind":"phone","phone":"+12025550100"}`, `{"indicators":[{"kind":"phone","value":"+12025550100"}]}`},
		{"an object in place of a number", `{"kind":"phone","phone":{"$ne":null}}`, `{"indicators":[{"kind":"phone","value":{"$ne":null}}]}`},
		{"no kind", `{"phone":"+1"}`, `{"indicators":[{"value":"+1"}]}`},
		{"an unknown kind", `{"kind":"PHONE","phone":"+1"}`, `{"indicators":[{"kind":"PHONE","value":"+1"}]}`},
		{"the wrong field", `{"kind":"url","phone":"+1"}`, `{"indicators":[{"kind":"url","value":null}]}`},
		{"a message", `{"kind":"message","message":{"text":"hi","sender":null}}`, `{"message":{"text":"hi"}}`},
		{"a card", `{"kind":"account","account":{"type":"bank_card","value":"62"}}`, `{"indicators":[{"kind":"account","value":"card:62"}]}`},
		{"a coin", `{"kind":"account","account":{"type":"crypto","value":"1x"}}`, `{"indicators":[{"kind":"wallet","value":"1x"}]}`},
		{
			"an amount in words", `{"kind":"phone","phone":"+1","amount_lost":"5000"}`,
			`{"harm":{"amount":"5000"},"indicators":[{"kind":"phone","value":"+1"}]}`,
		},
		{
			"on behalf", `{"kind":"message","message":{"text":"x"},"channel":"call_centre","reporter":"u1"}`,
			`{"message":{"text":"x"},"on_behalf_of":"u1"}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var line replayLine
			if err := json.Unmarshal([]byte(tt.line), &line); err != nil {
				t.Fatal(err)
			}
			got, err := line.body()
			if err != nil || string(got) != tt.want {
				t.Errorf("body = %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestListsOfEveryFormatAreRead(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"x.csv", "raw,default_region,category\n(202) 555-0100,US,unwanted_call\n", "[{phone  (202) 555-0100    US}]"},
		{"x.tsv", "domain\tcategory\nshop.example\tphishing\n", "[{domain  shop.example  phishing  }]"},
		{"x.jsonl", `{"kind":"text","rule":"phrase","value":"a b"}` + "\n", "[{text phrase a b    }]"},
		{"x.txt", "# comment\n\nshop.example\n+12025550100\n", "[{  shop.example    } {  +12025550100    }]"},
		{"bad.jsonl", "{\n", "[line 1: not a JSON object of a signature]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.name)
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			list, err := openList(path, "auto")
			if err != nil {
				t.Fatal(err)
			}
			defer list.close()
			var got []string
			for {
				e, err := list.next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					got = append(got, err.Error())
					continue
				}
				got = append(got, fmt.Sprintf("{%s %s %s %s %s %s %s}", e.Kind, e.Rule, e.Value, e.Level, e.Category, e.Source, e.Region))
			}
			if fmt.Sprint(got) != tt.want {
				t.Errorf("read %v, want %s", got, tt.want)
			}
		})
	}
}
