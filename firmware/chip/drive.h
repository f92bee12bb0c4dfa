// DRIVE: what the card writes to a slot's chip when the host changes the slot's signalling octet, so that it happens in the
// tick it is meant for.
#pragma once

#include "pcm.h"

enum link_status drive_request(const uint8_t *body, size_t n, struct link_answer *answer);

// drive_write applies the signalling octets of slots 0 to slots-1. drive_lost gives every slot its value for when the host is
// lost.
void drive_write(const uint8_t *signals, int slots);
void drive_lost(void);
