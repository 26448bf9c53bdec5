.PHONY: build test lint format openapi bench demo ci

build:   ; go build -o tocsin ./cmd/tocsin
test:    ; go test -race ./...
lint:    ; golangci-lint run ./...
format:  ; golangci-lint fmt ./...
openapi: ; go test ./handlers -run OpenAPI -update
bench:   ; cd bench && go test -bench . -benchmem -count 10 -timeout 2h | tee /dev/stderr | go tool benchstat - > ../docs/benchmarks.txt
demo:    ; go run ./cmd/tocsin demo
ci:      ; .ci/run
