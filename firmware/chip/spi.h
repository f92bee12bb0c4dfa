// The SPI buses as a board supplies them: one chip select a position. With each it rises after every octet, as the Si3210
// wants it; otherwise after the last. rx may be tx.
#pragma once

#include "core.h"

enum { SPI_EACH = 1 }; // the flag of the link's messages

void spi_transfer(uint8_t position, bool each, const uint8_t *tx, uint8_t *rx, size_t n);

// spi_positions is how many chip selects there are.
uint8_t spi_positions(void);
