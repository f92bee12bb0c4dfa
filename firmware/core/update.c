#include "update.h"

#include "crc32.h"
#include "flash.h"

enum {
	UNIT = 4,
	SUM_MAX = 16384,
	CHECK_PIECE = 4096,
	FORCE = 1,
	NOT_CHECKED = 255,
};

enum work { IDLE, ERASING, CHECKING };

static struct {
	struct update_place place;
	enum work work;
	uint8_t slot;       // that the work is on
	uint32_t erased_to; // of that slot, while ERASING
	struct image_check check;
	bool checked;        // a check has come to its end and nobody has asked about it
	bool failed;         // the flash has reported an error and nobody has asked
	bool erased[2];      // and nothing written since
	uint8_t verdicts[2]; // enum image_fault or NOT_CHECKED
} me;

static bool in_boot(void) { return me.place.running == SLOT_BOOT; }

void update_start(const struct update_place *p)
{
	memset(&me, 0, sizeof me);
	me.place = *p;
	for (uint8_t s = 0; s < 2; s++)
		me.verdicts[s] = s == p->running ? IMAGE_OK : NOT_CHECKED;
}

void update_check_all(void)
{
	struct record r;

	record_load(&r);
	me.place.rules.floor = r.floor;
	for (uint8_t s = 0; s < 2; s++)
		me.verdicts[s] = (uint8_t)image_verdict(&me.check, s, &me.place.rules);
}

static void erase_on(void)
{
	if (flash_busy())
		return;
	if (me.erased_to == FLASH_SLOT_SIZE) {
		me.work = IDLE;
		me.erased[me.slot] = true;
		me.verdicts[me.slot] = IMAGE_EMPTY;
	} else if (flash_erase(flash_slot(me.slot) + me.erased_to)) {
		me.erased_to += FLASH_SLOT_SECTOR;
	} else {
		me.work = IDLE;
		me.failed = true;
	}
}

void update_poll(void)
{
	if (me.work == ERASING)
		erase_on();
	if (me.work == CHECKING && image_step(&me.check, CHECK_PIECE)) {
		me.work = IDLE;
		me.checked = true;
		me.verdicts[me.slot] = (uint8_t)me.check.fault;
	}
}

// guarded reports whether slot is not to be changed: it runs, or is what a running trial goes back to.
static bool guarded(uint8_t slot)
{
	struct record r;

	record_load(&r);
	return !in_boot() && (slot == me.place.running || (r.trial && r.slot == me.place.running && slot == r.back));
}

static void describe_slot(uint8_t slot, uint8_t *to)
{
	uint8_t header[IMAGE_HEADER];
	struct descriptor d;

	memset(to, 0, 44);
	to[0] = me.verdicts[slot];
	flash_read(flash_slot(slot), header, sizeof header);
	memcpy(&d, header + 32, sizeof d);
	if (memcmp(header, "TPFW", 4) != 0 || d.magic != DESCRIPTOR_MAGIC)
		return;
	put32(to + 4, IMAGE_HEADER + get32(header + 8));
	put32(to + 8, d.security);
	memcpy(to + 12, d.version, sizeof d.version);
}

enum link_status update_info(const uint8_t *body, size_t n, struct link_answer *answer)
{
	uint8_t *to = answer->data;
	struct record r;

	(void)body;
	(void)n;
	record_load(&r);
	to[0] = !in_boot();
	to[1] = me.place.running;
	to[2] = r.slot;
	to[3] = r.trial;
	to[4] = r.tries;
	to[5] = r.back;
	to[6] = r.given_up;
	to[7] = (uint8_t)me.place.stay;
	to[8] = me.work == IDLE ? 0 : (uint8_t)(2 * me.work - 1 + me.slot);
	put32(to + 9, r.floor);
	put32(to + 13, FLASH_SLOT_SIZE);
	put32(to + 17, UNIT);
	describe_slot(0, to + 21);
	describe_slot(1, to + 65);
	answer->length = 109;
	return LINK_OK;
}

enum link_status update_erase(const uint8_t *body, size_t n, struct link_answer *answer)
{
	uint8_t slot = body[0];
	struct record r;

	(void)n;
	(void)answer;
	if (slot > 1 || body[1] > FORCE)
		return LINK_MALFORMED;
	if (guarded(slot))
		return LINK_STATE;
	if (me.work != IDLE)
		return me.work == ERASING && me.slot == slot ? LINK_PENDING : LINK_BUSY;
	if (me.failed) {
		me.failed = false;
		return LINK_FLASH;
	}
	if (me.erased[slot])
		return LINK_OK;
	if (me.place.lines() && !(body[1] & FORCE))
		return LINK_LINES;
	record_load(&r);
	if (r.trial && r.slot == slot && !trial_cancel(in_boot()))
		return LINK_FLASH;
	me.work = ERASING;
	me.slot = slot;
	me.erased_to = 0;
	me.checked = false;
	return LINK_PENDING;
}

static bool same_in_flash(uint32_t address, const uint8_t *data, size_t n)
{
	uint8_t piece[64];

	while (n) {
		size_t take = n < sizeof piece ? n : sizeof piece;

		flash_read(address, piece, take);
		if (memcmp(piece, data, take) != 0)
			return false;
		address += take;
		data += take;
		n -= take;
	}
	return true;
}

static bool within(uint32_t offset, uint32_t n) { return offset <= FLASH_SLOT_SIZE && n <= FLASH_SLOT_SIZE - offset; }

enum link_status update_write(const uint8_t *body, size_t n, struct link_answer *answer)
{
	uint8_t slot = body[0];
	uint32_t offset = get32(body + 4), address;

	(void)answer;
	body += 8;
	n -= 8;
	if (slot > 1 || offset % UNIT || n % UNIT || !within(offset, (uint32_t)n))
		return LINK_MALFORMED;
	if (guarded(slot))
		return LINK_STATE;
	if (me.work != IDLE)
		return LINK_BUSY;
	address = flash_slot(slot) + offset;
	me.erased[slot] = false;
	me.verdicts[slot] = NOT_CHECKED;
	me.checked = false;
	return flash_program(address, body, n) && same_in_flash(address, body, n) ? LINK_OK : LINK_FLASH;
}

enum link_status update_sum(const uint8_t *body, size_t n, struct link_answer *answer)
{
	uint8_t slot = body[0];
	uint32_t offset = get32(body + 4), left = get32(body + 8), crc = 0;
	uint8_t piece[256];

	(void)n;
	if (slot > 1 || left > SUM_MAX || !within(offset, left))
		return LINK_MALFORMED;
	if (me.work == ERASING && me.slot == slot)
		return LINK_BUSY;
	while (left) {
		uint32_t take = left < sizeof piece ? left : sizeof piece;

		flash_read(flash_slot(slot) + offset, piece, take);
		crc = crc32(crc, piece, take);
		offset += take;
		left -= take;
	}
	put32(answer->data, crc);
	answer->length = 4;
	return LINK_OK;
}

// check goes on with, or begins, the check of slot; when it is done and the image good, the slot is the one to try.
static enum link_status check(uint8_t slot, struct link_answer *answer)
{
	struct record r;

	if (me.work != IDLE)
		return me.work == CHECKING && me.slot == slot ? LINK_PENDING : LINK_BUSY;
	if (!me.checked || me.slot != slot) {
		record_load(&r);
		me.place.rules.floor = r.floor;
		me.work = CHECKING;
		me.slot = slot;
		image_begin(&me.check, slot, &me.place.rules);
		return LINK_PENDING;
	}
	me.checked = false;
	if (me.check.fault) {
		answer->data[0] = (uint8_t)me.check.fault;
		answer->length = 1;
		return LINK_REFUSED;
	}
	return trial_begin(slot, in_boot()) ? LINK_OK : LINK_FLASH;
}

enum link_status update_commit(const uint8_t *body, size_t n, struct link_answer *answer)
{
	(void)n;
	if (body[0] > 1)
		return LINK_MALFORMED;
	return guarded(body[0]) ? LINK_STATE : check(body[0], answer);
}

enum link_status update_confirm(const uint8_t *body, size_t n, struct link_answer *answer)
{
	struct record r;

	(void)body;
	(void)n;
	(void)answer;
	record_load(&r);
	if (in_boot())
		return LINK_STATE;
	if (r.slot != me.place.running || !r.trial)
		return r.slot == me.place.running || r.back == me.place.running ? LINK_OK : LINK_STATE;
	return trial_confirm(describe.security) ? LINK_OK : LINK_FLASH;
}

enum link_status update_rollback(const uint8_t *body, size_t n, struct link_answer *answer)
{
	struct record r;

	(void)body;
	(void)n;
	record_load(&r);
	if (r.trial) {
		if (r.back == NO_SLOT)
			return LINK_STATE;
		return trial_cancel(in_boot()) ? LINK_OK : LINK_FLASH;
	}
	if (!in_boot() && r.slot != me.place.running) // taken back before
		return LINK_OK;
	return r.slot > 1 ? LINK_STATE : check(r.slot ^ 1, answer);
}
