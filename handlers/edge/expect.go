package edge

import (
	"net/http"

	"github.com/valyala/fasthttp"
)

// expectation is what is known of a request that asks whether it may send its body
// (Expect: 100-continue, RFC 9110, 10.1.1). Such a request passes the router twice: to
// be asked for, and with its body.
type expectation int

const (
	expectNothing  expectation = iota
	expectAsking               // the headers alone are judged
	expectAdmitted             // the headers were good: the body follows
)

// expectKey is the key of the expectation among the user values of fasthttp.
type expectKey struct{}

// expect answers a request that asks whether it may send its body: with 100, or with the refusal that it would get
// for its headers after it has sent all (TestAClientThatAsksBeforeItSendsIsRefusedAtOnce). fasthttp sends the reply
// that the handler has made under the status that is returned, and closes the connection.
func (s *Server) expect(rc *fasthttp.RequestCtx) int {
	rc.SetUserValue(expectKey{}, expectAsking)
	s.app.Server().Handler(rc)
	if expectationOf(rc) == expectAdmitted {
		return http.StatusContinue
	}
	return rc.Response.StatusCode()
}

// expectationOf returns what is known of the expectation of a request.
func expectationOf(rc *fasthttp.RequestCtx) expectation {
	e, _ := rc.UserValue(expectKey{}).(expectation)
	return e
}
