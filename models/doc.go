// Package models holds the types that several packages share, and the rules that their values cannot break:
//
//	what comes in ........ Draft, CheckRequest, Encounter, SignatureDraft, DeviceDraft
//	what is recognised ... Indicator, Signature, Hit, Verdict
//	what is kept ......... Report, Evidence, Device, Exposure, Warning, Key
//	what has changed ..... Change, Entry of the verdict log, Revise
//	who asks, what fails . Caller, Credential, Error
//
// It does no I/O, reads no clock and starts no goroutine: whoever needs the time passes it in. Its randomness, for
// credentials and ids, is that of crypto/rand. Ids that must be the same for the same effect are hashes of what they name,
// so whatever is done twice after a crash is stored once.
//
// The bson tags name the fields in MongoDB, which only the package store reads; the json tags those of the API. Both, and
// the values of the string constants, are stored in databases and used by apps, so they are never renamed.
package models
