package all_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/all"
	"example.org/tocsin/store/embedded"
	"example.org/tocsin/store/storetest"
)

// The stored databases. The one of a format is written once, by the first release that has it, and never again:
// TOCSIN_UPDATE_FORMAT=1 writes those of a new format, where there are none.
const (
	formatFile = "testdata/format%d.jsonl"       // every document, as Extended JSON
	engineFile = "testdata/format%d.embedded.gz" // the file of the embedded engine
	updateEnv  = "TOCSIN_UPDATE_FORMAT"
)

// raw connects to a database without a store.
func raw(t *testing.T, o store.Options) *mongo.Database {
	t.Helper()
	uri := o.URI
	opt := options.Client().SetTimeout(10 * time.Second)
	if o.Dial != nil {
		uri = "mongodb://embedded/?directConnection=true"
		opt.SetDialer(dialer(o.Dial))
	}
	client, err := mongo.Connect(opt.ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() { _ = client.Disconnect(ctx) }) // the test is over
	name := o.Database
	if name == "" {
		name = "tocsin"
	}
	return client.Database(name)
}

// load writes the documents of a stored database.
func load(t *testing.T, o store.Options, format int) {
	t.Helper()
	db := raw(t, o)
	file, err := os.Open(fmt.Sprintf(formatFile, format))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), "\t")
		var doc bson.D
		if err := bson.UnmarshalExtJSON([]byte(text), true, &doc); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Collection(name).InsertOne(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestADatabaseOfAnotherFormatIsRefused(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		load(t, o, 1)
		for range 2 { // a refused database is not marked
			_, err := all.Open(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), "export its signatures") {
				t.Errorf("a database of format 1: %v, want a sentence that says what to do", err)
			}
		}
	})
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		if _, err := raw(t, o).Collection("settings").InsertOne(t.Context(), bson.D{
			{Key: "_id", Value: "format"}, {Key: "number", Value: store.Format + 1},
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := all.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "newer release") {
			t.Errorf("a database of a newer format: %v", err)
		}
	})
}

func TestNodesThatMakeOneDatabaseAtOnceAllOpenIt(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		opened := make(chan error)
		for range 8 {
			go func() {
				s, err := all.Open(t.Context(), o)
				if err == nil {
					err = s.PutDevice(t.Context(), storetest.Device(models.NewCredential("dev_").Bearer()))
				}
				if err == nil {
					err = s.Close(t.Context())
				}
				opened <- err
			}()
		}
		for range 8 {
			if err := <-opened; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAStoredDatabaseOpens(t *testing.T) {
	for format := 2; format <= store.Format; format++ {
		if os.Getenv(updateEnv) != "" {
			write(t, format)
		}
		storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
			load(t, o, format)
			checkStored(t, storetest.Node(t, o))
		})
		t.Run("file of the embedded engine", func(t *testing.T) {
			folder := t.TempDir()
			unpack(t, fmt.Sprintf(engineFile, format), folder)
			engine, err := embedded.Open(folder, embedded.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = engine.Close() }) // after the store
			checkStored(t, storetest.Node(t, store.Options{Dial: engine.DialContext}))
		})
	}
}

// fill writes one of everything, by the methods that the program uses.
func fill(t *testing.T, s *storetest.Database) {
	t.Helper()
	ctx := t.Context()
	storetest.PutDevices(t, s, "dev_1")
	storetest.PutReports(t, s, 2)
	signature := models.Signature{
		ID: "sig_1", Rule: models.Exact, Kind: models.Phone, Value: "+12025550100", Level: models.Danger, Category: models.CategoryPhishing,
		Reason: models.ReasonList, Source: "list", Decided: true, DecidedBy: "list", Rev: 1, LevelRev: 1, LogRev: 1,
		Created: storetest.Epoch(), Changed: storetest.Epoch(),
	}
	_, insertErr := s.InsertSignatures(ctx, []models.Signature{signature})
	_, appendErr := s.Append(ctx, models.Commit([]models.Change{signature.Change(models.Unknown)}), storetest.Epoch())
	e := storetest.Exposure("dev_1", "k1", 1)
	e.Expires = storetest.Epoch().AddDate(100, 0, 0)
	w := storetest.Warning("dev_1", 1)
	w.Expires = e.Expires
	_, _, warnErr := s.PutWarnings(ctx, []models.Warning{w})
	for what, err := range map[string]error{
		"signature": insertErr, "log": appendErr, "warning": warnErr,
		"exposure": s.PutExposures(ctx, []models.Exposure{e}),
		"job":      s.PutFanOutJobs(ctx, []models.FanOutJob{storetest.FanOutJob(1)}),
		"cursor":   s.MoveCursor(ctx, "fanout", 0, 1),
		"review":   s.PutReviews(ctx, []models.Review{{ID: "sig_1", Due: storetest.Epoch()}}),
		"evidence": s.PutEvidence(ctx, []models.Evidence{{
			ID: models.EvidenceID("sig_1", "witness"), Signature: "sig_1", Reporter: "witness", Witness: models.WitnessAgent, Group: "centre",
			Reports: []models.EvidenceReport{{ID: "rep_1", At: storetest.Epoch(), Stage: models.StagePaid}}, Paid: true, At: storetest.Epoch(),
		}}),
		"key": s.PutKey(ctx, models.Key{ID: "key_1", Name: "centre", Organisation: "key_1", Secret: []byte{1}, Created: storetest.Epoch()}),
	} {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if _, err := s.Setting(ctx, "cursors", []byte("secret")); err != nil {
		t.Fatal(err)
	}
}

// checkStored reads what fill has written, as the program reads it.
func checkStored(t *testing.T, s *storetest.Database) {
	t.Helper()
	ctx, later := t.Context(), storetest.Epoch().AddDate(0, 0, 1)
	signature, err := s.Signature(ctx, "sig_1")
	if err != nil || signature.Value != "+12025550100" || signature.Level != models.Danger || signature.DecidedBy != "list" {
		t.Errorf("signature: %+v, %v", signature, err)
	}
	entries, err := s.Entries(ctx, 0, 10)
	if err != nil || len(entries) != 1 || !entries[0].Follows(models.Entry{}) || entries[0].Changes[0].Value != "+12025550100" {
		t.Errorf("log: %+v, %v", entries, err)
	}
	evidence, err := s.Evidence(ctx, "sig_1", 10)
	if err != nil || len(evidence) != 1 || !evidence[0].Paid || evidence[0].Group != "centre" {
		t.Errorf("evidence: %+v, %v", evidence, err)
	}
	exposed, err := s.Exposed(ctx, []string{"k1"}, time.Time{}, "", 10)
	if err != nil || len(exposed) != 1 || string(exposed[0].Hint) != "0100" {
		t.Errorf("exposure: %+v, %v", exposed, err)
	}
	warnings, err := s.ClaimWarnings(ctx, models.LaneUrgent, 10, time.Minute, later)
	if err != nil || len(warnings) != 1 || warnings[0].Work.Class != models.WarningAccuse || warnings[0].Work.Signatures[0] != "sig_1" {
		t.Errorf("warning: %+v, %v", warnings, err)
	}
	reports, err := s.ClaimReports(ctx, 10, time.Minute, later)
	if err != nil || len(reports) != 2 || reports[0].Work.Findings[0].Value != "+12025550100" {
		t.Errorf("reports: %+v, %v", reports, err)
	}
	jobs, err := s.ClaimFanOutJobs(ctx, 10, time.Minute, time.Now())
	if err != nil || len(jobs) != 1 || jobs[0].Work.Signature != "sig_1" {
		t.Errorf("job: %+v, %v", jobs, err)
	}
	reviews, err := s.ClaimReviews(ctx, 10, time.Minute, later)
	if err != nil || len(reviews) != 1 {
		t.Errorf("review: %+v, %v", reviews, err)
	}
	device, err := s.Device(ctx, "dev_1")
	if err != nil || device.Push == nil || !device.Consents.Warnings {
		t.Errorf("device: %+v, %v", device, err)
	}
	key, err := s.Key(ctx, "key_1")
	if err != nil || key.Organisation != "key_1" {
		t.Errorf("key: %+v, %v", key, err)
	}
	if at, err := s.Cursor(ctx, "fanout"); err != nil || at != 1 {
		t.Errorf("cursor: %d, %v", at, err)
	}
	if secret, err := s.Setting(ctx, "cursors", nil); err != nil || string(secret) != "secret" {
		t.Errorf("setting: %s, %v", secret, err)
	}
}

// write writes the stored databases of the present format, where there are none.
func write(t *testing.T, format int) {
	t.Helper()
	if _, err := os.Stat(fmt.Sprintf(formatFile, format)); err == nil {
		return
	}
	folder := t.TempDir()
	engine, err := embedded.Open(folder, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := store.Options{Dial: engine.DialContext}
	s, err := all.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, &storetest.Database{Stores: s})
	dump(t, s.Database(), fmt.Sprintf(formatFile, format))
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	pack(t, folder, fmt.Sprintf(engineFile, format))
}

// dump writes every document of a database, one a line: the collection, a tab, the document.
func dump(t *testing.T, db *mongo.Database, path string) {
	t.Helper()
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, name := range names {
		cur, err := db.Collection(name).Find(t.Context(), bson.D{})
		docs, err := store.Collect[bson.D](t.Context(), cur, err)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			text, err := bson.MarshalExtJSON(doc, true, false)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s\t%s\n", name, text)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// dialer lets a function be the driver's dialer.
type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

func (d dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d(ctx, network, addr)
}

// pack compresses the only file of the folder.
func pack(t *testing.T, folder, path string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the engine's folder holds %v, %v", files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	zip.Name = filepath.Base(files[0])
	_, err = zip.Write(content)
	if err == nil {
		err = zip.Close()
	}
	if err == nil {
		err = os.WriteFile(path, out.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// unpack is the reverse of pack.
func unpack(t *testing.T, path, folder string) {
	t.Helper()
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(zip)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, zip.Name), content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
