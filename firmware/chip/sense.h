// SENSE: the registers of a slot's chip that the card reads by itself, every period, to make the slot's signalling octet.
#pragma once

#include "pcm.h"

enum link_status sense_request(const uint8_t *body, size_t n, struct link_answer *answer);

// sense_read reads what has been asked for slots 0 to slots-1 and makes their signalling octets.
void sense_read(uint8_t *signals, int slots);
