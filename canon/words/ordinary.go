package words

import (
	_ "embed" // for the messages
	"slices"
	"strings"
	"sync"

	"example.org/tocsin/canon/text"
)

// ordinaryText is harmless messages, one a line, as people and honest services
// write them. They are made up. Lines with a # say the language.
//
//go:embed ordinary.txt
var ordinaryText string

// ordinaryMessages are the same, normalised.
var ordinaryMessages = sync.OnceValue(func() (out []string) { //nolint:gochecknoglobals // a constant that is normalised when first needed
	for line := range strings.Lines(ordinaryText) {
		if message := text.Normalise(line); message != "" && message[0] != '#' {
			out = append(out, message)
		}
	}
	return out
})

// matchesOrdinary reports whether anything is found in an ordinary message, and
// so would be found in messages of people who have nothing to do with a scam.
func matchesOrdinary(found func(message string) bool) bool {
	return slices.ContainsFunc(ordinaryMessages(), found)
}
