// Images are played: what image_verdict says of a slot is in faults, which stands in for core/image.c here.
#include "check.h"
#include "describe.h"
#include "host.h"
#include "trial.h"
#include "update.h"

static enum image_fault faults[2];

enum image_fault image_verdict(struct image_check *c, uint8_t slot, const struct image_rules *rules)
{
	(void)rules;
	c->fault = faults[slot];
	return c->fault;
}

void image_begin(struct image_check *c, uint8_t slot, const struct image_rules *rules) { image_verdict(c, slot, rules); }
bool image_step(struct image_check *c, uint32_t n) { return (void)c, (void)n, true; }

static struct image_check work;

static struct choice start(void)
{
	struct image_rules rules = {0};

	return trial_choose(&work, &rules);
}

static struct record current(void)
{
	struct record r;

	record_load(&r);
	return r;
}

// good_a makes a card with A confirmed, floor 3, and an image in B.
static void good_a(void)
{
	struct record r = {.slot = 0, .back = NO_SLOT, .floor = 3};

	host_flash_new();
	CHECK(record_store(&r, true));
	faults[0] = faults[1] = IMAGE_OK;
}

static void check_paths(void)
{
	struct choice c;

	// Nothing there.
	host_flash_new();
	faults[0] = faults[1] = IMAGE_EMPTY;
	CHECK(start().stay == STAY_NO_IMAGE);

	// The first image: tried twice, then recovery, until the host sends another.
	CHECK(trial_begin(0, true));
	faults[0] = IMAGE_OK;
	c = start();
	CHECK(!c.stay && c.slot == 0 && c.trial && current().tries == 1);
	CHECK(start().slot == 0 && current().tries == 2);
	CHECK(start().stay == STAY_FAILED && current().given_up == GIVEN_UP_TRIES);
	CHECK(start().stay == STAY_FAILED);
	CHECK(trial_begin(0, true));
	CHECK(start().slot == 0 && trial_confirm(4) && current().floor == 4 && !current().trial);
	CHECK(!start().trial && start().slot == 0);

	// A newer one in B, never confirmed: back to A.
	good_a();
	CHECK(trial_begin(1, false) && current().back == 0);
	CHECK(start().slot == 1 && start().slot == 1);
	c = start();
	CHECK(c.slot == 0 && !c.trial && current().given_up == GIVEN_UP_TRIES && current().floor == 3);

	// Confirmed: the floor rises, never falls.
	good_a();
	CHECK(trial_begin(1, false) && start().slot == 1 && trial_confirm(9) && current().floor == 9);
	CHECK(trial_begin(0, false) && start().slot == 0 && trial_confirm(8) && current().floor == 9);

	// Spoilt before its start: back to A at once.
	good_a();
	CHECK(trial_begin(1, false));
	faults[1] = IMAGE_DIGEST;
	CHECK(start().slot == 0 && current().given_up == GIVEN_UP_IMAGE);

	// The host takes it back.
	good_a();
	CHECK(trial_begin(1, false) && trial_cancel(false) && start().slot == 0 && current().given_up == GIVEN_UP_HOST);

	// A confirmed image that has become unreadable: the other one, but on trial.
	good_a();
	faults[0] = IMAGE_SIGNATURE;
	c = start();
	CHECK(c.slot == 1 && c.trial && current().back == NO_SLOT);
	faults[1] = IMAGE_OLD;
	CHECK(start().stay != STAY_NOT);

	// No record at all, as after a programmer: whatever is there, on trial.
	host_flash_new();
	faults[0] = IMAGE_EMPTY;
	faults[1] = IMAGE_OK;
	c = start();
	CHECK(c.slot == 1 && c.trial);

	// Room for an application's records is made at the start.
	good_a();
	while (record_room() > 3) {
		struct record r = current();

		CHECK(record_store(&r, false));
	}
	CHECK(start().slot == 0 && record_room() > 16);
}

static void begin_b(void) { CHECK(trial_begin(1, false)); }
static void begin_a(void) { CHECK(trial_begin(0, false)); }
static void cancel_a(void) { CHECK(trial_cancel(false)); }
static void confirm(void) { CHECK(trial_confirm(5)); }
static void start_once(void) { CHECK(!start().stay); }

// check_cuts cuts the power after every word of every step of an update: whatever the record then says, the next starts run
// a good image, and the floor has risen only if the confirmation was whole.
static void check_cuts(void)
{
	static void (*const steps[])(void) = {begin_b, start_once, confirm, start_once, begin_a, cancel_a, start_once, begin_a, start_once,
		start_once, start_once};
	enum { STEPS = sizeof steps / sizeof steps[0] };
	volatile bool whole;

	for (volatile int cut = 0; cut < STEPS; cut++) {
		whole = false;
		for (volatile long words = 0; !whole; words++) {
			good_a();
			for (int i = 0; i < cut; i++)
				steps[i]();
			host_flash_words = words;
			if (!setjmp(host_power_cut)) {
				steps[cut]();
				whole = true;
			}
			host_flash_words = HOST_FLASH_FOREVER;
			CHECK(current().floor == (cut > 2 || (cut == 2 && whole) ? 5 : 3));
			for (int i = 0; i < 4; i++)
				CHECK(!start().stay);
		}
	}
}

void check_trial(void)
{
	check_paths();
	check_cuts();
}
