package embedded

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

const (
	// The MongoDB wire protocol (MongoDB manual, "MongoDB Wire Protocol"): a header of four
	// little-endian int32, which are length, request id, id of the request answered and opcode,
	// then the body.
	headerSize     = 16
	maxMessageSize = 48_000_000
	opReply        = 1
	opQuery        = 2004 // for the driver's very first hello only
	opMsg          = 2013

	// Flag bits of OP_MSG. The lower sixteen are required: a server refuses a message that has
	// one that it does not know, and here that is all of them: nobody sends a checksum over a
	// pipe, or wants no reply. The upper ones are optional and are ignored.
	requiredFlags = 0xFFFF
)

// errProtocol ends the connection. There is no reply that it could be told in: where the next
// message begins is not known.
var errProtocol = errors.New("not a message of the MongoDB wire protocol")

// request is a command as it came in: its body, and the documents of its sequence sections
// (kind 1) apart, by name.
type request struct {
	id        int32
	legacy    bool   // came as OP_QUERY
	name      string // the first field of the body
	body      document
	sequences map[string][]document
	received  time.Time
}

// serve answers the requests of one connection, one after the other, until it is closed. A
// message that is none ends the connection and no other
// (TestMessagesThatAreNoneEndTheConnection).
func (e *Engine) serve(c net.Conn) {
	defer func() { _ = c.Close() }() // a pipe has nothing to fail at
	r := bufio.NewReaderSize(c, 64<<10)
	for {
		req, err := readRequest(r)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
				e.log.Warn("close a connection to the embedded engine", "error", err)
			}
			return
		}
		// The next request is read after this one is answered, so the commands of a connection
		// take effect in order.
		if _, err := c.Write(encodeReply(req, e.handle(req))); err != nil {
			return // the client has gone; there is nobody to tell
		}
	}
}

// readRequest reads one message. The length is checked before memory is taken for it.
func readRequest(r io.Reader) (*request, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header[:])
	if length < headerSize || length > maxMessageSize+headerSize {
		return nil, errProtocol
	}
	body := make([]byte, length-headerSize) // not reused: bbolt keeps what it is given until the commit
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	id := int32(binary.LittleEndian.Uint32(header[4:])) //nolint:gosec // bits as they are
	// OP_COMPRESSED and the old opcodes are refused; hello offers no compression.
	switch binary.LittleEndian.Uint32(header[12:]) {
	case opMsg:
		return parseMessage(id, body)
	case opQuery:
		return parseQuery(id, body)
	default:
		return nil, errProtocol
	}
}

// parseMessage reads the body of an OP_MSG: flags and sections. b is kept: the documents of the
// request are parts of it.
func parseMessage(id int32, b []byte) (*request, error) {
	if len(b) < 5 {
		return nil, errProtocol
	}
	// A message with a flag that is not known may be laid out in a way that is not known
	// either.
	if binary.LittleEndian.Uint32(b)&requiredFlags != 0 {
		return nil, errProtocol
	}
	b = b[4:]
	req := &request{id: id, received: time.Now()}
	// Sections until the end of the message, in any order.
	for len(b) > 0 {
		kind := b[0]
		size, _, ok := bsoncore.ReadLength(b[1:])
		if !ok || size < 5 || int(size) > len(b)-1 {
			return nil, errProtocol
		}
		section := b[1 : 1+size]
		b = b[1+size:]
		if err := req.addSection(kind, section); err != nil {
			return nil, err
		}
	}
	return req, req.validate()
}

// addSection takes one section: the body (kind 0) once, and each sequence of documents (kind 1)
// once.
func (req *request) addSection(kind byte, section []byte) error {
	switch {
	case kind == 0 && req.body == nil:
		req.body = section
		return nil
	case kind == 1:
		name, documents, err := parseSequence(section[4:])
		if err != nil {
			return err
		}
		if req.sequences == nil {
			req.sequences = map[string][]document{}
		}
		if _, twice := req.sequences[name]; twice {
			return errProtocol
		}
		req.sequences[name] = documents
		return nil
	default:
		return errProtocol
	}
}

// parseSequence reads a sequence: its name, which ends with a zero byte, then documents. All of
// them are validated here, so that the rest of the engine may read them without checks.
func parseSequence(b []byte) (name string, documents []document, err error) {
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return "", nil, errProtocol
	}
	name, b = string(b[:end]), b[end+1:]
	for len(b) > 0 {
		d, rest, ok := bsoncore.ReadDocument(b)
		if !ok || validateDocument(d, 0) != nil {
			return "", nil, errProtocol
		}
		documents, b = append(documents, d), rest
	}
	return name, documents, nil
}

// validate checks the structure of the body and takes the command's name, which is the name of
// its first field.
func (req *request) validate() error {
	if req.body == nil || validateDocument(req.body, 0) != nil {
		return errProtocol
	}
	for name := range fields(req.body) {
		req.name = name
		return nil
	}
	return errProtocol
}

// parseQuery reads the OP_QUERY with which a driver sends its first hello, before it knows that
// the server speaks OP_MSG (MongoDB Handshake specification). No other command may come so.
func parseQuery(id int32, b []byte) (*request, error) {
	if len(b) < 4 {
		return nil, errProtocol
	}
	b = b[4:] // flags
	for len(b) > 0 && b[0] != 0 {
		b = b[1:] // namespace
	}
	// The end of the name, the documents to skip and to return, and at least the query itself.
	if len(b) < 9 {
		return nil, errProtocol
	}
	d, _, ok := bsoncore.ReadDocument(b[9:]) // after the end of the name, skip and limit
	if !ok {
		return nil, errProtocol
	}
	req := &request{id: id, legacy: true, body: d, received: time.Now()}
	return req, req.validate()
}

// encodeReply puts a reply document into a message: OP_MSG, or OP_REPLY to an OP_QUERY.
func encodeReply(req *request, reply document) []byte {
	b := make([]byte, headerSize, headerSize+20+len(reply))
	binary.LittleEndian.PutUint32(b[8:], uint32(req.id)) //nolint:gosec // bits as they are
	if req.legacy {
		binary.LittleEndian.PutUint32(b[12:], opReply)
		b = append(b, make([]byte, 16)...) // flags, cursor id, starting from
		b = binary.LittleEndian.AppendUint32(b, 1)
	} else {
		binary.LittleEndian.PutUint32(b[12:], opMsg)
		b = append(b, 0, 0, 0, 0, 0) // flags, kind of section
	}
	b = append(b, reply...)
	binary.LittleEndian.PutUint32(b, uint32(len(b))) //nolint:gosec // a reply is at most some 16 MiB
	return b
}
