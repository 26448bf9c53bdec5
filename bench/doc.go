// Package bench measures what Tocsin does most, with another library that does
// the same, or the machine's own limit, beside it in the same run: figures of two
// runs on a shared machine cannot be compared. It has tests only.
//
//	go test -bench . -benchmem                     everything once
//	TOCSIN_BENCH_SIGNATURES=10000000 go test -bench Exact   at ten million
//	go test -bench . -count 10 | go tool benchstat -
package bench
