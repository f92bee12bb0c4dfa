// The boot record: which slot runs, whether it has proved itself, and the security floor.
//
// Records of 32 octets are appended to one of two flash sectors; the valid one with the highest sequence number counts.
// A sector is erased only to receive the first record after the other one is full, so that at any moment, also in the middle
// of a write or an erase, a valid record can be read. A record that a power cut left half written fails its CRC and is passed
// over.
//
//	 0  4  "TPBR"              12  1  slot to run
//	 4  4  sequence number     13  1  1 while it is on trial, 0 once confirmed
//	 8  4  security floor      14  1  starts of the trial so far
//	                           15  1  slot to go back to, or NO_SLOT
//	                           16  1  why the last trial was given up, enum given_up
//	                           17 11  zero
//	                           28  4  CRC-32 of the octets before
#pragma once

#include "core.h"

enum { RECORD_SIZE = 32 };

enum given_up {
	GIVEN_UP_NONE,
	GIVEN_UP_TRIES, // started and not confirmed, as often as is allowed
	GIVEN_UP_IMAGE, // found invalid at start
	GIVEN_UP_HOST,  // the host took it back
};

struct record {
	uint32_t sequence; // 0: there is none
	uint32_t floor;
	uint8_t slot, trial, tries, back, given_up;
};

// record_load reads the newest record, or sets one with sequence 0, floor 0 and no slots.
void record_load(struct record *r);

// record_store appends r with the next sequence number and reads it back. With may_erase it makes room when there is none;
// a running application must not, since an erase can hold up its own instruction fetches. record_move begins the other
// sector with r, and so makes room for the next hundreds.
bool record_store(struct record *r, bool may_erase);
bool record_move(struct record *r);

// record_room returns how many records can be appended without an erase.
int record_room(void);
