#include "check.h"
#include "drive.h"
#include "host.h"
#include "sense.h"
#include "transfer.h"

static uint8_t data[BODY_MAX];
static struct link_answer answer;

static enum link_status ask(enum link_status (*request)(const uint8_t *, size_t, struct link_answer *), const uint8_t *body, size_t n)
{
	uint8_t *exact = malloc(n); // so that a read behind the body is seen
	enum link_status status;

	memcpy(exact, body, n);
	answer = (struct link_answer){data, 0};
	status = request(exact, n, &answer);
	free(exact);
	return status;
}

#define ASK(request, ...) ask(request, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void check_transfer(void)
{
	CHECK(ASK(transfer_request, 2, 1, 1, 2, 0x81, 0x22, 3, 0, 3, 1, 2, 3) == LINK_OK);
	CHECK(answer.length == 6 && data[0] == 2 && memcmp(data + 1, "\x81\x22\x01\x02\x03", 5) == 0);
	CHECK(host_spi.position == 3 && !host_spi.each && host_spi.length == 3);
	CHECK(ASK(transfer_request, 2, 1, 1, 1, 9, 8, 0, 1, 1) == LINK_NO_DEVICE && answer.length == 2 && data[0] == 1 && data[1] == 9);
	CHECK(ASK(transfer_request, 0) == LINK_MALFORMED);
	CHECK(ASK(transfer_request, 65) == LINK_MALFORMED);
	CHECK(ASK(transfer_request, 1, 0, 0) == LINK_MALFORMED);
	CHECK(ASK(transfer_request, 1, 0, 0, 2, 1) == LINK_MALFORMED);
	CHECK(ASK(transfer_request, 1, 0, 0, 0) == LINK_MALFORMED);
	CHECK(ASK(transfer_request, 1, 0, 2, 1, 1) == LINK_MALFORMED);
}

static uint8_t sensed(uint8_t test, uint8_t mask, uint8_t argument, uint8_t value)
{
	uint8_t signals[PCM_SLOTS];

	CHECK(ASK(sense_request, 2, 1, 2, 1, 2, 0xc4, value, 0, 0, test, mask, argument) == LINK_OK);
	sense_read(signals, PCM_SLOTS);
	CHECK(host_spi.position == 2 && host_spi.each && host_spi.length == 2);
	return signals[2];
}

static void check_sense(void)
{
	int calls;
	uint8_t signals[PCM_SLOTS];

	CHECK(sensed(0, 0x03, 0, 0xfe) == 0x02);
	CHECK(sensed(0, 0x70, 6, 0x35) == 0x0c);
	CHECK(sensed(0, 0x81, 1, 0xff) == 0x03);
	CHECK(sensed(1, 4, 3, 3) == 4 && sensed(1, 4, 3, 0xfd) == 4 && sensed(1, 4, 3, 2) == 0 && sensed(1, 4, 3, 0xfe) == 0 && sensed(1, 4, 128, 0x80) == 4);
	CHECK(sensed(2, 8, 4, 0x84) == 8 && sensed(2, 8, 4, 0x83) == 0);
	CHECK(ASK(sense_request, 2, 0) == LINK_OK);
	calls = host_spi.calls;
	sense_read(signals, PCM_SLOTS);
	CHECK(signals[2] == 0 && host_spi.calls == calls);
	CHECK(ASK(sense_request, 2, 5) == LINK_MALFORMED);
	CHECK(ASK(sense_request, 2, 1, 2, 1, 2, 0xc4, 0, 0, 0, 0, 3) == LINK_MALFORMED);
	CHECK(ASK(sense_request, 2, 1, 2, 1, 0, 0, 0, 0, 0, 0, 3, 0) == LINK_MALFORMED);
	CHECK(ASK(sense_request, PCM_SLOTS, 0) == LINK_NO_DEVICE);
	CHECK(ASK(sense_request, 2, 1, 8, 1, 1, 0, 0, 0, 0, 0, 3, 0) == LINK_NO_DEVICE);
}

static void check_drive(void)
{
	uint8_t signals[PCM_SLOTS] = {0};
	int calls;

	// Value 0 writes 64 01, 1 writes 64 04, 2 nothing; 0 holds, 0 for a lost host.
	CHECK(ASK(drive_request, 2, 2, 1, 3, 0, 0, 2, 64, 1, 0, 0, 0, 0, 0, 0, 2, 64, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) == LINK_OK);
	calls = host_spi.calls;
	drive_write(signals, PCM_SLOTS);
	CHECK(host_spi.calls == calls);
	signals[2] = 1;
	drive_write(signals, PCM_SLOTS);
	drive_write(signals, PCM_SLOTS);
	CHECK(host_spi.calls == calls + 1 && host_spi.position == 2 && host_spi.each && host_spi.length == 2 && host_spi.octets[1] == 4);
	signals[2] = 9;
	drive_write(signals, PCM_SLOTS);
	CHECK(host_spi.calls == calls + 1);
	drive_lost();
	CHECK(host_spi.calls == calls + 2 && host_spi.octets[1] == 1);

	// Frames of three octets, two in a value.
	CHECK(ASK(drive_request, 3, 3, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0x20, 5, 1, 0x20, 6, 2, 0, 0) == LINK_OK);
	calls = host_spi.calls;
	signals[3] = 1;
	drive_write(signals, PCM_SLOTS);
	CHECK(host_spi.calls == calls + 2 && host_spi.position == 3 && !host_spi.each && host_spi.length == 3 && host_spi.octets[1] == 6);
	CHECK(ASK(drive_request, 3, 3, 0, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0) == LINK_MALFORMED);
	CHECK(ASK(drive_request, 3, 3, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) == LINK_MALFORMED);
	CHECK(ASK(drive_request, 3, 3, 1, 1, 0, 0, 0, 0) == LINK_MALFORMED);
	CHECK(ASK(drive_request, PCM_SLOTS, 3, 0, 0, 0, 0) == LINK_NO_DEVICE);
	CHECK(ASK(drive_request, 2, 0, 0, 0, 0, 0) == LINK_OK && ASK(drive_request, 3, 0, 0, 0, 0, 0) == LINK_OK);
}

void check_chips(void)
{
	check_transfer();
	check_sense();
	check_drive();
}
