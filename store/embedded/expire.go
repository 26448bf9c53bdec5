package embedded

import (
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

const (
	sweepInterval = 45 * time.Second
	sweepBatch    = 1000 // documents deleted per task, so that other writers are not held up
)

// sweep deletes expired documents until the engine closes. Deletion is late by up to a sweep, as it is in MongoDB: a query
// that must not see an expired document has to say so.
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

// expire deletes what has expired at now.
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

// expiring gives the indexes with an expiry, by namespace.
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

func (e *Engine) deleteExpiredBy(namespace string, x *index, now time.Time) error {
	before := now.Add(-time.Duration(x.expireAfter) * time.Second).UnixMilli()
	t, err := parsePredicate(x.fields[0].path, "$lt", value{Type: bsoncore.TypeDateTime, Data: bsoncore.AppendDateTime(nil, before)})
	if err != nil {
		return err
	}
	q := &query{
		filter: append(allOf{t}, x.partial...),
		hint:   value{Type: bsoncore.TypeString, Data: bsoncore.AppendString(nil, x.name)},
		limit:  sweepBatch,
	}
	for deleted := int32(sweepBatch); deleted == sweepBatch; {
		err := e.write(time.Time{}, func(t *transaction) (err error) {
			c, err := t.collection(namespace)
			if c == nil || err != nil {
				deleted = 0
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
