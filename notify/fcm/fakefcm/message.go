package fakefcm

import (
	"encoding/json"
	"strconv"
	"strings"
)

// message is as much of an FCM message as is looked at.
type message struct {
	Token        string            `json:"token"`
	FID          string            `json:"fid"`
	Topic        string            `json:"topic"`
	Condition    string            `json:"condition"`
	Data         map[string]string `json:"data"`
	Notification struct {
		Title string `json:"title"`
		Body  string `json:"body"`
	} `json:"notification"`
	Android struct {
		Priority string `json:"priority"`
		TTL      string `json:"ttl"`
	} `json:"android"`

	raw json.RawMessage
}

// target is the token or installation id that the message is addressed to. It is empty for a
// message to a topic.
func (m message) target() string { return m.Token + m.FID }

// fieldViolation is why a message is refused: the field, and what is wrong with it
// (google.rpc.BadRequest). It holds no value of the message.
type fieldViolation struct{ field, description string }

// parse reads a request and checks it as FCM does
// (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages;
// TestMessagesAreCheckedAsFCMChecksThem).
func parse(body []byte) (message, *fieldViolation) {
	var request struct {
		Message json.RawMessage `json:"message"`
	}
	var m message
	if err := json.Unmarshal(body, &request); err != nil {
		return m, &fieldViolation{"", "Invalid JSON payload received."}
	}
	if len(request.Message) == 0 {
		return m, &fieldViolation{"message", "Message is required."}
	}
	m.raw = request.Message
	if err := json.Unmarshal(request.Message, &m); err != nil {
		return m, &fieldViolation{"message", "Invalid value."}
	}
	return m, m.validate()
}

// validate checks what FCM documents: one recipient, keys of the data that are not reserved, at
// most 4,096 bytes, and an Android priority and time to live that exist. It returns the first
// violation it finds; FCM lists all of them.
func (m message) validate() *fieldViolation {
	targets := 0
	for _, t := range []string{m.Token, m.FID, m.Topic, m.Condition} {
		if t != "" {
			targets++
		}
	}
	// Exactly one of token, installation id, topic and condition.
	if targets != 1 {
		return &fieldViolation{"message", "Recipient of the message is not set, or set more than once."}
	}
	for key := range m.Data {
		if reservedKey(key) {
			return &fieldViolation{"message.data", "Invalid data payload key."}
		}
	}
	if m.size() > 4096 {
		return &fieldViolation{"message", "Message is too big."}
	}
	if p := m.Android.Priority; p != "" && !strings.EqualFold(p, "normal") && !strings.EqualFold(p, "high") {
		return &fieldViolation{"message.android.priority", "Invalid value."}
	}
	if t := m.Android.TTL; t != "" && !validTTL(t) {
		return &fieldViolation{"message.android.ttl", "TTL is not between 0 and 4 weeks."}
	}
	return nil
}

// reservedKey reports whether FCM keeps a key of the data for itself: the names it uses on the way
// to the phone, and the prefixes of Google (FCM reference, Message.data).
func reservedKey(key string) bool {
	switch key {
	case "", "from", "message_type", "collapse_key", "notification":
		return true
	}
	return strings.HasPrefix(key, "google.") || strings.HasPrefix(key, "gcm.")
}

// validTTL reports whether a duration such as "3.5s" is one that FCM takes: 0 to 28 days.
func validTTL(ttl string) bool {
	number, ok := strings.CutSuffix(ttl, "s")
	seconds, err := strconv.ParseFloat(number, 64)
	return ok && err == nil && seconds >= 0 && seconds <= 28*24*60*60
}

// size is the number of bytes that FCM counts: the texts, and keys and values of the data.
func (m message) size() int {
	n := len(m.Notification.Title) + len(m.Notification.Body)
	for k, v := range m.Data {
		n += len(k) + len(v)
	}
	return n
}
