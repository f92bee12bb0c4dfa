#include "check.h"
#include "describe.h"
#include "host.h"
#include "record.h"

enum { PER_SECTOR = FLASH_RECORD_SIZE / RECORD_SIZE };

static struct record current(void)
{
	struct record r;

	record_load(&r);
	return r;
}

static void store(uint32_t floor)
{
	struct record r = {.floor = floor, .slot = 1, .back = 0, .trial = 1};

	CHECK(record_store(&r, true));
}

// cut_everywhere runs change on the same flash with the power cut after every word: afterwards the record is the one before
// or the one that was to be written, and another can be stored.
static void cut_everywhere(void (*change)(void), uint32_t before, uint32_t after)
{
	static uint8_t flash[FLASH_RECORD - FLASH_BOOT + 2 * FLASH_RECORD_SIZE];
	volatile bool whole = false;

	memcpy(flash, host_flash, sizeof flash);
	for (volatile long words = 0; !whole; words++) {
		memcpy(host_flash, flash, sizeof flash);
		host_flash_words = words;
		if (!setjmp(host_power_cut)) {
			change();
			whole = true;
		}
		host_flash_words = HOST_FLASH_FOREVER;
		CHECK(current().floor == (whole ? after : before));
		store(77);
		CHECK(current().floor == 77);
	}
}

static void two(void) { store(2); }
static void full(void) { store(PER_SECTOR + 1); }

static void moved(void)
{
	struct record r = current();

	r.floor = 3;
	CHECK(record_move(&r));
}

void check_record(void)
{
	struct record r;

	host_flash_new();
	CHECK(current().sequence == 0 && current().slot == NO_SLOT && current().floor == 0);
	CHECK(record_room() == PER_SECTOR);

	store(1);
	CHECK(current().sequence == 1 && current().floor == 1 && current().slot == 1 && current().trial == 1 && current().back == 0);
	cut_everywhere(two, 1, 2);

	// A sector that is full: an application does not erase, the bootloader does.
	host_flash_new();
	for (uint32_t i = 1; i <= PER_SECTOR; i++)
		store(i);
	CHECK(record_room() == 0);
	r = current();
	CHECK(!record_store(&r, false) && current().floor == PER_SECTOR);
	cut_everywhere(full, PER_SECTOR, PER_SECTOR + 1);

	// And back to the first sector, which is full of older records.
	host_flash_new();
	for (uint32_t i = 1; i <= 2 * PER_SECTOR; i++)
		store(i);
	CHECK(current().floor == 2 * PER_SECTOR && record_room() == 0);
	cut_everywhere(moved, 2 * PER_SECTOR, 3);
	r = current();
	CHECK(record_move(&r) && record_room() == PER_SECTOR - 1);

	// A flipped bit of the newest record leaves the one before.
	host_flash_new();
	store(1);
	store(2);
	for (int bit = 0; bit < 8 * RECORD_SIZE; bit++) {
		host_flash[FLASH_RECORD - FLASH_BOOT + RECORD_SIZE + bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(current().floor == 1);
		host_flash[FLASH_RECORD - FLASH_BOOT + RECORD_SIZE + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
