#include "crc32.h"

// Four bits a step: 64 octets of table, where a table of 256 entries would take 1 KB of the bootloader's 32.
static uint32_t step(uint32_t crc)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	return crc >> 4 ^ table[crc & 15];
}

uint32_t crc32(uint32_t crc, const void *data, size_t n)
{
	const uint8_t *p = data;

	crc = ~crc;
	while (n--)
		crc = step(step(crc ^ *p++));
	return ~crc;
}
