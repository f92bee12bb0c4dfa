#include "board.h"

#include "clock.h"
#include "cortex_m4.h"
#include "describe.h"
#include "lc8.h"

const char board_name[] = "lc8";
const bool board_two_streams = true;

enum {
	SYSCLK = 168000000,
	TIM2_CLOCK = SYSCLK / 2,     // APB1 is divided by four, so its timers run at twice its clock (6.2)
	HEALTHY_LOOPS = SYSCLK / 50, // 100 ms and more
};

void wait_for(const volatile uint32_t *address, uint32_t bit, uint32_t value)
{
	for (int i = 0; i < HEALTHY_LOOPS; i++)
		if ((*address & bit) == value)
			return;
	system_reset();
}

void pin_function(char port, int pin, int function)
{
	struct gpio *g = GPIO(port);
	volatile uint32_t *af = pin < 8 ? &g->afrl : &g->afrh;

	*af = (*af & ~(15u << 4 * (pin % 8))) | (uint32_t)function << 4 * (pin % 8);
	g->ospeedr |= 2u << 2 * pin;
	g->moder = (g->moder & ~(3u << 2 * pin)) | 2u << 2 * pin;
}

void pin_output(char port, int pin)
{
	struct gpio *g = GPIO(port);

	g->ospeedr |= 2u << 2 * pin;
	g->moder = (g->moder & ~(3u << 2 * pin)) | 1u << 2 * pin;
}

void pin_input(char port, int pin)
{
	struct gpio *g = GPIO(port);

	g->pupdr = (g->pupdr & ~(3u << 2 * pin)) | 1u << 2 * pin;
	g->moder &= ~(3u << 2 * pin);
}

// clock_start: 12 MHz / 12 is both PLLs' input. 336 / 2 = 168 MHz for the core, 336 / 7 = 48 MHz for USB; 256 / 5 / 25 =
// 2.048 MHz for the highway (6.3.2, 6.3.23, 6.3.25).
static void clock_start(void)
{
	enum {
		HSEON = 1 << 16,
		HSERDY = 1 << 17,
		PLLON = 1 << 24,
		PLLRDY = 1 << 25,
		PLLI2SON = 1 << 26,
		PLLI2SRDY = 1 << 27,
		PLLSRC_HSE = 1 << 22,
		SW_PLL = 2,
		SWS = 3 << 2,
		SWS_PLL = 2 << 2,
		PPRE1_4 = 5 << 10,
		PPRE2_2 = 4 << 13,
		SAI1_FROM_PLLI2S = 1 << 20 | 1 << 22,
		LATENCY = 5, // wait states at 3.3 V (3.5.1, table 11)
		PRFTEN = 1 << 8,
		ICEN = 1 << 9, // no data cache: it would show flash as it was before it was programmed
	};

	if ((RCC->cfgr & SWS) == SWS_PLL) // the bootloader has done it
		return;
	FLASH->acr = LATENCY | PRFTEN | ICEN;
	RCC->cr |= HSEON;
	wait_for(&RCC->cr, HSERDY, HSERDY);
	RCC->pllcfgr = 12 | 336 << 6 | (2 / 2 - 1) << 16 | PLLSRC_HSE | 7 << 24;
	RCC->plli2scfgr = 256 << 6 | 5 << 24 | 2 << 28;
	RCC->dckcfgr = (25 - 1) | SAI1_FROM_PLLI2S;
	RCC->cr |= PLLON | PLLI2SON;
	wait_for(&RCC->cr, PLLRDY | PLLI2SRDY, PLLRDY | PLLI2SRDY);
	RCC->cfgr = PPRE1_4 | PPRE2_2;
	RCC->cfgr |= SW_PLL;
	wait_for(&RCC->cfgr, SWS, SWS_PLL);
}

// note_cause takes the reset flags over into survivor, once a start (6.3.21).
static void note_cause(void)
{
	enum { RMVF = 1 << 24, BORRSTF = 1 << 25, PORRSTF = 1 << 27, IWDGRSTF = 1 << 29 };
	uint32_t flags = RCC->csr;

	if (flags & (PORRSTF | BORRSTF))
		survivor.magic = 0;
	survivor_load();
	if (flags & IWDGRSTF) {
		survivor.cause = RESET_WATCHDOG;
		survivor.dump = (struct crash_dump){.kind = CRASH_WATCHDOG};
		survivor_seal();
	}
	RCC->csr |= RMVF;
}

void board_start(void)
{
	enum {
		GPIO_A_TO_E = 0x1f,
		DMA2EN = 1 << 22,
		OTGHSEN = 1 << 29,
		OTGHSULPI = 1 << 30,
		TIM2EN = 1 << 0,
		SPI1EN = 1 << 12,
		SAI1EN = 1 << 22,
	};

	clock_start();
	RCC->ahb1enr |= GPIO_A_TO_E | DMA2EN | OTGHSEN;
	RCC->ahb1lpenr &= ~(uint32_t)OTGHSULPI; // or the transceiver stops while the core sleeps
	RCC->apb1enr |= TIM2EN;
	RCC->apb2enr |= SPI1EN | SAI1EN;
	barrier();
	pin_input('C', 13);
	for (int i = 0; i < 3; i++)
		pin_input('C', i);

	TIM2->psc = TIM2_CLOCK / 1000000 - 1;
	TIM2->arr = 0xffffffff;
	TIM2->egr = 1; // UG
	TIM2->cr1 = 1; // CEN
	SYSTICK_LOAD = SYSCLK / 1000 - 1;
	SYSTICK_VALUE = 0;
	SYSTICK_CTRL = 7; // the core's clock, interrupt, enable
	flash_start();
	if (describe.slot == SLOT_BOOT)
		note_cause();
	else
		survivor_load();
}

// The tick does no more than wake board_idle.
void systick_handler(void) {}

uint16_t board_revision(void) { return (uint16_t)(1 + (~GPIO('C')->idr & 7)); }
bool board_strap(void) { return !(GPIO('C')->idr & 1 << 13); }

// The unique number's 96 bits, five to a character (RFC 4648, section 6).
void board_serial(char serial[24])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

	for (int i = 0; i < 20; i++) {
		int bit = 5 * i;
		uint32_t two = UNIQUE_ID[bit / 8] | (bit / 8 < 11 ? UNIQUE_ID[bit / 8 + 1] : 0) << 8;

		serial[i] = alphabet[two >> (bit % 8) & 31];
	}
	serial[20] = 0;
}

_Noreturn void board_reset(void) { system_reset(); }
uint32_t board_micros(void) { return TIM2->cnt; }
void board_idle(void) { wait_for_interrupt(); }

void watchdog_start(void)
{
	IWDG->kr = 0xcccc; // start (21.4.1)
	IWDG->kr = 0x5555; // allow the next two
	IWDG->pr = 3;      // 32 kHz / 32
	IWDG->rlr = WATCHDOG_MILLIS;
	watchdog_feed();
}

void watchdog_feed(void) { IWDG->kr = 0xaaaa; }
