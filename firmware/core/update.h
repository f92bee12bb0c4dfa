// Firmware over the link (hw/link, FIRMWARE): erasing, writing and checking slots in pieces, and what the boot record makes of
// it. The slot that runs, and the one to go back to while it is on trial, are not touched.
#pragma once

#include "image.h"
#include "link.h"
#include "trial.h"

struct update_place {
	uint8_t running; // slot, or SLOT_BOOT
	enum stay stay;
	struct image_rules rules; // floor is taken from the record
	bool (*lines)(void);      // whether an erase would be heard
};

void update_start(const struct update_place *p);

// update_poll does one piece of what is under way.
void update_poll(void);

// update_check_all finds the faults of both slots at once.
void update_check_all(void);

enum link_status update_info(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status update_erase(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status update_write(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status update_sum(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status update_commit(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status update_confirm(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status update_rollback(const uint8_t *body, size_t n, struct link_answer *answer);

// The rows of a program's table of requests for these.
#define UPDATE_REQUESTS \
	{LINK_FIRMWARE_INFO, 0, true, update_info}, {LINK_FIRMWARE_ERASE, 2, true, update_erase}, \
		{LINK_FIRMWARE_WRITE, 9, true, update_write}, {LINK_FIRMWARE_SUM, 12, true, update_sum}, \
		{LINK_FIRMWARE_COMMIT, 1, true, update_commit}, {LINK_FIRMWARE_CONFIRM, 0, true, update_confirm}, \
		{LINK_FIRMWARE_ROLLBACK, 0, true, update_rollback}
