// Where things lie in flash, and the driver that a board supplies for it. Sectors are those of an STM32F427/F429 with
// 1 MB in two banks (RM0090, table 6), chosen so that an STM32F405 has an edge at the same places:
//
//	08000000   32 KB  bootloader: never erased by anything here
//	08008000   16 KB  boot record, first copy (record.h)
//	0800c000   16 KB  boot record, second copy
//	08020000  384 KB  slot A
//	080a0000  384 KB  slot B, in the other bank, so that one can be written while the other runs
#pragma once

#include "core.h"

enum {
	FLASH_BOOT = 0x08000000,
	FLASH_RECORD = 0x08008000,
	FLASH_RECORD_SIZE = 0x4000,
	FLASH_SLOT_A = 0x08020000,
	FLASH_SLOT_STEP = 0x80000,
	FLASH_SLOT_SIZE = 0x60000,
	FLASH_SLOT_SECTOR = 0x20000,
};

static inline uint32_t flash_slot(uint8_t slot) { return FLASH_SLOT_A + (uint32_t)slot * FLASH_SLOT_STEP; }

// flash_erase begins to erase the sector that begins at address; flash_program programs n octets, both address and n
// multiples of 4, and may only clear bits (NOR). Both return false when the hardware reports a fault. An erase goes on until
// flash_busy returns false; nothing else may be asked of the bank meanwhile.
bool flash_erase(uint32_t address);
bool flash_busy(void);
bool flash_program(uint32_t address, const void *data, size_t n);
void flash_read(uint32_t address, void *data, size_t n);
