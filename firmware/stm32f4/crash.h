// What survives a reset that is no power-up: why it came, what crashed, and what the application asked of the bootloader.
// It lies at the top of RAM, at the same place in every program, and nothing initialises it.
#pragma once

#include "core.h"

// Why the processor started. The link sends these numbers, so they stay.
enum reset_cause {
	RESET_POWER,    // power-up, brown-out or the reset pin
	RESET_ASKED,    // by a program
	RESET_WATCHDOG,
	RESET_CRASH,
};

enum crash_kind {
	CRASH_NONE,
	CRASH_FAULT,    // of the core: the fault registers say which
	CRASH_SPURIOUS, // an interrupt that nobody handles
	CRASH_RETURNED, // main came to an end
	CRASH_WATCHDOG, // where the program was when the watchdog bit, as far as the board can tell
};

struct crash_dump {
	uint32_t kind, pc, lr, psr, sp, cfsr, hfsr, mmfar, bfar;
	uint32_t millis; // since the start
};

struct survivor {
	uint32_t magic;
	uint32_t cause;   // enum reset_cause: why the processor started last
	uint32_t stay;    // 1: the bootloader is to stay in recovery
	uint32_t crashes; // in a row, by watchdog or fault, without a host in between
	struct crash_dump dump;
	uint32_t crc;

	// The board qemu's, outside the CRC: ms until the watchdog bites, 0 when it is not started; words of flash that may still
	// change before the power goes, plus one, 0 when it does not.
	volatile uint32_t bite;
	uint32_t fuse;
};

extern struct survivor survivor;

// survivor_load makes survivor valid: at its first call after power-up all zero.
void survivor_load(void);

// survivor_seal must follow each change.
void survivor_seal(void);

// restart resets the processor, with cause and what the bootloader is to do.
_Noreturn void restart(enum reset_cause cause, bool stay);

// crash notes where the program was and restarts. frame is what the core pushed on an exception (ARMv7-M, B1.5.6), or NULL.
_Noreturn void crash(enum crash_kind kind, const uint32_t *frame);

extern void (*const vectors[])(void);

// The handlers that a board or driver may define; the others are spurious.
void systick_handler(void);
void usart1_handler(void);
void dma2_stream1_handler(void);
void dma2_stream5_handler(void);
void otg_hs_handler(void);
