// Which slot to start: trials, confirmation and falling back. The one place that decides; what it decides on is flash.
#pragma once

#include "core.h"
#include "image.h"
#include "record.h"

enum { TRIAL_TRIES = 2 };

// Why the bootloader stays in recovery. The link sends these numbers, so they stay.
enum stay {
	STAY_NOT,
	STAY_NO_IMAGE, // neither slot holds an image that may run
	STAY_ASKED,    // by the host, or by the recovery strap
	STAY_FAILED,   // the application was started and failed as often as is allowed
	STAY_RECORD,   // the boot record cannot be written
};

struct choice {
	enum stay stay;
	uint8_t slot; // to start when stay is STAY_NOT
	bool trial;
};

// trial_choose decides at a start and brings the record up to date first: a trial counts as started before it runs. rules'
// floor is taken from the record. An image that no record vouches for, because there is no record or because the one that
// should run has become unreadable, runs on trial.
struct choice trial_choose(struct image_check *work, struct image_rules *rules);

// trial_begin makes slot, whose image the caller has found good, the one to try at the next start, with what is confirmed now
// to go back to. trial_cancel takes that back. trial_confirm ends the trial and raises the floor to the security number of
// what was on trial. All return false when the record cannot be written; may_erase as in record_store: only the bootloader
// may.
bool trial_begin(uint8_t slot, bool may_erase);
bool trial_cancel(bool may_erase);
bool trial_confirm(uint32_t security);
