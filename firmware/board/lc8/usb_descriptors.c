#include "usb_descriptors.h"

#include "board.h"

enum { // USB 2.0, table 9-5; CDC 1.2, table 11
	DEVICE = 1,
	CONFIGURATION,
	STRING,
	INTERFACE,
	ENDPOINT,
	ASSOCIATION = 11,
	CS_INTERFACE = 0x24,
	BULK = 2,
	INTERRUPT = 3,
	IN = 0x80,
};

#define LE(v) (v) & 0xff, (v) >> 8

static const uint8_t device[] = {
	18, DEVICE, LE(0x0200),
	0xef, 0x02, 0x01, // functions are described by interface associations
	USB_CONTROL_PACKET,
	LE(0x1209), LE(0x0001), // pid.codes, the number for tests: a product needs one of its own
	LE(0x0100),
	1, 2, 3, 1,
};

// A CDC-ACM function (PSTN 1.2): first interface, its name, its two endpoints. bmCapabilities 2: SET_LINE_CODING and
// SET_CONTROL_LINE_STATE are understood; protocol 0: no AT commands, so that nobody tries them.
#define FUNCTION(first, name, notify, data) \
	8, ASSOCIATION, first, 2, 2, 2, 0, name, \
	9, INTERFACE, first, 0, 1, 2, 2, 0, name, \
	5, CS_INTERFACE, 0, LE(0x0110), \
	5, CS_INTERFACE, 1, 0, first + 1, \
	4, CS_INTERFACE, 2, 2, \
	5, CS_INTERFACE, 6, first, first + 1, \
	7, ENDPOINT, IN | notify, INTERRUPT, LE(USB_NOTIFY_PACKET), 255, \
	9, INTERFACE, first + 1, 0, 2, 10, 0, 0, name, \
	7, ENDPOINT, IN | data, BULK, LE(USB_BULK_PACKET), 0, \
	7, ENDPOINT, data, BULK, LE(USB_BULK_PACKET), 0

static const uint8_t configuration[] = {
	9, CONFIGURATION, LE(9 + 2 * 66), 4, 1, 0, 0xc0, 50, // self-powered
	FUNCTION(0, 4, USB_NOTIFY_A, USB_DATA_A),
	FUNCTION(2, 5, USB_NOTIFY_B, USB_DATA_B),
};

_Static_assert(sizeof configuration == 9 + 2 * 66, "wTotalLength");

static const uint8_t languages[] = {4, STRING, LE(0x0409)};
static const char *const strings[] = {"tipring", "linecard-8", NULL, "control", "media"};

const uint8_t *usb_descriptor(uint8_t type, uint8_t index, size_t *length)
{
	static uint8_t text[2 + 2 * 24];
	char serial[24];
	const char *s;

	switch (type) {
	case DEVICE:
		*length = sizeof device;
		return device;
	case CONFIGURATION:
		*length = sizeof configuration;
		return index ? NULL : configuration;
	case STRING:
		break;
	default:
		return NULL;
	}
	if (!index) {
		*length = sizeof languages;
		return languages;
	}
	if (index > sizeof strings / sizeof strings[0])
		return NULL;
	s = strings[index - 1];
	if (!s) {
		board_serial(serial);
		s = serial;
	}
	*length = 2;
	for (int i = 0; i < 24 && s[i]; i++) {
		text[(*length)++] = (uint8_t)s[i]; // UTF-16
		text[(*length)++] = 0;
	}
	text[0] = (uint8_t)*length;
	text[1] = STRING;
	return text;
}
