// Audio and signalling between the highway and the host (hw/link, "PCM"): the card is the clock master, counts ticks of 1 ms,
// and has a buffer of what the host sent, by tick.
#pragma once

#include "core.h"
#include "link.h"

enum {
	PCM_SLOTS = 32,
	PCM_OCTETS = 8,    // of a slot in a tick
	PCM_BUFFER_MS = 64 // a power of two
};

// What the highway carries in a tick: octets in wire order, frame after frame, each with its timeslots.
typedef uint8_t pcm_quantum[PCM_SLOTS * PCM_OCTETS];

enum link_status pcm_start(const uint8_t *body, size_t n, struct link_answer *answer);
enum link_status pcm_stop(const uint8_t *body, size_t n, struct link_answer *answer);
bool pcm_running(void);

// pcm_down takes the body of a PCM DOWN.
void pcm_down(const uint8_t *body, size_t n);

// pcm_next makes what the highway sends in tick, and in signals what the host says about each slot. It returns how many
// slots the host speaks of: 0 while PCM does not run.
int pcm_next(uint32_t tick, pcm_quantum out, uint8_t signals[PCM_SLOTS]);

// pcm_up takes what the highway received in tick and the signalling octets of its slots, and sends a frame when it is full.
void pcm_up(uint32_t tick, const pcm_quantum in, const uint8_t signals[PCM_SLOTS]);
