// The host's flash: memory with the rules of NOR, and a power supply that can be cut after so many words.
#pragma once

#include <setjmp.h>

#include "flash.h"

enum { HOST_FLASH_SIZE = 1 << 20, HOST_FLASH_FOREVER = 1 << 30 };

extern uint8_t host_flash[HOST_FLASH_SIZE];
extern long host_flash_words; // that may still change
extern jmp_buf host_power_cut;

void host_flash_new(void);

// The rest of the host's board.
extern uint64_t host_micros;

struct host_pipe {
	uint8_t data[1 << 16];
	size_t length, taken;
};

extern struct host_pipe host_in, host_out;

// The last SPI transfer.
extern struct host_spi {
	uint8_t position, octets[64];
	bool each;
	size_t length;
	int calls;
} host_spi;
