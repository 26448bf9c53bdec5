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
// Nothing that Fiber or fasthttp reuse after a request leaves the package:
// strings are copies (fiber.Config.Immutable), and handlers get a context of
// their own (TestStringsThatAHandlerKeepsAreItsOwn).
package edge
