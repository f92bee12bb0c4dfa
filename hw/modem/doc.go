// Package modem makes telephone lines of voice modems: ITU-T V.253, IS-101 and Rockwell modems, whose audio comes shielded
// by DLE through the port of the AT commands, and cellular modules, whose audio has a second port.
package modem
