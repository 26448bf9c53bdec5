// Package edge is the HTTP edge: it runs Huma's operations on Fiber and
// fasthttp. Every request passes the same checks, whether its handler asks for them
// or not: a policy (who may call), a rate limit, a deadline, strict JSON, problem
// replies (RFC 9457), a request id, one log line and one measurement. Behind it
// a handler is func(ctx, *In) (*Out, error) and knows no HTTP library.
//
//	socket -> fasthttp -> Fiber's router -> exchange -> Huma -> handler
//	                                        admit:      parameters and body
//	                                        caller, policy, limit,
//	                                        parameters, headers,
//	                                        media type, size, JSON
//
// # Three kinds of operation
//
// Handle is for nearly all: Huma reads, checks and writes. Stream takes and returns
// newline-delimited JSON for bulk work, and the results leave while lines arrive. Raw
// bypasses Huma for an operation where each allocation counts. All three pass the same
// checks, and all are in the same document.
//
// # Errors
//
// A handler returns an error; statusOf maps its kind to a status, and problemOf makes
// the reply. The client learns the code and the detail of a models.Error and nothing of
// any other error, whose cause is logged once with the request id. No reply, log line
// or metric holds a submitted value: the tests send the word canary in every place and
// look for it (TestBodiesThatAreRefused, TestOneLogLinePerRequestHoldsNobody).
//
// # Callers
//
// A valid credential is cached for 30 s, so the usual request reads nothing from the
// database; the price is that a revoked one works on other nodes for so long. Each
// caller has an allowance of requests, on each node for itself. Bad credentials are
// counted by address, so guessing is slow even for a caller with a fresh connection
// for each try.
//
// # Limits
//
// Everything that a client can make large is bounded: connections, headers, bodies,
// lines, depth of JSON, the time to send a request and the time to handle it. The
// defaults are in Options.withDefaults, and the document names those of streams.
//
// A refusal reaches the client though its body is still under way: the connection is
// half-closed and drained for a while (see DrainLimits). A client that asks before it sends
// its body (Expect: 100-continue) gets the refusal at once (see Server.expect). A stop waits for a share
// of the grace and then cuts off what is still open (see Server.Shutdown).
//
// Nothing that Fiber or fasthttp reuse after a request leaves the package:
// strings are copies (fiber.Config.Immutable), and handlers get a context of
// their own (TestStringsThatAHandlerKeepsAreItsOwn).
package edge
