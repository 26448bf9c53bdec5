package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCommand is tocsin version.
type versionCommand struct{}

// Run prints the version, the Go release and the platform that the program was built for.
func (versionCommand) Run(env environment) error {
	_, err := fmt.Fprintf(env.out, "tocsin %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns the version of the module, or the first 12 digits of the commit
// where the build has no version.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	// Built from a module proxy there is a version; in a working copy only the commit.
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
