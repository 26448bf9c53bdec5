package phone

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// IsHelpline reports whether a canonical number is an emergency, police, crisis or fraud reporting line: the number that
// people must be able to call, whatever anybody reports of it. It takes the emergency numbers of every country from the
// library's metadata, and the rest from helplines.txt.
func IsHelpline(value string) bool {
	country, digits, ok := strings.Cut(value, ":")
	if !ok { // +E.164: helplines are short codes
		return false
	}
	switch {
	case digits == "112" || digits == "911": // in every mobile network: 3GPP TS 22.101, section 10.1
		return true
	case len(digits) == 6 && strings.HasPrefix(digits, "116"): // of social value: Commission Decision 2007/116/EC
		return true
	case phonenumbers.IsEmergencyNumber(digits, country):
		return true
	}
	return helplines()[value]
}

//go:embed helplines.txt
var helplineTable string

// helplines returns the lines of helplines.txt, country:digits.
//
//nolint:gochecknoglobals // built once from constant data
var helplines = sync.OnceValue(func() map[string]bool {
	lines := map[string]bool{}
	for row := range strings.Lines(helplineTable) {
		row, _, _ = strings.Cut(row, "#")
		country, codes, _ := strings.Cut(row, " ")
		for digits := range strings.FieldsSeq(codes) {
			lines[country+":"+digits] = true
		}
	}
	return lines
})
