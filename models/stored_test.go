package models

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// checkStored looks at every field of a stored struct, and of the structs in it.
func checkStored(t *testing.T, s reflect.Type) {
	t.Helper()
	names := map[string]string{}
	for i := range s.NumField() {
		field := s.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("bson"), ",")
		inline := strings.Contains(field.Tag.Get("bson"), ",inline")
		switch {
		case name == "" && !inline:
			t.Errorf("%s.%s has no name in the database, so a rename in Go would lose what is stored", s.Name(), field.Name)
		case names[name] != "" && !inline:
			t.Errorf("%s: %s and %s are both stored as %s", s.Name(), names[name], field.Name, name)
		}
		names[name] = field.Name
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() {
			checkStored(t, inner)
		}
	}
}

func TestEveryStoredFieldNamesItselfInTheDatabase(t *testing.T) {
	stored := []any{
		Report{}, Evidence{}, Signature{}, Entry{}, Restored{}, Device{}, Exposure{}, Warning{}, FanOutJob{}, Key{}, Review{},
	}
	for _, stored := range stored {
		checkStored(t, reflect.TypeOf(stored))
	}
}
