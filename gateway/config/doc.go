// Package config reads the gateway's one TOML file, strictly, and makes the set-up that runs without a file.
//
// [Load] reads a file and gives back every fault at once, each with file, line, key and what to do: unknown keys, wrong
// types, values out of range, names used twice, addresses that overlap, numbers that nothing reaches. [Default] makes the
// set-up of an emulated card from the same structs. [Diff] says what of a changed file can be applied while calls are up.
//
// # How it works
//
// The file is decoded into a generic tree, which is walked along the structs below: a field's tags give its key, default,
// bounds and one line of documentation, so that the checks, [Reference] and [Config.TOML] cannot disagree. The toml module
// knows positions only when it fails to parse, so a small scanner finds the line of every key. Rules that need more than one
// value are in validate.go, those of the dial plan in package route, which is asked to build its table.
//
// Tables whose driver a build lacks ([Span], [Modem], a [Card] that is not emulated) are decoded and checked like all others, so
// that files can be written for them, and refused at the end of the checks.
//
// A syntax error hides what follows it: it is the only fault then.
//
// The package reads one file, opens no sockets, starts nothing and knows no hardware.
package config
