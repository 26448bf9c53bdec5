// Command tocsin is the backend behind a citizens' anti-scam app: it takes
// reports, matches them at once against known signatures, and warns everybody
// who has already met the same scammer. This package reads the configuration, wires the
// rooms together, runs and stops; nothing is decided here.
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

// commands is the command line. Each command is a struct with its flags and a Run method.
type commands struct {
	Serve     serveCommand     `cmd:"" help:"Run the server."`
	Demo      demoCommand      `cmd:"" help:"Play a short story on a real server with a push server inside, and show every request."`
	Import    importCommand    `cmd:"" help:"Import signatures from CSV, TSV, JSON Lines or plain lists into a running server."`
	Replay    replayCommand    `cmd:"" help:"Post a file of reports to a running server at a given rate."`
	Key       keyCommand       `cmd:"" help:"Create, list and revoke API keys."`
	FakeFCM   fakeFCMCommand   `cmd:"" name:"fake-fcm" help:"Run an FCM-shaped push server for tests and trials."`
	VerifyLog verifyLogCommand `cmd:"" name:"verify-log" help:"Verify the hash chain of the verdict log."`
	Config    configCommand    `cmd:"" help:"Print the effective configuration, secrets hidden."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// surroundings is what a command may touch of the world.
type environment struct {
	vars map[string]string
	out  io.Writer // results
	log  io.Writer // progress and log lines
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
		kong.Description("Warns people of the scammers they have already met."),
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
	return selected.Run()
}

// errExit carries kong's wish to leave the process (after --help) to run's caller.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit %d", e.code) }

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

// closing closes what a command has opened, and joins a fault of that to the command's own.
func joinClose(err *error, closeFn func() error) { *err = errors.Join(*err, closeFn()) }

func osEnviron() map[string]string {
	environ := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		environ[name] = value
	}
	return environ
}
