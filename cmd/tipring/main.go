// Command tipring connects analog telephone lines to SIP: run starts the gateway, the other commands ask or drive a running
// one.
//
// Exit status: 0 done, 1 failed, 2 wrong use or wrong input.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"tipring/gateway/api"
	"tipring/gateway/config"
)

type cli struct {
	Run      runCmd      `cmd:"" help:"Start the gateway; without -c on an emulated card."`
	Check    checkCmd    `cmd:"" help:"Validate a configuration file without starting."`
	Reload   reloadCmd   `cmd:"" help:"Make the running gateway read its configuration file again."`
	Status   statusCmd   `cmd:"" help:"Show the running gateway."`
	Lines    linesCmd    `cmd:"" help:"Show the lines."`
	Span     spanCmd     `cmd:"" help:"Show the E1, T1 and J1 spans, test, loop and trace them."`
	Machines machinesCmd `cmd:"" help:"Show the live state machines: lines, data links, calls."`
	Calls    callsCmd    `cmd:"" help:"Show the calls that are up."`
	Hangup   hangupCmd   `cmd:"" help:"End a call."`
	Route    routeCmd    `cmd:"" help:"Explain what would happen to a number."`
	Cdr      cdrCmd      `cmd:"" help:"Show call records."`
	Emu      emuCmd      `cmd:"" help:"Play the telephone or the exchange of an emulated port."`
	Modem    modemCmd    `cmd:"" help:"Look at voice modems."`
	Card     cardCmd     `cmd:"" help:"Examine line chips on this machine's SPI ports, or on an emulated board."`
	Dsp      dspCmd      `cmd:"" help:"Examine recordings of lines, and make some."`
	Ops      opsCmd      `cmd:"" help:"Write the Grafana dashboards and the Prometheus configuration into a folder."`

	Firmware firmwareCmd `cmd:"" help:"Sign firmware of line cards, and update a card."`

	Version versionCmd `cmd:"" help:"Print the version."`
}

// env is what a command gets from outside, so that tests run commands too.
type env struct {
	ctx    context.Context
	stdout io.Writer
	stderr io.Writer
	http   *http.Client    // nil: the usual one
	hurry  <-chan struct{} // closed when the user asks a second time to stop; nil: never
}

// usageError marks an error of the caller: exit status 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() {
	ctx, stop := context.WithCancel(context.Background())
	signals, hurry := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		<-signals
		close(hurry)
		signal.Stop(signals) // a third one ends the process as it is
	}()
	os.Exit(execute(env{ctx: ctx, stdout: os.Stdout, stderr: os.Stderr, hurry: hurry}, os.Args[1:]))
}

func execute(e env, args []string) (code int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("tipring"),
		kong.Description("A userspace line-card controller and PSTN-to-SIP gateway."),
		kong.Writers(e.stdout, e.stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(e.ctx, (*context.Context)(nil)),
		kong.Bind(e, &c),
	)
	if err != nil {
		fmt.Fprintln(e.stderr, "tipring:", err)
		return 1
	}
	k, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		complain(e.stderr, err)
		return 2
	}
	if err = k.Run(); err == nil {
		return 0
	}
	complain(e.stderr, err)
	var use usageError
	var refused *api.Refusal
	if errors.As(err, &use) || errors.As(err, &refused) && refused.Status == http.StatusBadRequest {
		return 2
	}
	return 1
}

// complain says what is wrong: in one line, or for a configuration in one a fault and how many there are.
func complain(w io.Writer, err error) {
	var faults config.Faults
	if errors.As(err, &faults) && len(faults) > 1 {
		for _, f := range faults {
			fmt.Fprintln(w, clean(f.Error()))
		}
		err = errors.New(count(len(faults), "fault"))
	}
	fmt.Fprintln(w, "tipring:", clean(err.Error()))
}
