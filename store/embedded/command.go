package embedded

import (
	"math"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// version is what buildInfo says: the number of the MongoDB version whose behaviour is
// followed, with a suffix which says that this is not that server.
const version = "6.0.0-tocsin-embedded"

const (
	// wireVersion and maxWriteBatch are what hello announces; MongoDB has the same limit of
	// statements (MongoDB manual, "MongoDB Limits and Thresholds").
	wireVersion   = 21 // MongoDB 7.0; the driver asks for 8 at least
	maxWriteBatch = 100_000
)

// handle runs a request and returns the reply document, always: an error, and even a panic, is
// a reply with ok 0. Only faults of the engine are logged; a refusal is the client's matter.
func (e *Engine) handle(req *request) document {
	var reply document
	err := withRecover(func() (err error) {
		reply, err = e.dispatch(req)
		return err
	})
	if err != nil {
		failure := asCommandError(err)
		// With the stack, if it was a panic.
		if failure.code == codeInternal {
			e.log.Error("command failed", "command", req.name, "error", err)
		}
		return buildDocument(func(b []byte) []byte {
			return failure.append(bsoncore.AppendDoubleElement(b, "ok", 0))
		})
	}
	return buildDocument(func(b []byte) []byte {
		if len(reply) > 5 {
			b = append(b, reply[4:len(reply)-1]...)
		}
		return bsoncore.AppendDoubleElement(b, "ok", 1)
	})
}

// dispatch runs hello, under its old name too, for a client that has not met the engine yet,
// and passes the rest on. Names of commands are compared without case, which is more than the
// driver needs and what MongoDB allows for some of them.
func (e *Engine) dispatch(req *request) (document, error) {
	switch name := strings.ToLower(req.name); {
	case name == "hello" || name == "ismaster":
		return hello(name), nil
	case req.legacy:
		return nil, errorf(codeIllegalOperation, "only hello may come as OP_QUERY")
	default:
		return e.dispatchMessage(name, req)
	}
}

// dispatchMessage runs a command. A command that is not listed is an error, never ignored
// (TestWhatIsNotKnownIsRefused).
func (e *Engine) dispatchMessage(name string, req *request) (document, error) {
	switch name {
	// There are no sessions to end, but a driver may say that it ends them.
	case "ping", "endsessions":
		return emptyDocument(), req.parseNoArguments()
	case "buildinfo":
		return buildInfo(), req.parseNoArguments()
	case "insert":
		return e.insert(req)
	case "update":
		return e.update(req)
	case "delete":
		return e.delete(req)
	case "findandmodify":
		return e.findAndModify(req)
	case "find":
		return e.find(req)
	case "getmore":
		return e.getMore(req)
	case "killcursors":
		return e.killCursors(req)
	case "aggregate":
		return e.aggregate(req)
	case "createindexes":
		return e.createIndexes(req)
	case "listindexes":
		return e.listIndexes(req)
	case "listcollections":
		return e.listCollections(req)
	case "drop":
		return e.drop(req)
	case "dropdatabase":
		return e.dropDatabase(req)
	default:
		return nil, errorf(codeCommandNotFound, "no such command: '%s'", req.name)
	}
}

// hello answers as a standalone server without sessions: there is neither setName nor
// logicalSessionTimeoutMinutes. A driver then neither retries writes nor starts transactions
// (Retryable Writes and Driver Sessions specifications); the engine offers neither. What the
// driver says of itself in its hello is metadata and is not read.
func hello(name string) document {
	return buildDocument(func(b []byte) []byte {
		if name == "hello" {
			b = bsoncore.AppendBooleanElement(b, "isWritablePrimary", true)
		} else {
			b = bsoncore.AppendBooleanElement(b, "ismaster", true)
		}
		b = bsoncore.AppendBooleanElement(b, "helloOk", true)
		b = bsoncore.AppendInt32Element(b, "maxBsonObjectSize", maxDocumentSize)
		b = bsoncore.AppendInt32Element(b, "maxMessageSizeBytes", maxMessageSize)
		b = bsoncore.AppendInt32Element(b, "maxWriteBatchSize", maxWriteBatch)
		b = bsoncore.AppendDateTimeElement(b, "localTime", time.Now().UnixMilli())
		b = bsoncore.AppendInt32Element(b, "minWireVersion", 0)
		b = bsoncore.AppendInt32Element(b, "maxWireVersion", wireVersion)
		return bsoncore.AppendBooleanElement(b, "readOnly", false)
	})
}

// buildInfo is the part of MongoDB's reply that a driver or a person looks at.
func buildInfo() document {
	return buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendStringElement(b, "version", version)
		b = bsoncore.AppendArrayElement(b, "versionArray",
			bsoncore.NewArrayBuilder().AppendInt32(6).AppendInt32(0).AppendInt32(0).AppendInt32(0).Build())
		return bsoncore.AppendInt32Element(b, "maxBsonObjectSize", maxDocumentSize)
	})
}

// arguments are the fields that every command may carry.
type arguments struct {
	database   string
	collection string
	deadline   time.Time // of maxTimeMS; zero: none
}

// namespace is MongoDB's name for a collection within a server: "database.collection".
func (a arguments) namespace() string { return a.database + "." + a.collection }

// parseNoArguments reads the arguments of a command that has none of its own.
func (req *request) parseNoArguments() error {
	_, err := req.parseArguments(func(name string, _ value) error { return req.unknownField(name) })
	return err
}

// parseArguments reads the fields that are common to all commands, and gives the others to
// parseOption, which returns an error for each that it does not know: an option that is ignored
// is an answer to another question (TestWhatIsNotKnownIsRefused).
func (req *request) parseArguments(parseOption func(name string, v value) error) (arguments, error) {
	var a arguments
	for name, v := range fields(req.body) {
		var err error
		switch name {
		case req.name: // the collection, for most
			a.collection, _ = v.StringValueOK()
		case "$db":
			a.database, err = parseString(name, v)
		case "maxTimeMS":
			a.deadline, err = req.parseDeadline(v)
		case "writeConcern":
			err = checkWriteConcern(v)
		case "readConcern":
			err = checkReadConcern(v)
		case "lsid", "comment", "$readPreference": // a session without transactions, and one server, make no difference
		// hello offers no transactions, so a client that sends these has not read it.
		case "txnNumber", "startTransaction", "autocommit":
			err = errorf(codeIllegalOperation, "Transaction numbers are only allowed on a replica set member or mongos")
		default:
			err = parseOption(name, v)
		}
		if err != nil {
			return a, err
		}
	}
	if a.database == "" {
		return a, errorf(codeMissingField, "BSON field '$db' is missing but a required field")
	}
	return a, nil
}

// parseCollectionArguments is parseArguments for a command on a collection. It refuses the
// names that MongoDB refuses (MongoDB manual, "Naming Restrictions"): the file's buckets are
// named by them, and a dot separates database and collection.
func (req *request) parseCollectionArguments(parseOption func(name string, v value) error) (arguments, error) {
	a, err := req.parseArguments(parseOption)
	if err != nil {
		return a, err
	}
	// Commands on a whole database, such as {aggregate: 1}, are refused here.
	if v := lookup(req.body, req.name); v.Type != bsoncore.TypeString {
		return a, errorf(codeBadValue, "collection name has invalid type %s", v.Type)
	}
	if a.collection == "" || strings.ContainsAny(a.database, "./\\ \"$\x00") || strings.ContainsAny(a.collection, "$\x00") ||
		len(a.namespace()) > 255 {
		return a, errorf(codeInvalidNamespace, "invalid namespace specified")
	}
	return a, nil
}

// unknownField is the error of an option that the command does not have, in MongoDB's words and
// with its code.
func (req *request) unknownField(name string) error {
	return errorf(codeUnknownField, "BSON field '%s.%s' is an unknown field.", req.name, name)
}

// missingField is the error of a field that the command must have.
func (req *request) missingField(name string) error {
	return errorf(codeMissingField, "BSON field '%s.%s' is missing but a required field", req.name, name)
}

// writeCommand is what insert, update and delete have in common.
type writeCommand struct {
	arguments
	ordered    bool       // the first statement that fails ends the command
	statements []document // the statements
}

// parseWriteCommand reads a command whose statements stand in the named field. Statements are
// run in order until one is refused, unless ordered is false. bypassDocumentValidation and let
// are refused like any other option.
func (req *request) parseWriteCommand(field string) (writeCommand, error) {
	w := writeCommand{ordered: true}
	var err error
	w.arguments, err = req.parseCollectionArguments(func(name string, v value) (err error) {
		switch name {
		case field: // see statements
		case "ordered":
			w.ordered, err = parseBool(name, v)
		default:
			return req.unknownField(name)
		}
		return err
	})
	if err == nil {
		w.statements, err = req.statements(field)
	}
	return w, err
}

// statements returns the documents of a field that comes as a sequence section or as an array
// in the body. A sequence of another name is refused: it would be a list of statements that
// nobody runs.
func (req *request) statements(name string) ([]document, error) {
	list, ok := req.sequences[name]
	if v := lookup(req.body, name); !ok && v.Type != 0 {
		var err error
		if list, err = parseDocuments(name, v); err != nil {
			return nil, err
		}
		ok = true
	}
	switch {
	case !ok:
		return nil, req.missingField(name)
	case len(list) == 0 || len(list) > maxWriteBatch:
		return nil, errorf(codeOperationsCount, "write batch sizes must be between 1 and %d", maxWriteBatch)
	// A sequence that the command does not have.
	case len(req.sequences) > 1 || (len(req.sequences) == 1 && req.sequences[name] == nil):
		return nil, errorf(codeUnknownField, "the command has an unknown sequence of documents")
	}
	return list, nil
}

// parseDeadline reads maxTimeMS, in milliseconds from when the request was received; 0 is no
// deadline, as in MongoDB.
func (req *request) parseDeadline(v value) (time.Time, error) {
	ms, err := parseInt("maxTimeMS", v)
	switch {
	case err != nil:
		return time.Time{}, err
	case ms < 0 || ms > math.MaxInt32:
		return time.Time{}, errorf(codeBadValue, "maxTimeMS is out of range")
	case ms == 0:
		return time.Time{}, nil
	}
	return req.received.Add(time.Duration(ms) * time.Millisecond), nil
}

// checkWriteConcern refuses what one node cannot promise: a number of nodes above one, and
// tags. Everything else is met or surpassed, since a write is on disk when it is answered, even
// with w: 0 or j: false.
func checkWriteConcern(v value) error {
	d, err := parseDocument("writeConcern", v)
	if err != nil {
		return err
	}
	for name, v := range fields(d) {
		switch name {
		case "w":
			if n, err := parseInt(name, v); (err != nil || n < 0 || n > 1) && v.String() != `"majority"` {
				return errorf(codeBadValue, "cannot use 'w' > 1 when a host is not replicated")
			}
		case "j", "wtimeout":
		default:
			return errorf(codeUnknownField, "unknown write concern field %q", name)
		}
	}
	return nil
}

// checkReadConcern refuses snapshots over several commands. A read sees only what is on disk,
// and the whole of it, so it is linearizable, and all weaker levels are met with it.
func checkReadConcern(v value) error {
	d, err := parseDocument("readConcern", v)
	if err != nil {
		return err
	}
	for name, v := range fields(d) {
		level, err := parseString(name, v)
		if name != "level" || err != nil {
			return errorf(codeUnknownField, "unknown read concern field %q", name)
		}
		switch level {
		case "local", "available", "majority", "linearizable":
		default:
			return errorf(codeFailedToParse, "the read concern %q is not supported", level)
		}
	}
	return nil
}
