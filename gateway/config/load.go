package config

import (
	"errors"
	"os"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFile bounds what is read: no configuration is longer.
const maxFile = 4 << 20

// Load reads a file. The error is Faults: everything that is wrong with it.
func Load(file string) (*Config, error) {
	info, err := os.Stat(file)
	if err == nil && info.Size() > maxFile {
		err = errors.New("it is longer than 4 MiB")
	}
	var doc []byte
	if err == nil {
		doc, err = os.ReadFile(file)
	}
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, Faults{{File: file, Msg: "cannot be read: " + err.Error()}}
	}
	return Parse(file, string(doc))
}

// Parse is Load for a document in memory; file names it in faults.
func Parse(file, doc string) (*Config, error) {
	var tree map[string]any
	if _, err := toml.Decode(doc, &tree); err != nil {
		return nil, Faults{syntaxFault(file, err)}
	}
	c := &Config{File: file, set: make(map[string]bool)}
	r := &report{file: file, lines: scan(doc)}
	setDefaults(reflect.ValueOf(c).Elem())
	d := decoder{report: r, set: c.set}
	d.table("", tree, reflect.ValueOf(c).Elem())
	c.derive()
	c.validate(r)
	if err := r.err(); err != nil {
		return nil, err
	}
	return c, nil
}

func syntaxFault(file string, err error) Fault {
	var pe toml.ParseError
	if !errors.As(err, &pe) {
		return Fault{File: file, Msg: err.Error()}
	}
	msg := pe.Message
	if msg == "" {
		// The module keeps what is wrong with a value behind its own words for the place: "toml: line 3 (last key "a"): ".
		words := strings.SplitN(pe.Error(), ": ", 3)
		msg = words[len(words)-1]
	}
	return Fault{File: file, Line: pe.Position.Line, Key: pe.LastKey, Msg: "this is not TOML: " + msg}
}
