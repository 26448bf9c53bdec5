package main

import (
	"fmt"

	"example.org/tocsin/config"
)

// configCommand is tocsin config.
type configCommand struct{}

// Run prints the configuration that the server would run with. It fails with
// every fault in it, as the server would.
func (configCommand) Run(env environment) error {
	c, err := config.Load(env.vars)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(env.out, c.Print())
	return err
}
