package work

import (
	"errors"
	"fmt"
	"runtime/debug"

	"example.org/tocsin/models"
)

// codePanic is the code of the error that a panic becomes.
const codePanic = "panic"

// Safely calls do, and turns a panic in it into an error with the code "panic", so that
// one bad value does not end the process and the work of everybody else. The error holds
// the stack. It does not hold the value of the panic, which may be what somebody wrote
// (TestAPanicIsAnErrorThatTellsWhereAndNotWhat). A goroutine that do starts is its own:
// it has to be called safely, too.
//
// Traded away: what the panic has left half changed stays so. All that outlives a call
// is in the store, where each write is whole.
func Safely(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &models.Error{Code: codePanic, Err: fmt.Errorf("panic at\n%s", debug.Stack())}
		}
	}()
	return do()
}

// Panicked reports whether err is that of a panic.
func Panicked(err error) bool {
	var e *models.Error
	return errors.As(err, &e) && e.Code == codePanic
}
