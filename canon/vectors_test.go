package canon

import (
	"strings"
	"testing"

	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

func TestIBANExamples(t *testing.T) {
	registry, public := corpus.PassRate{Name: "IBANs of the registry"}, corpus.PassRate{Name: "public IBANs"}
	for _, row := range corpus.Records(t, "vectors", "iban", "iban_examples.csv") {
		if row["country"] == "AA" {
			continue // no country has this code
		}
		got, err := Indicator(models.Account, row["iban"], "")
		registry.Count((err == nil && got.Value == PrefixIBAN+row["iban"]) == (row["verdict"] == "valid"), row["iban"])
	}
	for _, row := range corpus.Records(t, "vectors", "iban", "iban_public_examples.csv") {
		got, err := Indicator(models.Account, row["iban"], "")
		read := err == nil && got.Value == PrefixIBAN+strings.ReplaceAll(row["iban"], " ", "")
		public.Count(read == (row["mod97"] == "valid"), row["iban"]+" "+row["mod97"])
	}
	registry.Check(t, 1)
	public.Check(t, 1)
}
