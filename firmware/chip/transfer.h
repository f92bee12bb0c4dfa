// TRANSFER: the host's own operations on the SPI buses, so that its chip drivers work through the card.
#pragma once

#include "link.h"

enum link_status transfer_request(const uint8_t *body, size_t n, struct link_answer *answer);
