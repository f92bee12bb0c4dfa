// Frames of the card link (hw/link, "Frames"): a message with its CRC-32, in COBS, between zeros.
#pragma once

#include "cobs.h"

enum {
	MESSAGE_MAX = 1200, // octets, with header and CRC
	MESSAGE_MIN = 8,
	MESSAGE_HEAD = 4,
	BODY_MAX = MESSAGE_MAX - MESSAGE_MIN,
	FRAME_MAX = COBS_MAX(MESSAGE_MAX) + 2, // with both zeros
};

// frame_encode makes a frame of the n octets of message, which has room for four more, and returns its length.
size_t frame_encode(uint8_t frame[FRAME_MAX], uint8_t *message, size_t n);

enum frame_event {
	FRAME_NOTHING,
	FRAME_MESSAGE, // whole and right: reader's data and length, without CRC
	FRAME_BAD_CRC,
	FRAME_BAD, // too long or too short, or no COBS
};

// A reader takes a stream of octets apart; zero it at the start.
struct frame_reader {
	uint8_t data[COBS_MAX(MESSAGE_MAX)];
	size_t length;
	bool overlong, ended;
};

// frame_feed takes one octet. A message stays in the reader until the next call.
enum frame_event frame_feed(struct frame_reader *r, uint8_t octet);
