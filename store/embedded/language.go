package embedded

import "slices"

// language is all that the engine understands, as tables of names: commands, their options, the
// operators of filters and updates, and so on. A name that stands in no table is refused,
// wherever it comes up; there is no other place where a name is accepted. So Features is no list
// beside the code, and TestEveryFeatureOfTheEngineIsUsed can hold the tables against what the
// tests of the store ask for.
type language struct {
	commands     words[command]
	options      words[reader[arguments]] // of every command
	readConcern  words[check]
	writeConcern words[check]
	updates      words[reader[statement]]
	deletes      words[reader[statement]]
	operators    words[operator]
	logical      words[func([]allOf) allOf]
	modifiers    words[modifier]
	projections  words[bool]
	indexes      words[reader[index]]

	features []string
	onUse    func(feature string) // nil: nobody asks
}

// words are the names that are understood in one place, each with what it stands for.
type words[T any] struct {
	place string // how Features says where: "filter ", "option find."
	words map[string]T
	onUse func(feature string)
}

type (
	// reader reads the value that stands beside a name into what is being parsed.
	reader[T any] func(t *T, v value) error
	// check refuses a value that cannot be met, and keeps nothing of the others.
	check func(v value) error
)

// newLanguage builds the tables. onUse, if not nil, is told each name that is looked up and
// understood.
func newLanguage(onUse func(feature string)) *language {
	l := &language{onUse: onUse}
	l.readConcern = register(l, "option readConcern.", readConcerns())
	l.writeConcern = register(l, "option writeConcern.", writeConcerns())
	l.options = register(l, "option ", commonOptions())
	l.updates = register(l, "option update.updates.", l.updateOptions())
	l.deletes = register(l, "option delete.deletes.", l.deleteOptions())
	l.operators = register(l, "filter ", operators())
	l.logical = register(l, "filter ", logicalOperators())
	l.modifiers = register(l, "update ", modifiers())
	l.projections = register(l, "projection ", map[string]bool{"include": true, "exclude": false})
	l.indexes = register(l, "index ", l.indexOptions())
	l.commands = register(l, "command ", l.commandTable())
	slices.Sort(l.features)
	return l
}

// register makes a table part of the language. What is not registered cannot be looked up.
func register[T any](l *language, place string, table map[string]T) words[T] {
	for name := range table {
		l.features = append(l.features, place+name)
	}
	return words[T]{place: place, words: table, onUse: l.onUse}
}

// find looks a name up, and notes that it was used.
func (w words[T]) find(name string) (word T, understood bool) {
	word, understood = w.words[name]
	if understood && w.onUse != nil {
		w.onUse(w.place + name)
	}
	return word, understood
}

// readInto reads the fields of d into t, each by the reader of its name. unknown makes the error
// of a field that has none.
func readInto[T any](w words[reader[T]], d document, t *T, unknown func(name string) error) error {
	for name, v := range fields(d) {
		read, understood := w.find(name)
		if !understood {
			return unknown(name)
		}
		if err := read(t, v); err != nil {
			return err
		}
	}
	return nil
}
