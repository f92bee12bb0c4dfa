// What a build says about itself: 64 octets at 0x1c0 of the program, behind the vectors of the largest STM32F4. The image
// header carries the same octets (image.h); firmware/image documents them.
#pragma once

#include "core.h"

enum { DESCRIPTOR_AT = 0x1c0, SLOT_BOOT = 255, NO_SLOT = 254 };

struct descriptor {
	uint32_t magic, address, security;
	uint16_t hardware_min, hardware_max;
	uint8_t slot, zero[3];
	char board[12], version[32];
};

_Static_assert(sizeof(struct descriptor) == 64, "the linker script leaves 64 octets");

#define DESCRIPTOR_MAGIC 0x42525054 // "TPRB"

extern const struct descriptor describe; // of this program
