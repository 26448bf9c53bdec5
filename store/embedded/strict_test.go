package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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
		`{"ping":1%s}`, `{"insert":"c","documents":[{"_id":1}]%s}`, `{"find":"c"%s}`,
		`{"find":"c","filter":{"a":{"$eq":1%s}}}`, `{"find":"c","readConcern":{"level":"local"%s}}`,
		`{"getMore":{"$numberLong":"1"},"collection":"c"%s}`,
		`{"killCursors":"c","cursors":[]%s}`, `{"update":"c","updates":[{"q":{},"u":{"$set":{"a":1}}%s}]}`,
		`{"update":"c","updates":[{"q":{},"u":{"$set":{"a":1}}}]%s}`,
		`{"delete":"c","deletes":[{"q":{},"limit":1%s}]}`, `{"delete":"c","deletes":[{"q":{},"limit":1}]%s}`,
		`{"count":"c"%s}`, `{"find":"c","projection":{"a":0%s}}`,
		`{"createIndexes":"c","indexes":[{"key":{"a":1},"name":"a"}]%s}`,
		`{"createIndexes":"c","indexes":[{"key":{"a":1},"name":"a"%s}]}`,
		`{"listIndexes":"c"%s}`, `{"listIndexes":"c","cursor":{"batchSize":1%s}}`, `{"listCollections":1%s}`,
		`{"insert":"c","documents":[{"_id":1}],"writeConcern":{"w":"majority"%s}}`,
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
}

// TestWhatTheStoreDoesNotUseIsRefused holds that what the engine has left out, though MongoDB has it, is an error.
func TestWhatTheStoreDoesNotUseIsRefused(t *testing.T) {
	_, client := open(t, Options{NoSync: true})
	db := client.Database("d")
	mustRun(t, db, `{"insert":"c","documents":[{"_id":0,"a":1}]}`)
	mustRun(t, db, `{"createIndexes":"c","indexes":[{"key":{"a":1},"name":"a_1"}]}`)
	for _, command := range []string{
		`{"aggregate":"c","pipeline":[],"cursor":{}}`, `{"findAndModify":"c","update":{"$set":{"a":1}}}`, `{"drop":"c"}`, `{"dropDatabase":1}`,
		`{"dropIndexes":"c","index":"*"}`, `{"create":"c"}`, `{"explain":{"find":"c"}}`, `{"commitTransaction":1}`, `{"buildInfo":1}`,
		`{"endSessions":[]}`, `{"distinct":"c","key":"a"}`, `{"HELLO":1}`, `{"findandmodify":"c"}`,

		`{"find":"c","hint":"nothing"}`, `{"find":"c","hint":{"a":1}}`, `{"find":"c","hint":1}`, `{"find":"c","hint":""}`,
		`{"find":"c","batchSize":0}`, `{"find":"c","skip":1}`, `{"find":"c","comment":"x"}`, `{"find":"c","lsid":{}}`, `{"find":""}`,
		`{"find":"system$"}`, `{"find":1}`, `{"find":"c","limit":1.0}`, `{"find":"c","singleBatch":1}`,
		`{"find":"c","sort":{"a":{"$meta":"x"}}}`, `{"find":"c","sort":{"a":1.0}}`, `{"find":"c","readConcern":{"level":"snapshot"}}`,
		`{"find":"c","readConcern":{"level":"linearizable"}}`, `{"insert":"c","documents":[{"_id":1}],"readConcern":{"level":"local"}}`,
		`{"find":"c","projection":{"a.b":1}}`, `{"find":"c","projection":{"a":true}}`, `{"find":"c","projection":{"_id":0,"a":1}}`,
		`{"find":"c","projection":{"a":{"$slice":1}}}`, `{"find":"c","projection":{"a":2}}`,
		`{"find":"c","writeConcern":{"w":"majority"}}`,

		`{"find":"c","filter":{"$and":[{"a":1}]}}`, `{"find":"c","filter":{"$nor":[{"a":1}]}}`, `{"find":"c","filter":{"a":{"$nin":[1]}}}`,
		`{"find":"c","filter":{"a":{"$not":{"$gt":1}}}}`, `{"find":"c","filter":{"a":{"$exists":1}}}`, `{"find":"c","filter":{"a.0":1}}`,
		`{"find":"c","filter":{"a":{"$gt":[1]}}}`, `{"count":"c","query":{"$where":"x"}}`, `{"count":"c","query":{},"limit":-1}`,

		`{"insert":"c","documents":[{"x":1}]}`, `{"insert":"c","documents":[{"_id":1}],"writeConcern":{"w":1}}`,
		`{"insert":"c","documents":[{"_id":1}],"writeConcern":{"w":2}}`, `{"insert":"c","documents":[{"_id":1}],"writeConcern":{"w":"tag"}}`,
		`{"insert":"c","documents":[{"_id":1}],"writeConcern":{"w":"majority","wtimeout":1}}`,
		`{"insert":"c","documents":[{"_id":1}],"bypassDocumentValidation":true}`, `{"insert":"c","documents":[{"_id":1}],"txnNumber":1}`,

		`{"update":"c","updates":[{"q":{"_id":9},"u":{"$set":{"a":1}},"hint":"a_1"}]}`,
		`{"update":"c","updates":[{"q":{"_id":9},"u":[{"$set":{"a":1}}]}]}`, `{"update":"c","updates":[{"q":{},"u":{"$push":{"b":1}}}]}`,
		`{"update":"c","updates":[{"q":{"a":9},"u":{"$set":{"b":1}},"upsert":true}]}`,
		`{"update":"c","updates":[{"q":{},"u":{"$inc":{"a":1.5}}}]}`,
		`{"update":"c","updates":[{"q":{},"u":{"$set":{"a":1}},"multi":1}]}`, `{"delete":"c","deletes":[{"q":{},"limit":0,"hint":"a_1"}]}`,

		`{"createIndexes":"c","indexes":[{"v":2,"key":{"b":1},"name":"b"}]}`,
		`{"createIndexes":"c","indexes":[{"key":{"b":1},"name":"b","unique":true}]}`,
		`{"createIndexes":"c","indexes":[{"key":{"b":1},"name":"b","partialFilterExpression":{"b":{"$exists":true}}}]}`,
		`{"listCollections":1,"filter":{"name":"c"}}`, `{"listIndexes":"c","cursor":{"batchSize":1}}`,
	} {
		reply, err := run(t.Context(), db, command)
		var failed mongo.CommandError
		if errors.As(err, &failed) && failed.Code != int32(codeInternal) {
			continue
		}
		if refused, ok := reply.Lookup("writeErrors", "0", "code").Int32OK(); !ok || refused == int32(codeInternal) {
			t.Errorf("%s gave %s, %v; want a refusal", command, reply, err)
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
		"an empty body":   message(t, 0, section(t, bson.D{})),
		"a checksum":      message(t, 1, ping, make([]byte, 4)),
		"no reply wanted": message(t, 2, ping),
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
