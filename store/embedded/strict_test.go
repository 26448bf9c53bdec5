package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// TestWhatIsNotKnownIsRefused puts something unknown into every place that takes options.
func TestWhatIsNotKnownIsRefused(t *testing.T) {
	_, client := open(t, Options{NoSync: true})
	db := client.Database("d")
	for _, command := range []string{
		`{"ping":1%s}`, `{"buildInfo":1%s}`, `{"endSessions":[]%s}`, `{"insert":"c","documents":[{"_id":1}]%s}`, `{"find":"c"%s}`,
		`{"find":"c","filter":{"a":{"$eq":1%s}}}`, `{"find":"c","readConcern":{"level":"local"%s}}`,
		`{"getMore":{"$numberLong":"1"},"collection":"c"%s}`,
		`{"killCursors":"c","cursors":[]%s}`, `{"update":"c","updates":[{"q":{},"u":{"$set":{"a":1}}%s}]}`,
		`{"update":"c","updates":[{"q":{},"u":{"$set":{"a":1}}}]%s}`,
		`{"delete":"c","deletes":[{"q":{},"limit":1%s}]}`, `{"delete":"c","deletes":[{"q":{},"limit":1}]%s}`,
		`{"findAndModify":"c","update":{"$set":{"a":1}}%s}`,
		`{"aggregate":"c","pipeline":[],"cursor":{}%s}`, `{"aggregate":"c","pipeline":[],"cursor":{"batchSize":1%s}}`,
		`{"aggregate":"c","pipeline":[{"$match":{}%s}],"cursor":{}}`,
		`{"createIndexes":"c","indexes":[{"key":{"a":1},"name":"a"}]%s}`,
		`{"createIndexes":"c","indexes":[{"key":{"a":1},"name":"a"%s}]}`,
		`{"listIndexes":"c"%s}`, `{"listIndexes":"c","cursor":{"batchSize":1%s}}`, `{"listCollections":1%s}`, `{"drop":"c"%s}`,
		`{"dropDatabase":1%s}`,
		`{"insert":"c","documents":[{"_id":1}],"writeConcern":{"w":1%s}}`,
	} {
		for _, extra := range []string{
			`,"foo":1`, `,"let":{}`, `,"collation":{"locale":"en"}`, `,"bypassDocumentValidation":true`, `,"$where":"x"`,
		} {
			text := fmt.Sprintf(command, extra)
			_, err := run(t.Context(), db, text)
			var failed mongo.CommandError
			if !errors.As(err, &failed) || failed.Code == int32(codeInternal) {
				t.Errorf("%s gave %v; want a refusal", text, err)
			}
		}
	}
	for _, command := range []string{
		`{"find":"c","hint":"nothing"}`, `{"find":"c","hint":{"a":1}}`, `{"find":"c","hint":1}`,
		`{"find":"c","sort":{"a":{"$meta":"x"}}}`,
		`{"find":"c","readConcern":{"level":"snapshot"}}`, `{"insert":"c","documents":[{"_id":1}],"writeConcern":{"w":2}}`,
		`{"insert":"c","documents":[{"_id":1}],"writeConcern":{"w":"tag"}}`, `{"create":"c"}`, `{"count":"c"}`,
		`{"explain":{"find":"c"}}`, `{"commitTransaction":1}`,
		`{"aggregate":1,"pipeline":[],"cursor":{}}`, `{"find":""}`, `{"find":"system$"}`, `{"dropIndexes":"c","index":"*"}`,
	} {
		mustRun(t, db, `{"insert":"c","documents":[{"x":1}]}`)
		_, err := run(t.Context(), db, command)
		var failed mongo.CommandError
		if !errors.As(err, &failed) || failed.Code == int32(codeInternal) {
			t.Errorf("%s gave %v; want a refusal", command, err)
		}
	}
}

// message frames a command as a driver does.
func message(t testing.TB, flags uint32, sections ...[]byte) []byte {
	t.Helper()
	b := make([]byte, headerSize)
	binary.LittleEndian.PutUint32(b[12:], opMsg)
	b = binary.LittleEndian.AppendUint32(b, flags)
	for _, s := range sections {
		b = append(b, s...)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	return b
}

func section(t testing.TB, d bson.D) []byte {
	t.Helper()
	b, err := bson.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{0}, b...)
}

func TestMessagesThatAreNoneEndTheConnection(t *testing.T) {
	e, _ := open(t, Options{NoSync: true})
	ping := section(t, bson.D{{Key: "ping", Value: 1}, {Key: "$db", Value: "d"}})
	huge := message(t, 0, ping)
	binary.LittleEndian.PutUint32(huge, 1<<31-1)
	short := message(t, 0, ping)
	binary.LittleEndian.PutUint32(short, 3)
	opcode := message(t, 0, ping)
	binary.LittleEndian.PutUint32(opcode[12:], 2012)
	cut := message(t, 0, ping[:len(ping)-3])
	for name, b := range map[string][]byte{
		"too long": huge, "too short": short, "another opcode": opcode, "a document that is cut": cut,
		"an unknown flag": message(t, 1<<5, ping), "no body": message(t, 0),
		"two bodies": message(t, 0, ping, ping), "an unknown section": message(t, 0, append([]byte{7}, ping[1:]...)),
		"an empty body":                message(t, 0, section(t, bson.D{})),
		"a checksum that is not there": message(t, flagChecksum),
	} {
		c, err := e.Dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(b) // the other end may close before it has read all
		if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("%s: read %d bytes, %v; want the end", name, n, err)
		}
		c.Close()
	}
}

func TestAWriteThatWantsNoReplyGetsNone(t *testing.T) {
	e, _ := open(t, Options{NoSync: true})
	c, err := e.Dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	docs := bson.A{bson.D{{Key: "_id", Value: 1}}}
	quiet := message(t, flagMoreToCome, section(t, bson.D{
		{Key: "insert", Value: "c"},
		{Key: "documents", Value: docs},
		{Key: "writeConcern", Value: bson.D{{Key: "w", Value: 0}}},
		{Key: "$db", Value: "d"},
	}))
	for _, b := range [][]byte{quiet, message(t, 0, section(t, bson.D{{Key: "find", Value: "c"}, {Key: "$db", Value: "d"}}))} {
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	var header [headerSize]byte
	if _, err := io.ReadFull(c, header[:]); err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, binary.LittleEndian.Uint32(header[:])-headerSize)
	if _, err := io.ReadFull(c, rest); err != nil {
		t.Fatal(err)
	}
	if reply := bson.Raw(rest[5:]); !strings.Contains(reply.String(), `"_id"`) {
		t.Errorf("the first reply is %s; want that of find, with the document", reply)
	}
}

func TestACommandPastItsDeadlineIsNotRun(t *testing.T) {
	e, client := open(t, Options{NoSync: true})
	mustRun(t, client.Database("d"), `{"insert":"c","documents":[{"_id":1}]}`)
	reply := e.handle(&request{
		name: "insert", received: time.Now().Add(-time.Minute),
		sequences: map[string][]document{"documents": {document(section(t, bson.D{{Key: "_id", Value: 2}})[1:])}},
		body:      document(section(t, bson.D{{Key: "insert", Value: "c"}, {Key: "maxTimeMS", Value: 10}, {Key: "$db", Value: "d"}})[1:]),
	})
	if got := lookup(reply, "code"); got.Type == 0 || got.Int32() != int32(codeMaxTimeExpired) {
		t.Errorf("the reply is %s", reply)
	}
}

// FuzzMessage feeds a connection with what no driver sends: the engine may end the connection or refuse, and no more.
func FuzzMessage(f *testing.F) {
	e, err := Open(f.TempDir(), Options{NoSync: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	for _, c := range conformanceCases() {
		for _, command := range c.commands {
			var d bson.D
			if bson.UnmarshalExtJSON([]byte(command), false, &d) == nil {
				f.Add(message(f, 0, section(f, append(d, bson.E{Key: "$db", Value: "d"})))[headerSize:])
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		req, err := parseMessage(1, b)
		if err != nil {
			return
		}
		reply := e.handle(req)
		if err := validateDocument(reply, 0); err != nil {
			t.Fatalf("the reply is malformed: %v", err)
		}
		if code := lookup(reply, "code"); code.Type != 0 && code.Int32() == int32(codeInternal) {
			t.Fatalf("a fault: %s", reply)
		}
	})
}
