// The parts of the board qemu among themselves.
#pragma once

#include "core.h"

void flash_start(bool power_up);
void bench_start(void);

// bench_call sends a request of n octets to the bench and waits for its answer of m.
bool bench_call(const uint8_t *request, size_t n, uint8_t *answer, size_t m);
