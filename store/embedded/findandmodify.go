package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// findAndModifyArguments are the arguments of findAndModify.
type findAndModifyArguments struct {
	query
	update     *updateSpec
	projection *projection
	remove     bool
	upsert     bool
	returnNew  bool // give the document as it is afterwards
}

// findAndModifyResult is what findAndModify did.
type findAndModifyResult struct {
	d        document // nil: none
	n        int32
	existing bool
	upserted value
}

// findAndModify finds one document, changes or removes it, and returns it as it was before or
// after:
//
//	{findAndModify: "reports", query: {state: "open", due: {$lte: 5}}, sort: {due: 1},
//	 update: {$set: {due: 9}, $inc: {fence: 1}}, new: true}
//
// All of it is one task of the writer, so no other write comes between finding and changing: of
// many clients that claim a job, one gets it (TestNoJobIsClaimedTwice). A task that finds
// nothing commits nothing, so polling an empty queue costs no disk write.
func (e *Engine) findAndModify(req *request) (document, error) {
	x := &findAndModifyArguments{}
	a, err := req.parseCollectionArguments(func(name string, v value) error { return x.set(req, name, v) })
	if err != nil {
		return nil, err
	}
	if err := x.validate(); err != nil {
		return nil, err
	}
	x.deadline, x.limit = a.deadline, 1
	result := &findAndModifyResult{}
	err = e.write(a.deadline, func(t *transaction) error {
		// The task may run a second time (see task), and the first run must not show in the
		// result.
		*result = findAndModifyResult{}
		open := t.collection
		if x.upsert {
			open = t.ensureCollection
		}
		c, err := open(a.namespace())
		if c == nil || err != nil {
			return err
		}
		return c.findAndModify(x, result)
	})
	if err != nil {
		return nil, err
	}
	// The projection works on a document that is ours by now, so it needs no transaction.
	if result.d != nil {
		result.d = x.projection.apply(result.d)
	}
	return result.reply(x.remove), nil
}

// set reads one argument. "query" and "fields" are what find calls filter and projection.
func (x *findAndModifyArguments) set(req *request, name string, v value) (err error) {
	switch name {
	case "query":
		return x.query.set("filter", v)
	case "sort", "hint":
		return x.query.set(name, v)
	case "update":
		x.update, err = parseUpdate(v)
	case "fields":
		x.projection, err = parseProjection(v)
	case "remove":
		x.remove, err = parseBool(name, v)
	case "upsert":
		x.upsert, err = parseBool(name, v)
	case "new":
		x.returnNew, err = parseBool(name, v)
	default:
		return req.unknownField(name)
	}
	return err
}

// validate refuses the combinations that MongoDB refuses.
func (x *findAndModifyArguments) validate() error {
	switch {
	case x.remove && x.update != nil:
		return errorf(codeFailedToParse, "Cannot specify both an update and remove=true")
	case x.remove && x.upsert:
		return errorf(codeFailedToParse, "Cannot specify both upsert=true and remove=true")
	case x.remove && x.returnNew:
		return errorf(codeFailedToParse, "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document")
	case !x.remove && x.update == nil:
		return errorf(codeFailedToParse, "Either an update or remove=true must be specified")
	default:
		return nil
	}
}

// findAndModify works on the first document in the order of the query. The document before the
// change is cloned: what the transaction gives is not valid after the change.
func (c *collection) findAndModify(x *findAndModifyArguments, result *findAndModifyResult) error {
	ids, err := c.findIDs(&x.query)
	switch {
	case err != nil:
		return err
	case len(ids) == 0 && x.upsert:
		return c.findAndModifyUpsert(x, result)
	// Nothing matches: the reply holds a null, and the driver makes ErrNoDocuments of it.
	case len(ids) == 0:
		return nil
	}
	old := document(bytes.Clone(c.documents.Get(ids[0])))
	result.n, result.d, result.existing = 1, old, true
	if x.remove {
		return c.remove(ids[0], old)
	}
	// A refusal here, as of a $inc of a string, leaves the document as it was; the client is
	// sent the error, not result.
	d, _, err := c.modify(ids[0], x.update)
	if x.returnNew {
		result.d = bytes.Clone(d)
	}
	return err
}

// findAndModifyUpsert inserts the document that the query and the update make. The result holds
// it only if the document after the change was asked for; before the change there was none.
func (c *collection) findAndModifyUpsert(x *findAndModifyArguments, result *findAndModifyResult) error {
	d, err := c.upsert(x.filter, x.update)
	if err != nil {
		return err
	}
	result.n, result.upserted = 1, lookup(d, "_id")
	// Before an upsert there was no document: without new the reply holds a null.
	if x.returnNew {
		result.d = d
	}
	return nil
}

// reply is the document that answers the command; updatedExisting is absent after a removal, as
// in MongoDB.
func (result *findAndModifyResult) reply(remove bool) document {
	return buildDocument(func(b []byte) []byte {
		b = bsoncore.AppendDocumentElement(b, "lastErrorObject", buildDocument(func(b []byte) []byte {
			b = bsoncore.AppendInt32Element(b, "n", result.n)
			if !remove {
				b = bsoncore.AppendBooleanElement(b, "updatedExisting", result.existing)
			}
			if result.upserted.Type != 0 {
				b = bsoncore.AppendValueElement(b, "upserted", result.upserted)
			}
			return b
		}))
		if result.d == nil {
			return bsoncore.AppendNullElement(b, "value")
		}
		return bsoncore.AppendDocumentElement(b, "value", result.d)
	})
}
