package edge

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// shape holds the keys that a JSON value can have, taken from the Go type that it
// is decoded into. A nil shape allows everything. The schema cannot take its place:
// Huma checks a body after encoding/json has merged repeated keys and keys in another
// case.
type shape struct {
	keys map[string]member // keys of an object; nil for any
	elem *shape            // shape of an array's elements, or of the values of an object with any keys
}

// Wrapper is a type that decodes itself by decoding another type. The keys of that type are checked instead.
type Wrapper interface {
	Wraps() reflect.Type
}

// member is one key of an object.
type member struct {
	index    int    // index among the object's keys
	token    string // reference token of a JSON pointer (RFC 6901), with its slash
	nullable bool   // the value can be null
	shape    *shape
}

// shapeOf returns the shape of a type; nil of nil.
func shapeOf(t reflect.Type) *shape {
	if t == nil {
		return nil
	}
	return shapes{}.of(t)
}

// shapes holds the types that were seen, so that a type can contain itself.
type shapes map[reflect.Type]*shape

// of returns the shape of a type: that of its element for a pointer, of the wrapped
// type for a Wrapper, and nil for any other type that decodes itself.
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
	m[t] = s // before its fields, which can have the same type
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

// fields adds the keys of a struct, and of the structs embedded in it, as encoding/json reads them.
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

// acceptsNull reports whether null is a value of the type. encoding/json accepts
// null everywhere and leaves the field as it is, which the contract does not say. Only
// a type that decodes itself and has a schema of its own accepts it, such as a member of a merge patch.
func acceptsNull(t reflect.Type) bool {
	return t.Kind() == reflect.Interface ||
		unmarshalsItself(t) && reflect.PointerTo(t).Implements(reflect.TypeFor[huma.SchemaProvider]())
}

// unmarshalsItself reports whether the type decodes itself, so that its fields are not its keys.
func unmarshalsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
