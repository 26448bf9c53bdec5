package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"example.org/tocsin/config"
)

type versionCommand struct{}

// Run prints the version, the commit it was built from and the Go release.
func (versionCommand) Run(env environment) error {
	_, err := fmt.Fprintf(env.out, "tocsin %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns the module's version, or the commit it was built from.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := build.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "development"
}

type configCommand struct{}

// Run prints what the server would run with, or every fault in it.
func (configCommand) Run(env environment) error {
	c, err := config.Load(env.vars)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(env.out, c.Print())
	return err
}
