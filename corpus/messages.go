package corpus

import "testing"

// Message is one labelled message: a text message, or what was said in a call.
type Message struct {
	Label    string // "benign", or the kind of fraud
	Language string // BCP 47
	Text     string
	Source   string // the collection that it is from
	Group    string // messages made from one template
}

// Messages returns the labelled messages of the test data.
func Messages(t testing.TB) []Message {
	t.Helper()
	rows := Rows(t, "sms_labelled.csv.gz")
	messages := make([]Message, len(rows))
	for i, row := range rows {
		messages[i] = Message{Label: row[0], Language: row[1], Text: row[2], Source: row[7], Group: row[9]}
	}
	return messages
}

// Region returns the country, an ISO 3166 code, in which messages of this
// language and source were received: that of the source where it is known, else
// one where the language is spoken. The United States stand for the rest.
func (m Message) Region() string {
	for _, known := range [...][2]string{{"uci-sms", "GB"}, {"grumbletext-whocallsme", "GB"}, {"nus-sms", "SG"}, {"india-sms", "IN"}} {
		if known[0] == m.Source {
			return known[1]
		}
	}
	for _, known := range [...][2]string{
		{"zh", "CN"}, {"fr", "FR"}, {"ko", "KR"}, {"sw", "TZ"}, {"id", "ID"}, {"hr", "HR"}, {"sr", "RS"}, {"sr-Cyrl", "RS"},
	} {
		if known[0] == m.Language {
			return known[1]
		}
	}
	return "US"
}
