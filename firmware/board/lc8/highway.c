// The PCM highway: SAI1 as a frame of 256 bits at 2.048 MHz, block A sending and making clock and frame sync, block B receiving
// with them. A SAI has sixteen slots a frame at most, so each is sixteen bits and holds two timeslots, the first in its
// upper half. DMA2 goes round rings of RING quanta on both sides.
#include "board.h"
#include "cortex_m4.h"
#include "lc8.h"

enum {
	RING = 16,                         // quanta, a power of two
	WORDS = PCM_SLOTS * PCM_OCTETS / 2, // of a quantum
};

enum { // 29.17
	CR1_SLAVE_RX = 3,
	CR1_DS16 = 4 << 5,
	CR1_SYNC_INTERNAL = 1 << 10,
	CR1_SAIEN = 1 << 16,
	CR1_DMAEN = 1 << 17,
	CR1_NODIV = 1 << 19,
	CR2_FFLUSH = 1 << 3,
	FRCR_FRL = 256 - 1,
	FRCR_FSALL_HALF = (128 - 1) << 8, // long frame sync
	FRCR_FSPOL_HIGH = 1 << 17,
	SLOTR_16_SLOTS = (16 - 1) << 8,
};

enum { // 10.5; SAI1_A is channel 0 of stream 1, SAI1_B of stream 5 (table 43)
	DMA_EN = 1 << 0,
	DMA_TCIE = 1 << 4,
	DMA_TO_PERIPHERAL = 1 << 6,
	DMA_CIRC = 1 << 8,
	DMA_MINC = 1 << 10,
	DMA_16_BIT = 1 << 11 | 1 << 13,
	DMA_HIGH = 2 << 16,
	STREAM5_TCIF = 1 << 11, // of HISR and HIFCR
	SEND = 1,
	RECEIVE = 5,
};

static uint16_t sending[RING][WORDS], received[RING][WORDS];
static volatile uint32_t rounds; // that the receiving DMA has completed
static uint32_t taken;           // quanta
static uint32_t lost;

// When quantum n can be taken, n+1 is being received and sent: n+2 is the first that can still be given.
const uint32_t highway_lead = 2;

void dma2_stream5_handler(void)
{
	DMA2->hifcr = STREAM5_TCIF;
	rounds++;
}

void highway_start(void)
{
	for (int pin = 3; pin <= 6; pin++)
		pin_function('E', pin, AF6);
	memset(sending, 0xff, sizeof sending);

	DMA2->stream[SEND].par = (uint32_t)&SAI1->a.dr;
	DMA2->stream[SEND].m0ar = (uint32_t)sending;
	DMA2->stream[SEND].ndtr = RING * WORDS;
	DMA2->stream[SEND].cr = DMA_TO_PERIPHERAL | DMA_CIRC | DMA_MINC | DMA_16_BIT | DMA_HIGH;
	DMA2->stream[RECEIVE].par = (uint32_t)&SAI1->b.dr;
	DMA2->stream[RECEIVE].m0ar = (uint32_t)received;
	DMA2->stream[RECEIVE].ndtr = RING * WORDS;
	DMA2->stream[RECEIVE].cr = DMA_CIRC | DMA_MINC | DMA_16_BIT | DMA_HIGH | DMA_TCIE;
	nvic_enable(IRQ_DMA2_STREAM5);

	SAI1->a.cr2 = SAI1->b.cr2 = CR2_FFLUSH;
	SAI1->a.frcr = SAI1->b.frcr = FRCR_FRL | FRCR_FSALL_HALF | FRCR_FSPOL_HIGH;
	SAI1->a.slotr = SAI1->b.slotr = SLOTR_16_SLOTS | 0xffff0000;
	SAI1->a.cr1 = CR1_DS16 | CR1_NODIV | CR1_DMAEN;
	SAI1->b.cr1 = CR1_SLAVE_RX | CR1_DS16 | CR1_SYNC_INTERNAL | CR1_DMAEN;
	DMA2->stream[SEND].cr |= DMA_EN;
	DMA2->stream[RECEIVE].cr |= DMA_EN;
	SAI1->b.cr1 |= CR1_SAIEN; // the slave first, so that it sees the first frame (29.8)
	SAI1->a.cr1 |= CR1_SAIEN;
}

// complete is how many quanta have been received since the start.
static uint32_t complete(void)
{
	uint32_t before, words, wrapped;

	irq_off();
	before = rounds;
	words = RING * WORDS - DMA2->stream[RECEIVE].ndtr;
	wrapped = DMA2->hisr & STREAM5_TCIF; // with the interrupt still to come
	if (wrapped)
		words = RING * WORDS - DMA2->stream[RECEIVE].ndtr;
	irq_on();
	return (before + (wrapped ? 1 : 0)) * RING + words / WORDS;
}

uint32_t highway_due(void)
{
	uint32_t due = complete() - taken;

	if (due > RING - 2) { // the oldest are being written over
		lost += due - RING / 2;
		taken += due - RING / 2;
		due = RING / 2;
	}
	return due;
}

void highway_exchange(pcm_quantum rx, const pcm_quantum tx)
{
	const uint16_t *from = received[taken % RING];
	uint16_t *to = sending[(taken + highway_lead) % RING];

	for (int i = 0; i < WORDS; i++) {
		rx[2 * i] = (uint8_t)(from[i] >> 8);
		rx[2 * i + 1] = (uint8_t)from[i];
		to[i] = (uint16_t)(tx[2 * i] << 8 | tx[2 * i + 1]);
	}
	taken++;
}

uint32_t highway_lost(void)
{
	uint32_t n = lost;

	lost = 0;
	return n;
}
