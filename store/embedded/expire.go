package embedded

import (
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

const (
	// A sweep starts every sweepInterval; MongoDB's runs every 60 seconds (manual, "TTL
	// Indexes").
	sweepInterval = 45 * time.Second
	sweepBatch    = 1000 // documents deleted per task, so that other writers are not held up
)

// sweep deletes expired documents, and cursors that nobody uses, until the engine closes.
// Deletion is late by up to a sweep, as it is in MongoDB: a query that must not see an expired
// document has to say so. A sweep that fails is logged, and the next one tries again.
func (e *Engine) sweep() {
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-e.closing:
			return
		case now := <-ticker.C:
			e.cursors.dropIdle(now)
			if err := e.deleteExpired(now); err != nil {
				e.log.Error("delete expired documents", "error", err)
			}
		}
	}
}

// deleteExpired deletes what has expired at now. An index that fails does not keep the others
// from being swept; all errors are returned, joined.
func (e *Engine) deleteExpired(now time.Time) error {
	ttl := map[string][]*index{}
	err := e.view(func(t *transaction) (err error) {
		ttl, err = t.ttlIndexes()
		return err
	})
	for namespace, indexes := range ttl {
		for _, x := range indexes {
			err = errors.Join(err, e.deleteExpiredBy(namespace, x, now))
		}
	}
	return err
}

// ttlIndexes returns the indexes with an expiry, by namespace.
func (t *transaction) ttlIndexes() (map[string][]*index, error) {
	ttl := map[string][]*index{}
	for _, namespace := range t.namespaces("") {
		c, err := t.collection(namespace)
		if err != nil {
			return nil, err
		}
		for _, x := range c.indexes {
			if x.expireAfter >= 0 {
				ttl[namespace] = append(ttl[namespace], x)
			}
		}
	}
	return ttl, nil
}

// deleteExpiredBy deletes the documents that one TTL index says have expired, in batches, so
// that other writers get their turn in between. The rules are MongoDB's (manual, "TTL Indexes")
// and follow from the comparison with a date: a document without a date in the field never
// expires, and of an array the earliest date counts (TestExpiredDocumentsAreSwept).
func (e *Engine) deleteExpiredBy(namespace string, x *index, now time.Time) error {
	before := now.Add(-time.Duration(x.expireAfter) * time.Second).UnixMilli()
	date := value{Type: bsoncore.TypeDateTime, Data: bsoncore.AppendDateTime(nil, before)}
	expired, err := e.language.parsePredicate(x.fields[0].path, "$lt", date)
	if err != nil {
		return err
	}
	// The index itself is named, so the sweep reads what has expired and no more, and the
	// filter of a partial index is part of the query, so that the planner sees that the index
	// holds all of it.
	q := &query{
		filter: append(allOf{expired}, x.partial...),
		index:  x.name,
		limit:  sweepBatch,
	}
	// A batch that is not full is the last one.
	for deleted := int32(sweepBatch); deleted == sweepBatch; {
		err := e.write(time.Time{}, func(t *transaction) (err error) {
			c, err := t.collection(namespace)
			if err != nil {
				return err
			}
			deleted, err = c.deleteAll(q)
			return err
		})
		if err != nil {
			return err
		}
		select {
		case <-e.closing:
			return nil
		default:
		}
	}
	return nil
}
