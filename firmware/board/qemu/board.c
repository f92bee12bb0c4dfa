// The board qemu: QEMU's machine netduinoplus2, an STM32F405 of which TIM2, USART1 and the core are modelled and the rest
// reads as zero. What it lacks comes by semihosting from files in the folder that QEMU runs in:
//
//	flash.bin  the flash, also loaded by QEMU at the start
//	fuse       how many words of flash may change before the power goes (optional)
//	noinit.bin the RAM that survives a reset; a power-up has none. A reset ends QEMU and whoever runs it starts it again.
//	strap      is there when the recovery strap is set
//	link.pty   the wire to the host; without it the wire is USART1
//	bench.*    the line modules
#include "board.h"

#include "cortex_m4.h"
#include "describe.h"
#include "qemu.h"
#include "semihosting.h"
#include "stm32f4.h"
#include "usart.h"
#include "wire.h"

const char board_name[] = "qemu";
const bool board_two_streams = false;

enum { SYSCLK = 168000000, TIM_CLOCK = 1000000000 }; // QEMU's models

static int link = -1;

void board_start(void)
{
	int f;

	TIM2->psc = TIM_CLOCK / 1000000 - 1;
	TIM2->arr = 0xffffffff;
	TIM2->egr = 1; // UG
	TIM2->cr1 = 1; // CEN
	SYSTICK_LOAD = SYSCLK / 1000 - 1;
	SYSTICK_VALUE = 0;
	SYSTICK_CTRL = 7; // the core's clock, interrupt, enable
	bench_start();

	f = file_open("noinit.bin", "rb"); // once a start: the application finds the bootloader's RAM
	if (f >= 0) {
		file_read(f, &survivor, sizeof survivor);
		file_close(f);
		file_remove("noinit.bin");
		survivor.bite = 0;
	}
	survivor_load();
	flash_start(f < 0 && describe.slot == SLOT_BOOT);
}

uint16_t board_revision(void) { return 1; }
void board_serial(char serial[24]) { memcpy(serial, "QEMU1", 6); }

bool board_strap(void)
{
	int f = file_open("strap", "rb");

	if (f >= 0)
		file_close(f);
	return f >= 0;
}

_Noreturn void board_reset(void)
{
	int f = file_open("noinit.bin", "wb");

	file_write(f, &survivor, sizeof survivor);
	file_close(f);
	system_reset();
}

uint32_t board_micros(void) { return TIM2->cnt; }
void board_idle(void) { wait_for_interrupt(); }

// QEMU models no IWDG. This one lives on the tick, so it does not see a program that has stopped the tick itself. As the real
// one does, it runs on from the bootloader into the application.
void watchdog_start(void) { survivor.bite = WATCHDOG_MILLIS; }
void watchdog_feed(void) { survivor.bite = WATCHDOG_MILLIS; }

static __attribute__((used)) void tick(const uint32_t *frame)
{
	if (survivor.bite && !--survivor.bite)
		crash(CRASH_WATCHDOG, frame);
}

__attribute__((naked)) void systick_handler(void) { __asm__ volatile("mov r0, sp\n\tb tick"); }

void wire_start(void)
{
	link = file_open("link.pty", "r+b");
	if (link < 0)
		usart_start();
}

void wire_poll(void)
{
	if (link < 0)
		usart_poll();
}

size_t wire_read(int interface, uint8_t *data, size_t n)
{
	if (interface != 0)
		return 0;
	return link < 0 ? usart_read(data, n) : file_read(link, data, n);
}

size_t wire_write(int interface, const uint8_t *data, size_t n)
{
	if (interface != 0)
		return 0;
	return link < 0 ? usart_write(data, n) : file_write(link, data, n);
}
