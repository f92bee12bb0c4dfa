package main

import (
	"errors"
	"fmt"
	"io"

	"tipring/hw/register"
	"tipring/hw/si3050"
	"tipring/hw/si3210"
	"tipring/hw/spidev"
)

type cardRegs struct {
	onBus
	Port     string `arg:"" optional:"" help:"The SPI port, as card list prints it: /dev/spidev0.0, link-cs0 with --device, emu1 with --emu."`
	Indirect bool   `help:"Read the indirect registers too; not while something else drives the chip."`
	Table    string `placeholder:"CHIP" help:"Print the register table of si3210, si3215 or si3050 with what is known of each field; no chip is needed."`
	JSON     bool   `name:"json" help:"Print one JSON array."`
}

// A registerLine is one register as it is now.
type registerLine struct {
	Register int            `json:"register"`
	Indirect bool           `json:"indirect,omitempty"`
	Name     string         `json:"name"`
	Value    int            `json:"value"`
	Fields   map[string]int `json:"fields,omitempty"`
	explain  string
}

// Run prints the registers of a chip, or the table.
func (c cardRegs) Run(e env) error {
	switch {
	case (c.Table == "") == (c.Port == ""):
		return usageError{errors.New("card regs: want a port or --table CHIP")}
	case c.Table != "":
		return c.printTable(e.stdout)
	}
	var lines []registerLine
	err := chipPort{c.onBus, c.Port}.on(e, spidev.Config{}, func(_ *spidev.Host, l *spidev.Line) (err error) {
		lines, err = readRegisters(l, c.Indirect)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, lines)
	}
	w := table(e.stdout)
	fmt.Fprintln(w, "REGISTER\tVALUE\tNAME\tFIELDS")
	for _, r := range lines {
		if r.Indirect {
			fmt.Fprintf(w, "indirect %d\t0x%04x\t%s\n", r.Register, r.Value, r.Name)
		} else {
			fmt.Fprintf(w, "%d\t0x%02x\t%s\t%s\n", r.Register, r.Value, r.Name, r.explain)
		}
	}
	return w.Flush()
}

func readRegisters(l *spidev.Line, indirect bool) (lines []registerLine, err error) {
	for _, r := range l.Registers() {
		v, err := l.ReadRegister(r.Addr)
		if err != nil {
			return nil, err
		}
		line := registerLine{Register: int(r.Addr), Name: r.Name, Value: int(v), Fields: map[string]int{}, explain: r.Explain(v)}
		for _, f := range r.Fields {
			line.Fields[f.Name] = int(f.Value(v))
		}
		lines = append(lines, line)
	}
	if !indirect {
		return lines, nil
	}
	if l.FXS == nil {
		return nil, usageError{fmt.Errorf("%s: an Si3050 has no indirect registers", l.Port)}
	}
	for _, r := range si3210.Indirects {
		v, ok, err := l.FXS.ReadIndirect(r.Addr)
		if err != nil {
			return nil, err
		}
		if ok {
			lines = append(lines, registerLine{Register: int(r.Addr), Indirect: true, Name: r.Name, Value: int(v)})
		}
	}
	return lines, nil
}

// printTable prints what is known of a chip.
func (c cardRegs) printTable(out io.Writer) error {
	tables := map[string]register.Table{"si3210": si3210.Registers, "si3215": si3210.Registers.Smaller(), "si3050": si3050.Registers}
	t, ok := tables[c.Table]
	if !ok {
		return usageError{fmt.Errorf("card regs --table %q: want si3210, si3215 or si3050", c.Table)}
	}
	if c.JSON {
		return printJSON(out, t)
	}
	w := table(out)
	fmt.Fprintln(w, "REGISTER\tBITS\tFIELD\tACCESS\tRESET\tKNOWN FROM\tMEANING")
	for _, r := range t {
		fmt.Fprintf(w, "%d\t\t\t\t%s\t%s\t%s\n", r.Addr, reset(r), r.Source, r.Name)
		for _, f := range r.Fields {
			bits := fmt.Sprint(f.Hi)
			if f.Lo != f.Hi {
				bits = fmt.Sprintf("%d-%d", f.Hi, f.Lo)
			}
			source := f.Confidence.String()
			if f.Source != "" {
				source += ": " + f.Source
			}
			fmt.Fprintf(w, "\t%s\t%s\t%s\t\t%s\t%s\n", bits, f.Name, f.Access, source, f.Doc)
		}
	}
	return w.Flush()
}

// reset prints a reset value with an x for each unknown bit.
func reset(r register.Register) string {
	b := []byte(fmt.Sprintf("%08b", r.Reset))
	for i := range b {
		if r.Unknown&(0x80>>i) != 0 {
			b[i] = 'x'
		}
	}
	return string(b)
}
