#include "record.h"

#include "crc32.h"
#include "describe.h"
#include "flash.h"

enum {
	PER_SECTOR = FLASH_RECORD_SIZE / RECORD_SIZE,
	PIECE = 32, // records read at once
};

#define MAGIC 0x52425054 // "TPBR"

static uint32_t place(int sector, int i) { return FLASH_RECORD + (uint32_t)sector * FLASH_RECORD_SIZE + (uint32_t)i * RECORD_SIZE; }

static bool erased(const uint8_t *p)
{
	for (int i = 0; i < RECORD_SIZE; i++)
		if (p[i] != 0xff)
			return false;
	return true;
}

static bool parse(struct record *r, const uint8_t *p)
{
	if (get32(p) != MAGIC || get32(p + 28) != crc32(0, p, 28))
		return false;
	*r = (struct record){
		.sequence = get32(p + 4),
		.floor = get32(p + 8),
		.slot = p[12],
		.trial = p[13],
		.tries = p[14],
		.back = p[15],
		.given_up = p[16],
	};
	return true;
}

// scan finds the newest record and its sector, and the first place in that sector behind which all is erased.
static void scan(struct record *newest, int *sector, int *next)
{
	int used[2] = {0, 0};

	*newest = (struct record){.slot = NO_SLOT, .back = NO_SLOT};
	*sector = 0;
	for (int s = 0; s < 2; s++) {
		uint8_t piece[PIECE * RECORD_SIZE];

		for (int i = 0; i < PER_SECTOR; i++) {
			uint8_t *raw = piece + i % PIECE * RECORD_SIZE;
			struct record r;

			if (i % PIECE == 0)
				flash_read(place(s, i), piece, sizeof piece);
			if (!erased(raw))
				used[s] = i + 1;
			if (parse(&r, raw) && r.sequence > newest->sequence) {
				*newest = r;
				*sector = s;
			}
		}
	}
	*next = used[*sector];
}

void record_load(struct record *r)
{
	int sector, next;

	scan(r, &sector, &next);
}

int record_room(void)
{
	struct record r;
	int sector, next;

	scan(&r, &sector, &next);
	return PER_SECTOR - next;
}

static bool append(uint32_t at, const struct record *r)
{
	uint8_t raw[RECORD_SIZE] = {0}, back[RECORD_SIZE];

	put32(raw, MAGIC);
	put32(raw + 4, r->sequence);
	put32(raw + 8, r->floor);
	raw[12] = r->slot;
	raw[13] = r->trial;
	raw[14] = r->tries;
	raw[15] = r->back;
	raw[16] = r->given_up;
	put32(raw + 28, crc32(0, raw, 28));
	if (!flash_program(at, raw, sizeof raw))
		return false;
	flash_read(at, back, sizeof back);
	return memcmp(raw, back, sizeof raw) == 0;
}

// move_from begins the sector other than sector with r, whose number is set.
static bool move_from(int sector, const struct record *r)
{
	uint32_t at = place(sector ^ 1, 0);

	if (!flash_erase(at))
		return false;
	while (flash_busy())
		;
	return append(at, r);
}

bool record_store(struct record *r, bool may_erase)
{
	struct record newest;
	int sector, next;

	scan(&newest, &sector, &next);
	r->sequence = newest.sequence + 1;
	for (; next < PER_SECTOR; next++) // a place that does not take it is passed over
		if (append(place(sector, next), r))
			return true;
	return may_erase && move_from(sector, r);
}

bool record_move(struct record *r)
{
	struct record newest;
	int sector, next;

	scan(&newest, &sector, &next);
	r->sequence = newest.sequence + 1;
	return move_from(sector, r);
}
