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

// The MongoDB wire protocol (specification "MongoDB Wire Protocol" and OP_MSG): a header of four little-endian int32
// (length, request id, id of the request answered, opcode), then the body.
const (
	headerSize     = 16
	maxMessageSize = 48_000_000
	opReply        = 1
	opQuery        = 2004 // for the driver's very first hello only
	opMsg          = 2013

	flagChecksum   = 1 << 0
	flagMoreToCome = 1 << 1
	requiredFlags  = 0xFFFF // an unknown bit among the lower sixteen is an error
)

var errProtocol = errors.New("not a message of the MongoDB wire protocol")

// request is a command as it came in: its body, with the documents of its sequence sections apart.
type request struct {
	id        int32
	legacy    bool // came as OP_QUERY
	noReply   bool
	name      string // the first field of the body
	body      document
	sequences map[string][]document
	received  time.Time
}

// serve answers the requests of one connection, one after the other, until it is closed.
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
		reply := e.handle(req)
		if req.noReply {
			continue
		}
		if _, err := c.Write(encodeReply(req, reply)); err != nil {
			return // the client has gone; there is nobody to tell
		}
	}
}

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
	switch binary.LittleEndian.Uint32(header[12:]) {
	case opMsg:
		return parseMessage(id, body)
	case opQuery:
		return parseQuery(id, body)
	default:
		return nil, errProtocol
	}
}

func parseMessage(id int32, b []byte) (*request, error) {
	if len(b) < 5 {
		return nil, errProtocol
	}
	flags := binary.LittleEndian.Uint32(b)
	if flags&requiredFlags&^(flagChecksum|flagMoreToCome) != 0 {
		return nil, errProtocol
	}
	b = b[4:]
	if flags&flagChecksum != 0 { // a pipe in memory needs none
		if len(b) < 4 {
			return nil, errProtocol
		}
		b = b[:len(b)-4]
	}
	req := &request{id: id, noReply: flags&flagMoreToCome != 0, received: time.Now()}
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

// parseQuery reads the OP_QUERY with which a driver greets a server that it does not know yet.
func parseQuery(id int32, b []byte) (*request, error) {
	if len(b) < 4 {
		return nil, errProtocol
	}
	b = b[4:] // flags
	for len(b) > 0 && b[0] != 0 {
		b = b[1:] // namespace
	}
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

// frame puts a reply document into a message.
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
