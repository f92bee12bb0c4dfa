// The flash of an STM32F427 or F429 with 1 MB in two banks (option bit DB1M set): a sector of one bank is erased while the
// program runs from the other (3.7.3).
#include "flash.h"

#include "lc8.h"

enum { // 3.9.6, 3.9.7
	SR_ERRORS = 0x1f2, // OPERR, WRPERR, PGAERR, PGPERR, PGSERR, RDERR
	SR_BSY = 1 << 16,
	CR_PG = 1 << 0,
	CR_SER = 1 << 1,
	CR_SNB = 3,
	CR_X32 = 2 << 8,
	CR_STRT = 1 << 16,
	CR_LOCK = 1u << 31,
	WORD_LOOPS = 20000, // 100 us are the most that a word takes
};

void flash_start(void)
{
	if (FLASH->cr & CR_LOCK) {
		FLASH->keyr = 0x45670123; // 3.6.1
		FLASH->keyr = 0xcdef89ab;
	}
}

// sector is the number of the sector that begins at address as SNB wants it, or -1 (table 6; the second bank's begin at 16).
static int sector(uint32_t address)
{
	static const uint32_t begins[] = {0x0000, 0x4000, 0x8000, 0xc000, 0x10000, 0x20000, 0x40000, 0x60000};
	uint32_t bank = (address - FLASH_BOOT) / 0x80000, offset = (address - FLASH_BOOT) % 0x80000;

	for (int i = 0; i < 8; i++)
		if (begins[i] == offset && bank < 2)
			return i + 16 * (int)bank;
	return -1;
}

bool flash_erase(uint32_t address)
{
	int n = sector(address);

	if (n < 0 || address < FLASH_RECORD || flash_busy())
		return false;
	FLASH->sr = SR_ERRORS;
	FLASH->cr = CR_SER | CR_X32 | (uint32_t)n << CR_SNB;
	FLASH->cr |= CR_STRT;
	return !(FLASH->sr & SR_ERRORS);
}

bool flash_busy(void) { return FLASH->sr & SR_BSY; }

bool flash_program(uint32_t address, const void *data, size_t n)
{
	const uint8_t *from = data;
	bool good = true;

	if (address % 4 || n % 4 || address < FLASH_RECORD || flash_busy())
		return false;
	FLASH->sr = SR_ERRORS;
	FLASH->cr = CR_PG | CR_X32;
	for (; n && good; n -= 4, from += 4, address += 4) {
		*(volatile uint32_t *)address = get32(from);
		for (int i = 0; i < WORD_LOOPS && flash_busy(); i++)
			;
		good = !(FLASH->sr & (SR_ERRORS | SR_BSY));
	}
	FLASH->cr = 0;
	return good;
}

void flash_read(uint32_t address, void *data, size_t n) { memcpy(data, (const void *)address, n); }
