package edge

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// shape is which keys a JSON value may have, taken from the Go type that it is
// decoded into. A nil shape allows everything.
type shape struct {
	keys map[string]member // of an object; nil: any
	elem *shape            // of an array's elements, or of an object's values if any key may be there
}

// Wrapper is a type that decodes itself by decoding another one, whose keys are looked at instead.
type Wrapper interface {
	Wraps() reflect.Type
}

// member is one key of an object.
type member struct {
	index    int    // among the object's keys
	token    string // of a JSON pointer (RFC 6901)
	nullable bool   // null may stand there
	shape    *shape
}

func shapeOf(t reflect.Type) *shape {
	if t == nil {
		return nil
	}
	return shapes{}.of(t)
}

// shapes remembers types that have been seen, for those that hold themselves.
type shapes map[reflect.Type]*shape

func (m shapes) of(t reflect.Type) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s, seen := m[t]; seen {
		return s
	}
	if unmarshalsItself(t) {
		if w, ok := reflect.Zero(t).Interface().(Wrapper); ok {
			return m.of(w.Wraps())
		}
		return nil
	}
	s := &shape{}
	m[t] = s
	switch t.Kind() {
	case reflect.Struct:
		s.keys = map[string]member{}
		m.fields(t, s.keys)
	case reflect.Slice, reflect.Array, reflect.Map:
		s.elem = m.of(t.Elem())
	default:
	}
	return s
}

func (m shapes) fields(t reflect.Type, keys map[string]member) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		typ := f.Type
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		switch {
		case name == "-":
		case f.Anonymous && name == "" && typ.Kind() == reflect.Struct:
			m.fields(typ, keys)
		case f.IsExported():
			name = orDefault(name, f.Name)
			token := "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
			keys[name] = member{index: len(keys), token: token, nullable: acceptsNull(typ), shape: m.of(f.Type)}
		}
	}
}

// takesNull reports whether null is a value of the type. encoding/json takes it
// everywhere as "not there", which the contract does not say; only a type that
// both reads itself and describes itself to the contract may take it.
func acceptsNull(t reflect.Type) bool {
	return t.Kind() == reflect.Interface ||
		unmarshalsItself(t) && reflect.PointerTo(t).Implements(reflect.TypeFor[huma.SchemaProvider]())
}

// readsItself reports whether the type decodes itself, so that its fields are not its keys.
func unmarshalsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
