package main

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/models"
)

func TestTheHeadIsPrintedWithTheSignatureOfTheDeployment(t *testing.T) {
	s, err := models.NewSigner(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	head := models.NextEntry(models.Entry{}, time.UnixMilli(1_767_323_045_006), nil)
	var signed, unsigned bytes.Buffer
	if err := printHead(&signed, head, 7, s); err != nil {
		t.Fatal(err)
	}
	if err := printHead(&unsigned, head, 7, nil); err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^1 entries, 7 changes, chain unbroken; head [0-9a-f]{64}, signed by key (\S+): (\S+)\n$`)
	m := line.FindStringSubmatch(signed.String())
	if m == nil || m[1] != s.KeyID() || m[2] != base64.StdEncoding.EncodeToString(models.SignHead(head, s)) {
		t.Errorf("printed %q", signed.String())
	}
	if !strings.HasSuffix(unsigned.String(), ", unsigned\n") {
		t.Errorf("without a key, printed %q", unsigned.String())
	}
}
