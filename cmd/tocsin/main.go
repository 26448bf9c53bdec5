// Command tocsin is the backend behind a citizens' anti-scam app: it takes
// reports, matches them at once against known signatures, and warns everybody
// who has already met the same scammer.
//
// This package holds wiring and commands only. The rules are in the packages
// that it wires together; TestEveryPackageImportsOnlyWhatItsLayerMay has the
// table of who may import whom.
//
//	serve      serve.go, storage.go, snapshot.go: the server
//	demo       demo.go, demo_scenario.go: a short scenario on a real server
//	import     import*.go: lists of signatures, into a running server
//	replay     replay*.go: a file of reports, at a given rate
//	key        key.go, database.go: API keys
//	work       work.go: what waits in the queues, and what has failed
//	secret     secret.go, keycheck.go, keyfile.go, keywatch.go: the secret keys of the installation
//	fake-fcm   fakefcm.go: an FCM-shaped push server
//	verify-log verifylog.go: the hash chain of the verdict log
//	config     config.go
//	version    version.go
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // devices name IANA zones, and a bare container has no zone files

	"github.com/alecthomas/kong"
)

// commands is the command line. Each command is a struct with its flags and a
// method Run; kong gives it the values bound in run.
type commands struct {
	Serve     serveCommand     `cmd:"" help:"Run the server. Environment variables configure it: see tocsin config."`
	Demo      demoCommand      `cmd:"" help:"Run a short scenario on a real server with a built-in push server, and show every request."`
	Import    importCommand    `cmd:"" help:"Import lists of signatures into a running server. The key needs the scope signatures."`
	Replay    replayCommand    `cmd:"" help:"Post a file of reports to a running server. The key needs the scopes reports and devices."`
	Key       keyCommand       `cmd:"" help:"Create, list and revoke API keys."`
	Secret    secretCommand    `cmd:"" help:"Replace the secret key of the installation."`
	FakeFCM   fakeFCMCommand   `cmd:"" name:"fake-fcm" help:"Run an FCM-shaped push server for tests and trials."`
	Work      workCommand      `cmd:"" help:"See what waits in the queues, and put back what has failed too often."`
	VerifyLog verifyLogCommand `cmd:"" name:"verify-log" help:"Verify the hash chain of the verdict log."`
	Config    configCommand    `cmd:"" help:"Print the effective configuration, with secrets hidden."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// environment is what a command reads and writes outside the program, so that
// tests run a command in one of their own.
type environment struct {
	vars map[string]string // environment variables by name
	out  io.Writer         // results
	log  io.Writer         // progress and log lines
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], environment{vars: osEnviron(), out: os.Stdout, log: os.Stderr}); err != nil {
		fmt.Fprintln(os.Stderr, "tocsin:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// run parses the arguments and runs one command until it is done or ctx ends.
func run(ctx context.Context, args []string, env environment) error {
	var left exitError
	parser, err := kong.New(&commands{}, kong.Name("tocsin"),
		kong.Description("Backend of an anti-scam app: takes reports, answers checks, and warns people of scammers they have already met."),
		kong.Writers(env.out, env.log), kong.UsageOnError(), kong.Exit(func(code int) { panic(exitError{code}) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(env))
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	selected, err := parse(parser, args)
	switch {
	case errors.As(err, &left) && left.code == 0:
		return nil // --help has been printed
	case err != nil:
		return err
	}
	return selected.Run() // with what was bound above
}

// exitError is kong's demand to exit, such as after --help. kong expects that its
// exit function does not return, so the demand travels as a panic to parse.
type exitError struct{ code int }

// Error names the exit code.
func (e exitError) Error() string { return fmt.Sprintf("exit %d", e.code) }

// parse parses the arguments. It returns an exitError where kong wants to exit.
func parse(parser *kong.Kong, args []string) (selected *kong.Context, err error) {
	defer func() {
		switch left := recover().(type) {
		case nil:
		case exitError:
			err = left
		default:
			panic(left)
		}
	}()
	return parser.Parse(args)
}

// joinClose closes what a command has opened and joins the error of that to the
// command's own. Use it with defer and a named result: a file that was written
// may fail only when it is closed.
func joinClose(err *error, closeFn func() error) { *err = errors.Join(*err, closeFn()) }

// osEnviron returns the environment variables of the process by name.
func osEnviron() map[string]string {
	environ := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		environ[name] = value
	}
	return environ
}
