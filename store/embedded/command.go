package embedded

import (
	"math"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

const (
	// wireVersion and maxWriteBatch are what hello announces; MongoDB has the same limit of
	// statements (MongoDB manual, "MongoDB Limits and Thresholds").
	wireVersion   = 21 // MongoDB 7.0; the driver asks for 8 at least
	maxWriteBatch = 100_000
)

// command is one command of the language.
type command struct {
	run        func(e *Engine, a *arguments) (document, error)
	options    words[reader[arguments]] // of its own
	statements string                   // the field that lists what to do; it may come as a sequence
	database   bool                     // works on a whole database; its first field names no collection
	hello      bool                     // may come first, and what is said in it is not read
}

// arguments is a command as it is parsed: what all commands may carry, then what some of them
// have.
type arguments struct {
	name       string // of the command
	target     value  // its first field: the collection, for most
	database   string
	collection string
	received   time.Time

	query
	projection  *projection
	batchSize   int64 // 0: not given
	singleBatch bool
	cursors     []int64
	statements  []document
	unordered   bool // a statement that fails does not end the command
}

// commandTable is every command that there is. ping, hello and isMaster are the driver's own
// business; the drivers of the tests list collections.
func (l *language) commandTable() map[string]command {
	options := func(name string, table map[string]reader[arguments]) words[reader[arguments]] {
		return register(l, "option "+name+".", table)
	}
	write := func(name string) words[reader[arguments]] {
		return options(name, map[string]reader[arguments]{"ordered": readOrdered, "writeConcern": l.readWriteConcern})
	}
	return map[string]command{
		"hello":    {run: hello, hello: true},
		"isMaster": {run: hello, hello: true},
		"ping":     {run: func(*Engine, *arguments) (document, error) { return emptyDocument(), nil }, database: true},
		"insert":   {run: (*Engine).insert, options: write("insert"), statements: "documents"},
		"update":   {run: (*Engine).update, options: write("update"), statements: "updates"},
		"delete":   {run: (*Engine).delete, options: write("delete"), statements: "deletes"},
		"find":     {run: (*Engine).find, options: options("find", l.findOptions())},
		"count":    {run: (*Engine).count, options: options("count", l.countOptions())},
		"getMore": {run: (*Engine).getMore, database: true, options: options("getMore", map[string]reader[arguments]{
			"collection": readCollection, "batchSize": readBatchSize,
		})},
		"killCursors": {run: (*Engine).killCursors, options: options("killCursors", map[string]reader[arguments]{
			"cursors": readCursors,
		})},
		"createIndexes": {run: (*Engine).createIndexes, statements: "indexes", options: options("createIndexes",
			map[string]reader[arguments]{"writeConcern": l.readWriteConcern})},
		"listIndexes": {run: (*Engine).listIndexes, options: options("listIndexes", map[string]reader[arguments]{
			"cursor": readNothing,
		})},
		"listCollections": {run: (*Engine).listCollections, database: true, options: options("listCollections",
			map[string]reader[arguments]{"cursor": readNothing, "filter": readNothing, "nameOnly": readNameOnly})},
	}
}

// commonOptions are the options that every command may carry.
func commonOptions() map[string]reader[arguments] {
	return map[string]reader[arguments]{
		"$db": func(a *arguments, v value) (err error) {
			a.database, err = parseString("$db", v)
			return err
		},
		"maxTimeMS": (*arguments).readDeadline,
	}
}

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

// dispatch runs a command. A command that is not listed is an error, never ignored
// (TestWhatIsNotKnownIsRefused).
func (e *Engine) dispatch(req *request) (document, error) {
	c, understood := e.language.commands.find(req.name)
	switch {
	case !understood:
		return nil, errorf(codeCommandNotFound, "no such command: '%s'", req.name)
	case c.hello:
		return c.run(e, nil)
	case req.legacy:
		return nil, errorf(codeIllegalOperation, "only hello may come as OP_QUERY")
	}
	a, err := e.language.parseArguments(c, req)
	if err != nil {
		return nil, err
	}
	return c.run(e, a)
}

// hello answers as a standalone server without sessions: there is neither setName nor
// logicalSessionTimeoutMinutes. A driver then neither retries writes nor starts transactions
// (Retryable Writes and Driver Sessions specifications); the engine offers neither. What the
// driver says of itself in its hello is metadata and is not read. isMaster is the old name.
func hello(*Engine, *arguments) (document, error) {
	return buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendBooleanElement(b, "isWritablePrimary", true)
		b = bsoncore.AppendBooleanElement(b, "helloOk", true)
		b = bsoncore.AppendInt32Element(b, "maxBsonObjectSize", maxDocumentSize)
		b = bsoncore.AppendInt32Element(b, "maxMessageSizeBytes", maxMessageSize)
		b = bsoncore.AppendInt32Element(b, "maxWriteBatchSize", maxWriteBatch)
		b = bsoncore.AppendInt32Element(b, "minWireVersion", 0)
		return bsoncore.AppendInt32Element(b, "maxWireVersion", wireVersion)
	}), nil
}

// namespace is MongoDB's name for a collection within a server: "database.collection".
func (a *arguments) namespace() string { return a.database + "." + a.collection }

// parseArguments reads the fields of a command. A field that neither this command nor all
// commands have is an error: an option that is ignored is an answer to another question
// (TestWhatIsNotKnownIsRefused).
func (l *language) parseArguments(c command, req *request) (*arguments, error) {
	a := &arguments{name: req.name, received: req.received}
	for name, v := range fields(req.body) {
		var err error
		switch name {
		case req.name:
			a.target = v
		case c.statements:
			a.statements, err = parseDocuments(name, v)
		default:
			read, understood := c.options.find(name)
			if !understood {
				read, understood = l.options.find(name)
			}
			if !understood {
				return nil, unknownField(req.name, name)
			}
			err = read(a, v)
		}
		if err != nil {
			return nil, err
		}
	}
	if a.database == "" {
		return nil, missingField(req.name, "$db")
	}
	if err := a.takeStatements(c, req.sequences); err != nil || c.database {
		return a, err
	}
	return a, a.checkNamespace()
}

// takeStatements takes the statements that came as a sequence. A sequence of another name is
// refused: it would be a list of statements that nobody runs.
func (a *arguments) takeStatements(c command, sequences map[string][]document) error {
	for name, list := range sequences {
		if name != c.statements || a.statements != nil {
			return unknownField(a.name, name)
		}
		a.statements = list
	}
	if c.statements != "" && a.statements == nil {
		return missingField(a.name, c.statements)
	}
	return nil
}

// checkNamespace takes the collection from the first field. It refuses the names that MongoDB
// refuses (MongoDB manual, "Naming Restrictions"): the file's buckets are named by them, and a
// dot separates database and collection.
func (a *arguments) checkNamespace() error {
	if a.target.Type != bsoncore.TypeString {
		return errorf(codeBadValue, "collection name has invalid type %s", a.target.Type)
	}
	a.collection = a.target.StringValue()
	if a.collection == "" || strings.ContainsAny(a.database, "./\\ \"$\x00") || strings.ContainsAny(a.collection, "$\x00") ||
		len(a.namespace()) > 255 {
		return errorf(codeInvalidNamespace, "invalid namespace specified")
	}
	return nil
}

// unknownField is the error of an option that the command does not have, in MongoDB's words and
// with its code.
func unknownField(command, name string) error {
	return errorf(codeUnknownField, "BSON field '%s.%s' is an unknown field.", command, name)
}

// missingField is the error of a field that the command must have.
func missingField(command, name string) error {
	return errorf(codeMissingField, "BSON field '%s.%s' is missing but a required field", command, name)
}

// readDeadline reads maxTimeMS, in milliseconds from when the request was received; 0 is no
// deadline, as in MongoDB.
func (a *arguments) readDeadline(v value) error {
	ms, err := parseInt("maxTimeMS", v)
	switch {
	case err != nil:
		return err
	case ms < 0 || ms > math.MaxInt32:
		return errorf(codeBadValue, "maxTimeMS is out of range")
	case ms > 0:
		a.deadline = a.received.Add(time.Duration(ms) * time.Millisecond)
	}
	return nil
}

// readOrdered reads whether the first statement that fails ends the command, as it does if
// nothing is said.
func readOrdered(a *arguments, v value) error {
	ordered, err := parseBool("ordered", v)
	a.unordered = !ordered
	return err
}

// readNothing reads an option for which the driver sends an empty document. It asks for nothing.
func readNothing(_ *arguments, v value) error {
	d, err := parseDocument("an option", v)
	if err == nil && len(d) > 5 {
		return errorf(codeNotImplemented, "only an empty document is supported")
	}
	return err
}

// readWriteConcern and readReadConcern hold what one node promises against what is asked for. A
// write is on disk when it is answered, and a read sees only what is on disk, the whole of it:
// that is a majority of one.
func (l *language) readWriteConcern(_ *arguments, v value) error {
	return l.checkConcern("writeConcern", l.writeConcern, v)
}

func (l *language) readReadConcern(_ *arguments, v value) error {
	return l.checkConcern("readConcern", l.readConcern, v)
}

func (*language) checkConcern(name string, known words[check], v value) error {
	d, err := parseDocument(name, v)
	if err != nil {
		return err
	}
	for field, v := range fields(d) {
		met, understood := known.find(field)
		if !understood {
			return unknownField(name, field)
		}
		if err := met(v); err != nil {
			return err
		}
	}
	return nil
}

func writeConcerns() map[string]check {
	return map[string]check{
		"w": func(v value) error {
			if v.String() != `"majority"` {
				return errorf(codeBadValue, "only the write concern \"majority\" is supported")
			}
			return nil
		},
		"j": func(v value) error { // true or false: it is in the file either way
			_, err := parseBool("j", v)
			return err
		},
	}
}

func readConcerns() map[string]check {
	return map[string]check{"level": func(v value) error {
		if level := v.String(); level != `"local"` && level != `"majority"` {
			return errorf(codeFailedToParse, "the read concern %s is not supported", level)
		}
		return nil
	}}
}
