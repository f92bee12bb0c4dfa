// Flash as a file: flash.bin, a megabyte, which QEMU also loads to 0x08000000 when it starts. What is programmed here is not
// seen through pointers until then, so nothing reads flash that way but the processor.
//
// The power can be cut at any word: the file fuse holds how many words may still be changed, and when they are used up the
// machine stops, in the middle of whatever it was doing.
#include "flash.h"

#include "qemu.h"
#include "semihosting.h"

enum { PIECE = 1024, SECTOR_MAX = FLASH_SLOT_SECTOR };

static int file;
static bool fused;
static uint32_t fuse;                // words left when fused
static uint32_t erase_at, erase_end; // what a running erase still has to do

void flash_start(void)
{
	uint8_t raw[4];
	int f = file_open("fuse", "rb");

	file = file_open("flash.bin", "r+b");
	if (f < 0)
		return;
	fused = file_read(f, raw, sizeof raw) == sizeof raw;
	fuse = get32(raw);
	file_close(f);
}

// burn returns how many of words can be changed before the power goes.
static uint32_t burn(uint32_t words)
{
	if (!fused)
		return words;
	if (fuse < words)
		words = fuse;
	fuse -= words;
	return words;
}

void flash_read(uint32_t address, void *data, size_t n)
{
	file_seek(file, address - FLASH_BOOT);
	if (file_read(file, data, n) != n)
		host_exit();
}

static void change(uint32_t address, const uint8_t *data, uint32_t n)
{
	uint32_t done = 4 * burn(n / 4);

	file_seek(file, address - FLASH_BOOT);
	file_write(file, data, done);
	if (done < n)
		host_exit();
}

bool flash_erase(uint32_t address)
{
	if (erase_at < erase_end || address < FLASH_RECORD)
		return false;
	erase_at = address;
	erase_end = address + (address < FLASH_SLOT_A ? FLASH_RECORD_SIZE : FLASH_SLOT_SECTOR);
	return true;
}

bool flash_busy(void)
{
	uint8_t ones[PIECE];

	if (erase_at == erase_end)
		return false;
	memset(ones, 0xff, sizeof ones);
	change(erase_at, ones, sizeof ones);
	erase_at += PIECE;
	return true;
}

bool flash_program(uint32_t address, const void *data, size_t n)
{
	const uint8_t *from = data;

	if (address % 4 || n % 4 || address < FLASH_RECORD || erase_at < erase_end)
		return false;
	while (n) {
		uint8_t piece[64];
		uint32_t take = n < sizeof piece ? (uint32_t)n : sizeof piece;

		flash_read(address, piece, take);
		for (uint32_t i = 0; i < take; i++)
			piece[i] &= from[i]; // NOR
		change(address, piece, take);
		address += take;
		from += take;
		n -= take;
	}
	return true;
}
