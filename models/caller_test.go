package models

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestACredentialOpensOnlyItsOwnHash(t *testing.T) {
	made := NewCredential("key_1")
	back, err := ParseCredential(made.Bearer())
	if err != nil {
		t.Fatal(err)
	}
	if !back.Matches(made.Hash()) {
		t.Error("the credential does not open its hash")
	}
	if NewCredential("key_1").Matches(made.Hash()) {
		t.Error("another credential opens the hash")
	}
	if _, secret, _ := strings.Cut(made.Bearer(), "."); strings.Contains(fmt.Sprintf("%v %+v", made, made), secret) {
		t.Error("printing the credential shows its secret")
	}
}

func TestParseCredentialRefusesWhatIsNotOurs(t *testing.T) {
	for _, token := range []string{"", "x", "dev_1", "dev_1.", ".x", "abc.def"} {
		if _, err := ParseCredential(token); !errors.Is(err, Unauthenticated) {
			t.Errorf("ParseCredential(%q) = %v, want unauthenticated", token, err)
		}
	}
}
