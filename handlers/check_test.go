package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"example.org/tocsin/models"
)

func TestCheckIsAnsweredAlikeOnBothRoutes(t *testing.T) {
	s := startServer(t)
	s.signature("+1 202 555 0143")
	credential := s.key(models.ScopeChecks)
	for _, tt := range []struct{ value, region, level string }{
		{"+1 202 555 0143", "", "danger"},
		{"(202) 555-0143", "US", "danger"},
		{"+1 202 555 0144", "", "unknown"},
	} {
		request := object{"indicators": []object{{"kind": "phone", "value": tt.value}}}
		path := "/v1/checks/phone/" + url.PathEscape(tt.value)
		if tt.region != "" {
			request["region"] = tt.region
			path += "?region=" + tt.region
		}
		asked := s.want(s.call(http.MethodPost, "/v1/checks", credential, request), 200, "")
		read := s.want(s.call(http.MethodGet, path, credential, nil), 200, "")
		if asked.text(t, "verdict.level") != tt.level || read.text(t, "verdict.level") != tt.level {
			t.Errorf("%s: got %s and %s, want %s", tt.value, asked.body, read.body, tt.level)
		}
		for _, field := range []string{"verdict.advice.code", "verdict.advice.text", "verdict.category"} {
			if asked.text(t, field) != read.text(t, field) {
				t.Errorf("%s: %s is %q and %q", tt.value, field, asked.text(t, field), read.text(t, field))
			}
		}
	}
	link := s.want(s.call(http.MethodGet, "/v1/checks/url/"+url.PathEscape("https://shop.example/a?b=c#d"), credential, nil), 200, "")
	if link.text(t, "verdict.level") != "unknown" {
		t.Errorf("a link got %s", link.body)
	}
}

func TestCheckThatCannotBeReadIsRefused(t *testing.T) {
	s := startServer(t)
	_, device := s.device(nil)
	for _, tt := range []struct {
		name, method, path string
		body               any
		status             int
		code               string
	}{
		{"a kind that is none", "GET", "/v1/checks/fax/1", nil, 422, "kind_unknown"},
		{"a number that is none", "GET", "/v1/checks/phone/call-me", nil, 422, "phone_malformed"},
		{"a region that is none", "GET", "/v1/checks/phone/5550143?region=ZZ", nil, 422, "region_malformed"},
		{"a parameter too many", "GET", "/v1/checks/phone/5550143?country=US", nil, 422, "parameter_unknown"},
		{"nothing", "POST", "/v1/checks", object{}, 422, "check_empty"},
		{"no JSON", "POST", "/v1/checks", "what", 400, "json_malformed"},
	} {
		s.want(s.call(tt.method, tt.path, device, tt.body), tt.status, tt.code)
	}
}
