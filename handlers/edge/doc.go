// Package edge is where HTTP ends. It carries Huma's operations on Fiber and
// fasthttp, and whatever every request needs whether it is asked for or not:
// a policy (who may), a limit (how often), a deadline, strict JSON, problem
// replies (RFC 9457), a request id, one log line and one measurement. Behind
// it a handler is func(ctx, *In) (*Out, error) and knows no HTTP library.
//
//	socket -> fasthttp -> Fiber's router -> exchange -> Huma -> handler
//	                                        admit:      parameters and body
//	                                        caller, policy, limit,
//	                                        media type, size, JSON
//
// Nothing that Fiber or fasthttp lends for the time of one request leaves the
// package: strings are copies (Immutable), the context is our own.
package edge
