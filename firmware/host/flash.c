#include "host.h"

uint8_t host_flash[HOST_FLASH_SIZE];
long host_flash_words = HOST_FLASH_FOREVER;
jmp_buf host_power_cut;

static uint32_t erase_at, erase_end;

void host_flash_new(void)
{
	memset(host_flash, 0xff, sizeof host_flash);
	erase_at = erase_end = 0;
	host_flash_words = HOST_FLASH_FOREVER;
}

static uint8_t *at(uint32_t address) { return host_flash + (address - FLASH_BOOT); }

static void burn(void)
{
	if (host_flash_words-- > 0)
		return;
	erase_at = erase_end = 0;
	longjmp(host_power_cut, 1);
}

bool flash_erase(uint32_t address)
{
	erase_at = address;
	erase_end = address + (address < FLASH_SLOT_A ? FLASH_RECORD_SIZE : FLASH_SLOT_SECTOR);
	return true;
}

bool flash_busy(void)
{
	for (int i = 0; i < 256 && erase_at < erase_end; i++, erase_at += 4) {
		burn();
		memset(at(erase_at), 0xff, 4);
	}
	return erase_at < erase_end;
}

bool flash_program(uint32_t address, const void *data, size_t n)
{
	const uint8_t *from = data;

	for (size_t i = 0; i < n; i += 4) {
		burn();
		for (size_t j = i; j < i + 4; j++)
			at(address)[j] &= from[j];
	}
	return true;
}

void flash_read(uint32_t address, void *data, size_t n) { memcpy(data, at(address), n); }
