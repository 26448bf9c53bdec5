// Package models holds the words of the product and the rules that they cannot
// break: report, indicator, signature, level, verdict, evidence, change,
// exposure, device, warning. It does no I/O, reads no clock and starts no
// goroutine. The bson tags name the fields in MongoDB; only the package store
// reads them.
package models
