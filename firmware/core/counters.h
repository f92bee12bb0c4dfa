// What the link counts, each from the start and wrapping, in the order of the STATISTICS answer.
#pragma once

#include "core.h"

struct counters {
	uint32_t up_sent, up_dropped;
	uint32_t down_received, down_late, down_early, down_repeated;
	uint32_t underrun_ms, ticks_missed;
	uint32_t bad_crc, bad_frame, wrong_session;
	uint32_t requests, answered_again, too_old;
	uint32_t events, events_lost, events_again;
	uint32_t hosts_lost;
	uint32_t spi_errors, sense_late;
};

extern struct counters counters;
