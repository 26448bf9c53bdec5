package embedded

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// code is an error code of MongoDB. Clients decide by code, so every refusal carries the code that a MongoDB server
// gives in the same place (src/mongo/base/error_codes.yml, and the numbered assertions of its parsers).
type code int32

const (
	codeInternal            code = 1
	codeBadValue            code = 2
	codeFailedToParse       code = 9
	codeTypeMismatch        code = 14
	codeUnauthorized        code = 13
	codeOverflow            code = 15
	codeOperationsCount     code = 16
	codeIllegalOperation    code = 20
	codeNamespaceNotFound   code = 26
	codePathNotViable       code = 28
	codeConflictingUpdates  code = 40
	codeCursorNotFound      code = 43
	codeMaxTimeExpired      code = 50
	codeDollarPrefixed      code = 52
	codeInvalidID           code = 53
	codeNotSingleValue      code = 54
	codeEmptyFieldName      code = 56
	codeCommandNotFound     code = 59
	codeImmutableField      code = 66
	codeCannotCreateIndex   code = 67
	codeInvalidNamespace    code = 73
	codeIndexOptions        code = 85
	codeIndexKeySpecs       code = 86
	codeShutdown            code = 91
	codeParallelArrays      code = 171
	codePlanKilled          code = 175
	codeInvalidIndexOption  code = 197
	codeNotImplemented      code = 238
	codeNoPlan              code = 291
	codeMemoryLimit         code = 292
	codeTooLarge            code = 10334
	codeDuplicateKey        code = 11000
	codeBadSortOrder        code = 15975
	codeKeyTooLong          code = 17280
	codeUpdateTooLarge      code = 17419
	codeUnknownAccumulator  code = 15952
	codeGroupWithoutID      code = 15955
	codeAccumulatorNotDoc   code = 40234
	codeAccumulatorCount    code = 40238
	codeUnknownStage        code = 40324
	codeStageNotSingle      code = 40323
	codeMissingField        code = 40414
	codeUnknownField        code = 40415
	codeCountNotString      code = 40156
	codeCountDollar         code = 40158
	codeCountDot            code = 40160
	codeGroupNotDocument    code = 15947
	codeGroupFieldName      code = 40235
	codeMatchNotDocument    code = 15959
	codeLimitNotPositive    code = 15958
	codeSortNotDocument     code = 15973
	codeSortEmpty           code = 15976
	codeSortNotNumber       code = 15974
	codeNegative            code = 51024
	codeLimitNotNumber      code = 5107201
	codeProjectionParent    code = 31250
	codeCountEmpty          code = 40157
	codeProjectionCollision code = 31249
	codeExcludeInInclusion  code = 31254
	codeIncludeInExclusion  code = 31253
)

// name is the code's name as MongoDB spells it in codeName; a numbered assertion is "Location" and its number.
func (c code) name() string {
	switch c {
	case codeInternal:
		return "InternalError"
	case codeBadValue:
		return "BadValue"
	case codeFailedToParse:
		return "FailedToParse"
	case codeTypeMismatch:
		return "TypeMismatch"
	case codeNamespaceNotFound:
		return "NamespaceNotFound"
	case codeCursorNotFound:
		return "CursorNotFound"
	case codeMaxTimeExpired:
		return "MaxTimeMSExpired"
	case codeCommandNotFound:
		return "CommandNotFound"
	case codeImmutableField:
		return "ImmutableField"
	case codeShutdown:
		return "ShutdownInProgress"
	case codePlanKilled:
		return "QueryPlanKilled"
	case codeNotImplemented:
		return "NotImplemented"
	case codeNoPlan:
		return "NoQueryExecutionPlans"
	case codeDuplicateKey:
		return "DuplicateKey"
	default:
		return fmt.Sprintf("Location%d", int32(c))
	}
}

// refusal is an error that is part of the protocol: the command, or one of its statements, was understood to be wrong
// and has changed nothing. Any other error is a fault of the engine.
type commandError struct {
	code    code
	message string
	pattern document // of a duplicate key: the key pattern of the index
	value   document // and the values that are there already
}

func (r *commandError) Error() string { return r.message }

func errorf(c code, format string, args ...any) error {
	return &commandError{code: c, message: fmt.Sprintf(format, args...)}
}

// abandoned marks a refusal that came after something was written: its transaction must not be committed.
type rollbackError struct{ cause error }

func (a rollbackError) Error() string { return a.cause.Error() }
func (a rollbackError) Unwrap() error { return a.cause }

// harmless reports whether a task that ended with err has left its transaction fit to be committed.
func canCommit(err error) bool {
	if err == nil {
		return true
	}
	if errors.As(err, new(rollbackError)) {
		return false
	}
	var r *commandError
	return errors.As(err, &r)
}

// asRefusal gives the form in which err goes to the client.
func asCommandError(err error) *commandError {
	var r *commandError
	if errors.As(err, &r) {
		return r
	}
	return &commandError{code: codeInternal, message: err.Error()}
}

// append writes the refusal's fields into a reply document that is being built.
func (r *commandError) append(b []byte) []byte {
	b = bsoncore.AppendInt32Element(b, "code", int32(r.code))
	b = bsoncore.AppendStringElement(b, "codeName", r.code.name())
	b = bsoncore.AppendStringElement(b, "errmsg", r.message)
	if r.pattern != nil {
		b = bsoncore.AppendDocumentElement(b, "keyPattern", r.pattern)
		b = bsoncore.AppendDocumentElement(b, "keyValue", r.value)
	}
	return b
}
