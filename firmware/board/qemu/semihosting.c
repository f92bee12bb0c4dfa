#include "semihosting.h"

enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_SEEK = 0x0a, SYS_REMOVE = 0x0e, SYS_EXIT = 0x18 };

static uint32_t call(uint32_t operation, uint32_t argument)
{
	register uint32_t r0 __asm__("r0") = operation;
	register uint32_t r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

static uint32_t length(const char *s)
{
	uint32_t n = 0;

	while (s[n])
		n++;
	return n;
}

int file_open(const char *name, const char *mode)
{
	static const char *const modes[] = {"r", "rb", "r+", "r+b", "w", "wb"}; // 6.12
	uint32_t block[3] = {(uint32_t)name, 0, length(name)};

	while (memcmp(modes[block[1]], mode, length(mode) + 1) != 0)
		block[1]++;
	return (int)call(SYS_OPEN, (uint32_t)block);
}

void file_close(int handle)
{
	uint32_t block[1] = {(uint32_t)handle};

	call(SYS_CLOSE, (uint32_t)block);
}

// moved turns the number of octets not moved into that of those moved; 6.15 lets an error be any larger number.
static size_t moved(uint32_t left, size_t n) { return left > n ? 0 : n - left; }

size_t file_read(int handle, void *data, size_t n)
{
	uint32_t block[3] = {(uint32_t)handle, (uint32_t)data, n};

	return moved(call(SYS_READ, (uint32_t)block), n);
}

size_t file_write(int handle, const void *data, size_t n)
{
	uint32_t block[3] = {(uint32_t)handle, (uint32_t)data, n};

	return moved(call(SYS_WRITE, (uint32_t)block), n);
}

void file_seek(int handle, uint32_t at)
{
	uint32_t block[2] = {(uint32_t)handle, at};

	call(SYS_SEEK, (uint32_t)block);
}

void file_remove(const char *name)
{
	uint32_t block[2] = {(uint32_t)name, length(name)};

	call(SYS_REMOVE, (uint32_t)block);
}

_Noreturn void host_exit(void)
{
	for (;;)
		call(SYS_EXIT, 0x20026); // ADP_Stopped_ApplicationExit
}
