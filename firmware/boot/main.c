// The bootloader: starts the application that the boot record names, if its signature is good, and else stays in recovery,
// where the host can read the state and write images. It is never written itself.
#include "board.h"
#include "clock.h"
#include "cortex_m4.h"
#include "flash.h"
#include "keys.h"
#include "service.h"
#include "stm32f4.h"
#include "update.h"
#include "wire.h"

enum {
	CRASHES_MAX = 3,      // of a confirmed application, in a row, before it is left alone
	RETRY_MILLIS = 60000, // and how long, with no host about
};

extern const uint8_t keys[KEYS][KEY_SIZE];

static bool never(void) { return false; }
static uint32_t no_tick(void) { return 0; }
static size_t no_event(uint8_t *body) { return (void)body, 0; }
static void no_message(uint8_t type, const uint8_t *body, size_t n) { (void)type, (void)body, (void)n; }
static void nothing(void) {}

static const struct link_request requests[] = {SERVICE_REQUESTS, UPDATE_REQUESTS};

static const struct link_program program = {
	.requests = requests,
	.count = sizeof requests / sizeof requests[0],
	.hello = service_hello,
	.greeted = nothing,
	.lost = nothing,
	.message = no_message,
	.event = no_event,
};

static const struct service_card card = {.features = FEATURE_FIRMWARE | FEATURE_CRASH, .tick = no_tick, .in_use = never};

// jump gives the processor to the program of slot. The watchdog runs on.
static _Noreturn void jump(uint8_t slot)
{
	const uint32_t *program_vectors = (const uint32_t *)(flash_slot(slot) + IMAGE_HEADER);

	for (int i = 0; i < (IRQS + 31) / 32; i++) {
		NVIC_DISABLE[i] = 0xffffffff;
		NVIC_PENDING_CLEAR[i] = 0xffffffff;
	}
	SCB_VTOR = (uint32_t)program_vectors;
	barrier();
	__asm__ volatile("msr msp, %0\n\tbx %1" ::"r"(program_vectors[0]), "r"(program_vectors[1]));
	__builtin_unreachable();
}

static _Noreturn void recover(enum stay stay, const struct image_rules *rules)
{
	const struct update_place place = {.running = SLOT_BOOT, .stay = stay, .rules = *rules, .lines = never};
	bool met = false;

	service_start(&card);
	update_start(&place);
	update_check_all();
	wire_start();
	link_start(&program);
	watchdog_start();
	for (;;) {
		link_poll();
		update_poll();
		service_poll();
		met = met || link_up();
		if (stay == STAY_FAILED && survivor.crashes && !met && clock_millis() > RETRY_MILLIS) {
			survivor.crashes = 0;
			restart(RESET_ASKED, false);
		}
		watchdog_feed();
		board_idle();
	}
}

int main(void)
{
	static struct image_check work;
	struct image_rules rules = {.board = board_name, .keys = keys};
	struct choice choice;

	board_start();
	rules.hardware = board_revision();
	if (survivor.stay || board_strap()) {
		survivor.stay = 0;
		survivor_seal();
		recover(STAY_ASKED, &rules);
	}
	if (survivor.cause == RESET_WATCHDOG || survivor.cause == RESET_CRASH)
		survivor.crashes++;
	choice = trial_choose(&work, &rules);
	if (choice.trial) // which has a count of its own
		survivor.crashes = 0;
	survivor_seal();
	if (choice.stay)
		recover(choice.stay, &rules);
	if (survivor.crashes >= CRASHES_MAX)
		recover(STAY_FAILED, &rules);
	watchdog_start();
	jump(choice.slot);
}
