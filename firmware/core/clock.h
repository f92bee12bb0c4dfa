// The time since the processor started.
#pragma once

#include "core.h"

uint64_t clock_micros(void);

static inline uint32_t clock_millis(void) { return (uint32_t)(clock_micros() / 1000); }
