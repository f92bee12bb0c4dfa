#include "trial.h"

enum { RECORD_SPARE = 16 }; // records that an application can append until the next start

// give_up ends a trial and goes back to the slot before it. Without one the record names no slot, which keeps the card in
// recovery until it gets another image.
static bool give_up(struct record *r, enum given_up why)
{
	r->given_up = (uint8_t)why;
	r->slot = r->back;
	r->back = NO_SLOT;
	r->trial = 0;
	r->tries = 0;
	return record_store(r, true);
}

static bool may_run(struct image_check *work, uint8_t slot, const struct image_rules *rules)
{
	return slot <= 1 && image_verdict(work, slot, rules) == IMAGE_OK;
}

struct choice trial_choose(struct image_check *work, struct image_rules *rules)
{
	struct record r;
	bool stored = true;

	record_load(&r);
	rules->floor = r.floor;
	if (r.trial && r.tries >= TRIAL_TRIES)
		stored = give_up(&r, GIVEN_UP_TRIES);
	if (r.trial && !may_run(work, r.slot, rules))
		stored = give_up(&r, GIVEN_UP_IMAGE) && stored;
	if (r.sequence && r.slot == NO_SLOT)
		return (struct choice){STAY_FAILED, NO_SLOT, false};
	if (!r.trial && !may_run(work, r.slot, rules)) {
		uint8_t other = r.slot == 0 ? 1 : 0;

		if (!may_run(work, other, rules) && (r.sequence || !may_run(work, other = 1, rules)))
			return (struct choice){STAY_NO_IMAGE, NO_SLOT, false};
		r.slot = other;
		r.back = NO_SLOT;
		r.trial = 1;
		r.tries = 0;
	}
	if (r.trial) {
		r.tries++;
		stored = record_store(&r, true) && stored;
	}
	if (record_room() < RECORD_SPARE)
		stored = record_move(&r) && stored;
	return (struct choice){stored ? STAY_NOT : STAY_RECORD, r.slot, r.trial};
}

bool trial_begin(uint8_t slot, bool may_erase)
{
	struct record r;
	uint8_t good;

	record_load(&r);
	good = r.trial ? r.back : r.slot;
	r.slot = slot;
	r.trial = 1;
	r.tries = 0;
	r.back = good == slot ? NO_SLOT : good;
	r.given_up = GIVEN_UP_NONE;
	return record_store(&r, may_erase);
}

bool trial_cancel(bool may_erase)
{
	struct record r;

	record_load(&r);
	if (!r.trial)
		return true;
	r.slot = r.back;
	r.trial = 0;
	r.tries = 0;
	r.back = NO_SLOT;
	r.given_up = GIVEN_UP_HOST;
	return record_store(&r, may_erase);
}

bool trial_confirm(uint32_t security)
{
	struct record r;

	record_load(&r);
	r.trial = 0;
	r.tries = 0;
	r.back = NO_SLOT;
	if (r.floor < security)
		r.floor = security;
	return record_store(&r, false);
}
