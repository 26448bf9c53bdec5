package embedded

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// code is an error code of MongoDB. Clients decide by code, so every refusal carries the code
// that a MongoDB server gives in the same place (src/mongo/base/error_codes.yml, and the
// numbered assertions of its parsers). TestCommandsAnswerAsMongoDBDoes compares the codes; it
// does not compare the texts.
type code int32

const (
	// General codes, by the names of error_codes.yml. A code above 10,000 is a numbered
	// assertion, except for 10334 and 11000, which have names.
	codeInternal           code = 1
	codeBadValue           code = 2
	codeFailedToParse      code = 9
	codeTypeMismatch       code = 14
	codeUnauthorized       code = 13
	codeOverflow           code = 15
	codeOperationsCount    code = 16
	codeIllegalOperation   code = 20
	codeNamespaceNotFound  code = 26
	codePathNotViable      code = 28
	codeConflictingUpdates code = 40
	codeCursorNotFound     code = 43
	codeMaxTimeExpired     code = 50
	codeDollarPrefixed     code = 52
	codeInvalidID          code = 53
	codeNotSingleValue     code = 54
	codeEmptyFieldName     code = 56
	codeCommandNotFound    code = 59
	codeImmutableField     code = 66
	codeCannotCreateIndex  code = 67
	codeInvalidNamespace   code = 73
	codeIndexOptions       code = 85
	codeIndexKeySpecs      code = 86
	codeParallelArrays     code = 171
	codeInvalidIndexOption code = 197
	codeNotImplemented     code = 238
	codeNoPlan             code = 291
	codeMemoryLimit        code = 292
	codeTooLarge           code = 10334
	codeDuplicateKey       code = 11000
	// Numbered assertions, of the parsers of sort and other options.
	codeBadSortOrder   code = 15975
	codeKeyTooLong     code = 17280
	codeUpdateTooLarge code = 17419
	codeMissingField   code = 40414
	codeUnknownField   code = 40415
	codeSortNotNumber  code = 15974
	codeNegative       code = 51024
)

// commandError is an error that is part of the protocol: the command, or one of its statements,
// was understood, is refused and has changed nothing. Any other error is a fault of the engine
// and goes out with code 1.
type commandError struct {
	code    code
	message string
	pattern document // of a duplicate key: the key pattern of the index
	value   document // and the values that are there already
}

// Error is the text for the client, which holds no stored value.
func (e *commandError) Error() string { return e.message }

// errorf makes a commandError.
func errorf(c code, format string, args ...any) error {
	return &commandError{code: c, message: fmt.Sprintf(format, args...)}
}

// rollbackError marks a refusal that came after something was written: its transaction must not
// be committed.
type rollbackError struct{ cause error }

// Error is the text of the refusal.
func (e rollbackError) Error() string { return e.cause.Error() }

// Unwrap returns the refusal, which is what the client is sent.
func (e rollbackError) Unwrap() error { return e.cause }

// canCommit reports whether a task that ended with err has left its transaction fit to be
// committed: it succeeded, or it was refused before its first write. So a refusal costs its
// neighbours in the group nothing.
func canCommit(err error) bool {
	if err == nil {
		return true
	}
	// Asked first: a rollbackError wraps a refusal.
	if errors.As(err, new(rollbackError)) {
		return false
	}
	var e *commandError
	return errors.As(err, &e)
}

// asCommandError returns the form in which err goes to the client.
func asCommandError(err error) *commandError {
	var e *commandError
	if errors.As(err, &e) {
		return e
	}
	return &commandError{code: codeInternal, message: err.Error()}
}

// append writes the fields of the error into a reply document that is being built. keyPattern
// and keyValue are what the driver's users read of a duplicate key.
func (e *commandError) append(b []byte) []byte {
	b = bsoncore.AppendInt32Element(b, "code", int32(e.code))
	b = bsoncore.AppendStringElement(b, "errmsg", e.message)
	// Only a duplicate key has these.
	if e.pattern != nil {
		b = bsoncore.AppendDocumentElement(b, "keyPattern", e.pattern)
		b = bsoncore.AppendDocumentElement(b, "keyValue", e.value)
	}
	return b
}
