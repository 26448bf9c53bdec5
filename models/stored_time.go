package models

import "time"

// StoredTime returns t as the database keeps it: UTC, in whole milliseconds (the
// datetime of BSON), so that what is answered now and what is read later compare
// equal. The zero time stays zero.
func StoredTime(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
