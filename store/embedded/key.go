package embedded

import (
	"encoding/binary"
	"math"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

const (
	// The first byte of a key says the kind of value, in MongoDB's order of comparison across
	// types (MongoDB manual, "Comparison/Sort Order"). Numbers of all types share one rank: 1,
	// 1.0 and NumberLong(1) are the same key. The ranks lie apart, so that a kind can be added
	// between two of them without a new format of the file.
	rankEmptyArray byte = 0x08 // an empty array in an index stands before null
	rankNull       byte = 0x10 // a missing field and null are the same key
	rankNumber     byte = 0x18
	rankString     byte = 0x20
	rankDocument   byte = 0x28
	rankArray      byte = 0x30
	rankBinary     byte = 0x38
	rankObjectID   byte = 0x40
	rankBoolean    byte = 0x48
	rankDate       byte = 0x50
	rankUnordered  byte = 0x58 // types that are never stored
)

// typeRank returns the rank of a BSON type; type 0, a missing field, ranks as null.
func typeRank(t bsoncore.Type) byte {
	switch t {
	case 0, bsoncore.TypeNull:
		return rankNull
	case bsoncore.TypeInt32, bsoncore.TypeInt64, bsoncore.TypeDouble:
		return rankNumber
	case bsoncore.TypeString:
		return rankString
	case bsoncore.TypeEmbeddedDocument:
		return rankDocument
	case bsoncore.TypeArray:
		return rankArray
	case bsoncore.TypeBinary:
		return rankBinary
	case bsoncore.TypeObjectID:
		return rankObjectID
	case bsoncore.TypeBoolean:
		return rankBoolean
	case bsoncore.TypeDateTime:
		return rankDate
	default:
		return rankUnordered
	}
}

// appendKey appends the key of v to b. The bytes of two keys compare as MongoDB compares the
// values, and no key is the beginning of another one. So keys can be strung together, and
// inverted byte by byte for a descending index (TestKeysSortAsMongoDBSortsValues). MongoDB's
// storage does the same with its KeyString (src/mongo/db/storage/key_string); the bytes are not
// those.
//
// Within a kind the rules are those of the manual: strings by their bytes, documents field by
// field by type, then name, then value, arrays item by item, binary by length, subtype and
// bytes, false before true.
//
// The layout is part of the format of the file: a change of it needs a new fileFormat.
func appendKey(b []byte, v value) []byte {
	b = append(b, typeRank(v.Type))
	switch v.Type {
	case bsoncore.TypeInt32:
		return appendInteger(b, int64(v.Int32()))
	case bsoncore.TypeInt64:
		return appendInteger(b, v.Int64())
	case bsoncore.TypeDouble:
		return appendNumber(b, v.Double(), 0)
	case bsoncore.TypeString:
		return appendString(b, v.StringValue())
	case bsoncore.TypeEmbeddedDocument:
		for e := range elements(v.Data) {
			inner := e.Value()
			b = append(b, 1, typeRank(inner.Type)) // type first, then name, then value
			b = appendString(b, e.Key())
			b = appendKey(b, inner)
		}
		return append(b, 0)
	case bsoncore.TypeArray:
		for inner := range items(v) {
			b = appendKey(append(b, 1), inner)
		}
		return append(b, 0)
	case bsoncore.TypeBinary: // by length, then subtype, then bytes
		subtype, data := v.Binary()
		b = binary.BigEndian.AppendUint32(b, uint32(len(data))) //nolint:gosec // a document is at most 16 MiB
		return append(append(b, subtype), data...)
	case bsoncore.TypeObjectID:
		id := v.ObjectID()
		return append(b, id[:]...)
	case bsoncore.TypeBoolean:
		if v.Boolean() {
			return append(b, 1)
		}
		return append(b, 0)
	case bsoncore.TypeDateTime:
		return binary.BigEndian.AppendUint64(b, uint64(v.DateTime())^(1<<63)) //nolint:gosec // inverts the sign bit on purpose
	default:
		return b
	}
}

// encodeKey returns the key of v alone.
func encodeKey(v value) []byte { return appendKey(nil, v) }

// appendInteger writes an integer as the double nearest to it and its distance from that
// double. Doubles alone would make neighbours above 2^53 equal; the distance keeps them apart
// from each other and in order with real doubles.
func appendInteger(b []byte, i int64) []byte {
	f := float64(i)
	if f >= 1<<63 { // the nearest double is out of range for int64
		return appendNumber(b, f, i-math.MaxInt64-1)
	}
	return appendNumber(b, f, i-int64(f))
}

// appendNumber writes ten bytes: the bits of f such that they compare as the numbers do (the
// sign bit of positive numbers set, all bits of negative ones inverted), then the distance. NaN
// comes before every other number, and -0 is 0, as in MongoDB.
func appendNumber(b []byte, f float64, distance int64) []byte {
	bits := math.Float64bits(f)
	switch {
	case math.IsNaN(f):
		bits = 0
	case f == 0:
		bits = 1 << 63
	case f < 0:
		bits = ^bits
	default:
		bits |= 1 << 63
	}
	b = binary.BigEndian.AppendUint64(b, bits)
	return binary.BigEndian.AppendUint16(b, uint16(distance+1<<15)) //nolint:gosec // a distance is within ±512
}

// appendString ends a string with 00 01 and writes a zero byte inside it as 00 FF. So a string
// sorts before its own continuations, with or without zero bytes: "a" < "a\x00" < "aa".
func appendString(b []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			return append(append(b, s...), 0, 1)
		}
		b = append(append(b, s[:i]...), 0, 0xFF)
		s = s[i+1:]
	}
}

// isNaNKey reports whether a key is that of NaN, which is in no range.
func isNaNKey(k []byte) bool {
	return k[0] == rankNumber && binary.BigEndian.Uint64(k[1:]) == 0
}

// invert inverts every byte of a key, in place, and with them the order of keys of which none
// begins another.
func invert(k []byte) []byte {
	for i := range k {
		k[i] = ^k[i]
	}
	return k
}

// prefixEnd returns the first byte string that follows every string beginning with k; nil when
// there is none.
func prefixEnd(k []byte) []byte {
	for i := len(k) - 1; i >= 0; i-- {
		if k[i] != 0xFF {
			next := append([]byte(nil), k[:i+1]...)
			next[i]++
			return next
		}
	}
	return nil
}
