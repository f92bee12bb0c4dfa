// The wire to the host as a board supplies it: streams of octets, numbered as enum link_interface. wire_read returns what is
// there, wire_write takes what fits; both return how many octets that is.
#pragma once

#include "core.h"

void wire_start(void);
void wire_poll(void);
size_t wire_read(int interface, uint8_t *data, size_t n);
size_t wire_write(int interface, const uint8_t *data, size_t n);
