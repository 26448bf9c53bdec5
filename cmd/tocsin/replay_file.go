package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// replayLine is one line of a replay file: a report as an app or a call centre
// would have sent it, such as
//
//	{"client_id":"r1","at":"2026-03-03T04:05:00Z","channel":"call_centre","reporter":"u1",
//	 "region":"US","kind":"phone","phone":"(202) 555-0123","narrative":"They asked for a code."}
//
// Real traffic holds lines that are malformed. A field in which such a line may
// hold anything stays raw, so that the server gets exactly that.
type replayLine struct {
	ClientID  string          `json:"client_id"`
	At        json.RawMessage `json:"at"`
	Channel   string          `json:"channel"` // app or call_centre
	Reporter  string          `json:"reporter"`
	Region    json.RawMessage `json:"region"`
	Language  json.RawMessage `json:"language"`
	Kind      json.RawMessage `json:"kind"`
	Phone     json.RawMessage `json:"phone"`
	URL       json.RawMessage `json:"url"`
	Account   json.RawMessage `json:"account"`
	Message   json.RawMessage `json:"message"`
	Amount    json.RawMessage `json:"amount_lost"`
	Narrative string          `json:"narrative"`
	Truth     struct {        // what whoever made the file says of the line; the server never gets it
		Class string `json:"class"` // scam, spam, false_report, brigade, retry, malformed
		Why   string `json:"why"`   // how a malformed line is malformed
		Canon string `json:"canon"` // the indicator that should be found
	} `json:"_truth"`

	line int // of the file, from 1
}

// replayFile reads a file of reports, one JSON object a line.
type replayFile struct {
	*inputFile

	scanner *bufio.Scanner
	line    int // last line read, from 1
}

// openReplay opens the replay file at path. A line may have up to 4 MiB.
func openReplay(path string) (*replayFile, error) {
	file, err := openInput(path)
	if err != nil {
		return nil, err
	}
	r := &replayFile{inputFile: file, scanner: bufio.NewScanner(file)}
	r.scanner.Buffer(nil, 4<<20)
	return r, nil
}

// next returns the next line, or io.EOF. A line that is not a JSON object is an
// error that ends the replay: not even its idempotency key is known.
func (r *replayFile) next() (replayLine, error) {
	if !r.scanner.Scan() {
		if err := r.scanner.Err(); err != nil {
			return replayLine{}, err
		}
		return replayLine{}, io.EOF
	}
	r.line++
	out := replayLine{line: r.line}
	if err := json.Unmarshal(r.scanner.Bytes(), &out); err != nil {
		return replayLine{}, fmt.Errorf("line %d: %w", r.line, err)
	}
	return out, nil
}

// body returns the line as the body of a POST /v1/reports. It corrects nothing: the
// server must refuse what is wrong (TestAReplayLineKeepsWhateverItsFieldsHold).
func (r replayLine) body() ([]byte, error) {
	body := map[string]json.RawMessage{}
	set := func(name string, raw json.RawMessage) {
		if len(raw) > 0 && string(raw) != "null" {
			body[name] = raw
		}
	}
	set("at", r.At)
	set("region", r.Region)
	set("language", r.Language)
	set("message", withoutNulls(r.Message))
	if indicator := r.indicator(); indicator != nil {
		body["indicators"] = json.RawMessage("[" + string(indicator) + "]")
	}
	if len(r.Amount) > 0 && string(r.Amount) != "null" {
		body["harm"] = json.RawMessage(`{"amount":` + string(r.Amount) + `}`)
	}
	for name, text := range map[string]string{"story": r.Narrative, "on_behalf_of": r.onBehalf()} {
		if text == "" {
			continue
		}
		raw, err := json.Marshal(text)
		if err != nil {
			return nil, err
		}
		body[name] = raw
	}
	return json.Marshal(body)
}

// class returns what the file says of the line, such as "malformed (why)"; empty
// when it says nothing.
func (r replayLine) class() string {
	if r.Truth.Why != "" {
		return r.Truth.Class + " (" + r.Truth.Why + ")"
	}
	return r.Truth.Class
}

// onBehalf returns the caller for whom a call centre reports; empty for the app.
func (r replayLine) onBehalf() string {
	if r.Channel == "call_centre" {
		return r.Reporter
	}
	return ""
}

// indicator returns the indicator of the line as JSON, or nil for a message. An
// unknown kind is taken for a phone number and sent as it is.
func (r replayLine) indicator() []byte {
	var kind string
	readable := json.Unmarshal(r.Kind, &kind) == nil
	value := r.Phone
	switch {
	case readable && kind == "message":
		return nil
	case readable && kind == "url":
		value = r.URL
	case readable && kind == "account":
		var account struct{ Type, Value string }
		if json.Unmarshal(r.Account, &account) == nil {
			kind, value = accountKind(account.Type, account.Value)
			return indicatorJSON(quoted(kind), value)
		}
		value = r.Account
	}
	return indicatorJSON(r.Kind, value)
}

// accountKind turns the file's type of account into a kind of indicator and a value
// with the prefix that the kind wants.
func accountKind(typ, value string) (kind string, raw json.RawMessage) {
	switch typ {
	case "crypto":
		return "wallet", quoted(value)
	case "iban":
		return "account", quoted("iban:" + value)
	case "bank_card":
		return "account", quoted("card:" + value)
	case "local":
		return "account", quoted("local:" + value)
	default:
		return "account", quoted(value)
	}
}

// quoted returns s as a JSON string.
func quoted(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // a string always encodes
	return raw
}

// indicatorJSON returns the JSON object of an indicator. An absent kind is left
// out, and an absent value is null: the server must refuse both.
func indicatorJSON(kind, value json.RawMessage) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	if len(kind) > 0 {
		b.WriteString(`"kind":`)
		b.Write(kind)
		b.WriteByte(',')
	}
	if len(value) == 0 {
		value = json.RawMessage("null")
	}
	b.WriteString(`"value":`)
	b.Write(value)
	b.WriteByte('}')
	return b.Bytes()
}

// withoutNulls returns a JSON object without its fields that are null, which mean
// absent in a replay file. Anything but an object is returned as it is.
func withoutNulls(raw json.RawMessage) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return raw
	}
	for name, value := range object {
		if string(value) == "null" {
			delete(object, name)
		}
	}
	clean, err := json.Marshal(object)
	if err != nil {
		return raw
	}
	return clean
}
