package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// exchange are the arguments of findAndModify.
type findAndModifyArguments struct {
	query
	update     *updateSpec
	projection *projection
	remove     bool
	upsert     bool
	returnNew  bool // give the document as it is afterwards
}

// exchanged is what it did.
type findAndModifyResult struct {
	d        document // nil: none
	n        int32
	existing bool
	upserted value
}

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
	if result.d != nil {
		result.d = x.projection.apply(result.d)
	}
	return result.reply(x.remove), nil
}

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

func (c *collection) findAndModify(x *findAndModifyArguments, result *findAndModifyResult) error {
	ids, err := c.findIDs(&x.query)
	switch {
	case err != nil:
		return err
	case len(ids) == 0 && x.upsert:
		return c.findAndModifyUpsert(x, result)
	case len(ids) == 0:
		return nil
	}
	old := document(bytes.Clone(c.documents.Get(ids[0])))
	result.n, result.d, result.existing = 1, old, true
	if x.remove {
		return c.remove(ids[0], old)
	}
	d, _, err := c.modify(ids[0], x.update)
	if x.returnNew {
		result.d = bytes.Clone(d)
	}
	return err
}

func (c *collection) findAndModifyUpsert(x *findAndModifyArguments, result *findAndModifyResult) error {
	d, err := c.upsert(x.filter, x.update)
	if err != nil {
		return err
	}
	result.n, result.upserted = 1, lookup(d, "_id")
	if x.returnNew {
		result.d = d
	}
	return nil
}

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
