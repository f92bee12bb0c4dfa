// The line modules: SPI1 in mode 3, one octet at a time, since the chip select has to rise between them, and polled, since an
// octet takes less than two microseconds.
#include "board.h"
#include "lc8.h"
#include "spi.h"

enum { // 28.5
	CR1_CPHA = 1 << 0,
	CR1_CPOL = 1 << 1,
	CR1_MSTR = 1 << 2,
	CR1_DIV16 = 3 << 3, // 84 MHz / 16 = 5.25 MHz; the Si3210 takes 16, the Si3050 less
	CR1_SPE = 1 << 6,
	CR1_SSI = 1 << 8,
	CR1_SSM = 1 << 9,
	SR_RXNE = 1 << 0,
	SELECT = 3,        // PD3
	APART_LOOPS = 20,  // at least 220 ns between falling edges of the chip select (Si3210 sheet, table 10)
};

static void select(uint8_t position)
{
	GPIO('D')->bsrr = 7u << 16 | position | 1u << (16 + SELECT);
}

static void release(void)
{
	GPIO('D')->bsrr = 1u << SELECT;
	for (volatile int i = 0; i < APART_LOOPS; i++)
		;
}

void chips_reset(bool asserted) { GPIO('B')->bsrr = asserted ? 1u << 16 : 1u; }

void chips_start(void)
{
	chips_reset(true);
	pin_output('B', 0);
	release();
	for (int i = 0; i <= SELECT; i++)
		pin_output('D', i);
	for (int i = 8; i < 16; i++)
		pin_input('D', i);
	for (int i = 5; i < 8; i++)
		pin_function('A', i, AF5);
	SPI1->cr1 = CR1_CPHA | CR1_CPOL | CR1_MSTR | CR1_DIV16 | CR1_SSI | CR1_SSM | CR1_SPE;
}

uint8_t spi_positions(void) { return BOARD_POSITIONS; }
uint16_t chips_interrupts(void) { return (uint16_t)(~GPIO('D')->idr >> 8 & 0xff); }

void spi_transfer(uint8_t position, bool each, const uint8_t *tx, uint8_t *rx, size_t n)
{
	select(position);
	for (size_t i = 0; i < n; i++) {
		if (each && i)
			select(position);
		SPI1->dr = tx[i];
		wait_for(&SPI1->sr, SR_RXNE, SR_RXNE);
		rx[i] = (uint8_t)SPI1->dr;
		if (each)
			release();
	}
	release();
}
