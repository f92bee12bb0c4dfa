#include "crash.h"

#include "board.h"
#include "cortex_m4.h"
#include "crc32.h"

#define MAGIC 0x56525553 // "SURV"

__attribute__((section(".noinit"))) struct survivor survivor;

void survivor_load(void)
{
	if (survivor.magic == MAGIC && survivor.crc == crc32(0, &survivor, offsetof(struct survivor, crc)))
		return;
	memset(&survivor, 0, sizeof survivor);
	survivor.magic = MAGIC;
	survivor_seal();
}

void survivor_seal(void) { survivor.crc = crc32(0, &survivor, offsetof(struct survivor, crc)); }


_Noreturn void restart(enum reset_cause cause, bool stay)
{
	irq_off();
	survivor.cause = cause;
	survivor.stay = stay;
	survivor_seal();
	board_reset();
}

_Noreturn void crash(enum crash_kind kind, const uint32_t *frame)
{
	irq_off();
	survivor.dump = (struct crash_dump){
		.kind = kind,
		.cfsr = SCB_CFSR,
		.hfsr = SCB_HFSR,
		.mmfar = SCB_MMFAR,
		.bfar = SCB_BFAR,
		.millis = board_micros() / 1000,
	};
	if (frame) { // r0-r3, r12, lr, pc, psr
		survivor.dump.lr = frame[5];
		survivor.dump.pc = frame[6];
		survivor.dump.psr = frame[7];
		survivor.dump.sp = (uint32_t)(frame + 8);
	}
	restart(kind == CRASH_WATCHDOG ? RESET_WATCHDOG : RESET_CRASH, false);
}
