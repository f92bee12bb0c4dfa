// What a board supplies beside the flash driver (core/flash.h), the wire to the host (core/wire.h), the clock (core/clock.h) and
// SPI (chip/spi.h). Everything here is called from the main loop unless it says otherwise.
#pragma once

#include "core.h"
#include "crash.h"
#include "pcm.h"

enum {
	BOARD_POSITIONS = 8, // line modules, one timeslot each at least
	BOARD_SENSE_MS = 1,
	WATCHDOG_MILLIS = 500,
};

// Whether the wire has an interface of its own for media.
extern const bool board_two_streams;

extern const char board_name[];

// board_start brings up clocks, timers and pins, and survivor, with why the processor started. Before it nothing else may be
// called.
void board_start(void);

uint16_t board_revision(void);
// board_serial is at most 23 characters.
void board_serial(char serial[24]);

// board_strap reports whether the recovery strap is set.
bool board_strap(void);

_Noreturn void board_reset(void);

// board_micros counts microseconds since the start and wraps; any context.
uint32_t board_micros(void);

// board_idle sleeps until an interrupt, at most a millisecond.
void board_idle(void);

// The watchdog bites WATCHDOG_MILLIS after the last feed, and cannot be stopped.
void watchdog_start(void);
void watchdog_feed(void);

// The line modules, beside their SPI (chip/spi.h): chips_reset drives their reset line, which is asserted from the start on;
// chips_interrupts has the bit of each position set whose interrupt line is low.
void chips_start(void);
void chips_reset(bool asserted);
uint16_t chips_interrupts(void);

// The PCM highway. Every millisecond that it has run makes one quantum due. highway_exchange takes the oldest quantum that was
// received and queues the one to be sent highway_lead quanta later than it. highway_lost returns how many quanta were lost
// because nobody came for them, since the last call.
extern const uint32_t highway_lead;

void highway_start(void);
uint32_t highway_due(void);
void highway_exchange(pcm_quantum rx, const pcm_quantum tx);
uint32_t highway_lost(void);
