// The application: line modules and highway on one side, the host on the other, one loop between them.
#include "board.h"
#include "clock.h"
#include "counters.h"
#include "drive.h"
#include "events.h"
#include "flash.h"
#include "keys.h"
#include "sense.h"
#include "service.h"
#include "spi.h"
#include "transfer.h"
#include "update.h"
#include "wire.h"

enum {
	TRIAL_MILLIS = 120000,  // for the host to confirm
	TRUSTED_MILLIS = 10000, // with a host, after which earlier crashes are forgotten
	CHIPS_RESET_MILLIS = 1,
	BURST = 16, // quanta made up for before the rest of the loop has its turn
};

static uint32_t tick; // the next one that the highway receives
static uint8_t keys[KEYS][KEY_SIZE];

static uint32_t get_tick(void) { return tick; }

static void greeted(void)
{
	pcm_stop(NULL, 0, NULL);
	event_again();
}

static void lost(void)
{
	pcm_stop(NULL, 0, NULL);
	drive_lost();
	event_add(EVENT_HOST_LOST, 0, tick, NULL);
}

static void message(uint8_t type, const uint8_t *body, size_t n)
{
	if (type == LINK_PCM_DOWN)
		pcm_down(body, n);
	else if (type == LINK_EVENT_ACK && n >= 4)
		event_acknowledge(get32(body));
}

static const struct link_request requests[] = {
	SERVICE_REQUESTS,
	UPDATE_REQUESTS,
	{LINK_TRANSFER, 1, false, transfer_request},
	{LINK_SENSE, 2, false, sense_request},
	{LINK_DRIVE, 6, false, drive_request},
	{LINK_PCM_START, 3, false, pcm_start},
	{LINK_PCM_STOP, 0, false, pcm_stop},
};

static struct link_program program = {
	.requests = requests,
	.count = sizeof requests / sizeof requests[0],
	.hello = service_hello,
	.greeted = greeted,
	.lost = lost,
	.message = message,
	.event = event_next,
};

static struct service_card card = {
	.application = true,
	.slots = PCM_SLOTS,
	.lines = BOARD_POSITIONS,
	.sense_ms = BOARD_SENSE_MS,
	.downlink_ms = PCM_BUFFER_MS,
	.features = FEATURE_PCM | FEATURE_TRANSFER | FEATURE_SENSE | FEATURE_FIRMWARE | FEATURE_CRASH,
	.tick = get_tick,
	.in_use = pcm_running,
};

// quantum is a millisecond of the highway, with what belongs to it on the SPI buses.
static void quantum(void)
{
	static uint8_t sensed[PCM_SLOTS];
	uint8_t signals[PCM_SLOTS];
	pcm_quantum in, out;

	drive_write(signals, pcm_next(tick + highway_lead, out, signals));
	highway_exchange(in, out);
	if (tick % BOARD_SENSE_MS == 0) {
		sense_read(sensed, PCM_SLOTS);
		if (highway_due() > BOARD_SENSE_MS)
			counters.sense_late++;
	}
	pcm_up(tick, in, sensed);
	tick++;
}

static void highway_poll(void)
{
	uint32_t missed = highway_lost();

	counters.ticks_missed += missed;
	tick += missed;
	for (int i = 0; i < BURST && highway_due(); i++) {
		quantum();
		link_poll(); // or the next frame would find this one still waiting
	}
}

// trust forgets crashes once a host has been here for a while, and ends a trial that nobody confirms.
static void trust(void)
{
	static uint32_t since;
	static bool due;
	struct record r;

	if (!link_up())
		since = clock_millis();
	if (survivor.crashes && clock_millis() - since > TRUSTED_MILLIS) {
		survivor.crashes = 0;
		survivor_seal();
	}
	if (due || clock_millis() < TRIAL_MILLIS)
		return;
	due = true;
	record_load(&r);
	if (r.trial && r.slot == describe.slot)
		restart(RESET_ASKED, false);
}

int main(void)
{
	struct update_place place = {
		.running = describe.slot,
		.rules = {.board = board_name, .keys = (const uint8_t(*)[KEY_SIZE])keys},
		.lines = pcm_running,
	};
	uint32_t fed = 0;
	bool in_reset = true;

	board_start();
	watchdog_start();
	flash_read(FLASH_KEYS, keys, sizeof keys);
	place.rules.hardware = board_revision();
	update_start(&place);
	card.positions = spi_positions();
	program.two_streams = board_two_streams;
	if (board_two_streams)
		card.features |= FEATURE_TWO_STREAMS;
	service_start(&card);
	highway_start();
	chips_start();
	wire_start();
	link_start(&program);
	for (;;) {
		link_poll();
		highway_poll();
		link_poll();
		if (in_reset && tick >= CHIPS_RESET_MILLIS) {
			in_reset = false;
			chips_reset(false);
		}
		event_lines(chips_interrupts(), tick);
		update_poll();
		service_poll();
		trust();
		if (tick != fed) { // a highway that has stopped is as bad as a loop that has
			fed = tick;
			watchdog_feed();
		}
		board_idle();
	}
}
