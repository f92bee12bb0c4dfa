// The card's side of the link (hw/link): sessions, requests that are carried out once, and what is sent when. What the
// requests do is elsewhere: a program has a table of them.
//
// Two streams at most: control, and media when the board has an interface for it; else both go over the first.
#pragma once

#include "core.h"
#include "frame.h"

enum link_interface { LINK_CONTROL, LINK_MEDIA, LINK_INTERFACES };

enum link_status {
	LINK_OK,
	LINK_PENDING,
	LINK_BUSY,
	LINK_LINES,
	LINK_MALFORMED,
	LINK_UNKNOWN,
	LINK_NO_DEVICE,
	LINK_REFUSED,
	LINK_FLASH,
	LINK_STATE,
};

enum link_type {
	LINK_HELLO = 1,
	LINK_TIME,
	LINK_TRANSFER,
	LINK_SENSE,
	LINK_DRIVE,
	LINK_PCM_START,
	LINK_PCM_STOP,
	LINK_STATISTICS,
	LINK_RESET,
	LINK_FIRMWARE_INFO = 0x10,
	LINK_FIRMWARE_ERASE,
	LINK_FIRMWARE_WRITE,
	LINK_FIRMWARE_SUM,
	LINK_FIRMWARE_COMMIT,
	LINK_FIRMWARE_CONFIRM,
	LINK_FIRMWARE_ROLLBACK,
	LINK_CRASH_READ = 0x20,
	LINK_CRASH_CLEAR,
	LINK_EVENT = 0x40,
	LINK_PCM_UP,
	LINK_PCM_DOWN,
	LINK_EVENT_ACK,
};

// An answer being made: data is what follows the status octet, room for BODY_MAX - 1.
struct link_answer {
	uint8_t *data;
	size_t length;
};

// A request that this program knows. run is called with a body of at least min octets.
struct link_request {
	uint8_t type;
	uint16_t min;
	bool any_major; // also with a host of another major version
	enum link_status (*run)(const uint8_t *body, size_t n, struct link_answer *answer);
};

// What a program does about the host, and what HELLO says of it. hello's answer begins behind the status.
struct link_program {
	const struct link_request *requests;
	int count;
	bool two_streams;
	void (*hello)(struct link_answer *answer);
	void (*greeted)(void); // a session begins
	void (*lost)(void);    // the host has been lost
	void (*message)(uint8_t type, const uint8_t *body, size_t n); // of a type without an answer

	// event puts the body of the event that is to be sent next into body and returns its length, or 0.
	size_t (*event)(uint8_t *body);
};

void link_start(const struct link_program *p);

// link_poll moves octets both ways, carries out requests and notices that the host is lost.
void link_poll(void);

// link_media returns where the body of the next PCM UP goes, or NULL while one waits to be sent; link_media_send sends what
// was put there.
uint8_t *link_media(void);
void link_media_send(size_t n);

// link_up reports whether there is a session.
bool link_up(void);

// link_longest is the longest message that both sides take.
size_t link_longest(void);

// link_quiet reports whether every answer has left.
bool link_quiet(void);
