package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// replayed is one line of a replay file. Fields that a malformed line may fill with anything stay raw, so that the
// server sees exactly what stood there.
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
	Truth     struct {
		Class string `json:"class"` // scam, spam, false_report, brigade, retry, malformed
		Why   string `json:"why"`   // in what way a malformed line is
		Canon string `json:"canon"` // the indicator that should be found
	} `json:"_truth"`

	line int
}

// replayFile reads a file of reports, one JSON object a line.
type replayFile struct {
	*inputFile

	scanner *bufio.Scanner
	line    int
}

func openReplay(path string) (*replayFile, error) {
	file, err := openInput(path)
	if err != nil {
		return nil, err
	}
	r := &replayFile{inputFile: file, scanner: bufio.NewScanner(file)}
	r.scanner.Buffer(nil, 4<<20)
	return r, nil
}

// next returns the next line, or io.EOF.
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

// body returns the line as a body of POST /v1/reports: the value that the
// line's kind names, whatever it is.
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

// class is what the file says about the line, if it says anything.
func (r replayLine) class() string {
	if r.Truth.Why != "" {
		return r.Truth.Class + " (" + r.Truth.Why + ")"
	}
	return r.Truth.Class
}

func (r replayLine) onBehalf() string {
	if r.Channel == "call_centre" {
		return r.Reporter
	}
	return ""
}

// indicator returns the explicit indicator of the line, or nil when its kind is a message.
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

// accountKind turns the replay's types of account into our kinds and prefixes.
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

func quoted(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // a string always encodes
	return raw
}

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

// withoutNulls drops the fields of an object that are null: absent and null mean the same in a replay file.
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
