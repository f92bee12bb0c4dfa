// Flash as a file: flash.bin, a megabyte, which QEMU also loads to 0x08000000 when it starts. What is programmed here is not
// seen through pointers until then, so nothing reads flash that way but the processor.
//
// The power can be cut at any word: the file fuse holds how many words may still be changed, and when they are used up the
// machine stops, in the middle of whatever it was doing.
#include "flash.h"

#include "crash.h"
#include "qemu.h"
#include "semihosting.h"

enum { PIECE = 1024 }; // erased at a time

static int file;
static uint32_t erase_at, erase_end; // what a running erase still has to do

// flash_start opens the file, and at power-up looks for a fuse, which goes from program to program in RAM.
void flash_start(bool power_up)
{
	uint8_t raw[4];
	int f;

	file = file_open("flash.bin", "r+b");
	if (!power_up)
		return;
	f = file_open("fuse", "rb");
	if (f < 0)
		return;
	if (file_read(f, raw, sizeof raw) == sizeof raw)
		survivor.fuse = get32(raw) + 1;
	file_close(f);
}

void flash_read(uint32_t address, void *data, size_t n)
{
	file_seek(file, address - FLASH_BOOT);
	if (file_read(file, data, n) != n)
		host_exit();
}

// change writes n octets, of which words that are so already cost nothing. A fuse that blows stops the machine.
static void change(uint32_t address, const uint8_t *data, uint32_t n)
{
	uint8_t old[PIECE];
	uint32_t done = n;

	if (survivor.fuse) {
		flash_read(address, old, n);
		for (done = 0; done < n; done += 4) {
			if (memcmp(old + done, data + done, 4) == 0)
				continue;
			if (survivor.fuse == 1)
				break;
			survivor.fuse--;
		}
	}
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
