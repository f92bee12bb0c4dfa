// Vectors and the way from reset to main. The descriptor lies behind the vectors, where the linker script puts it.
#include "cortex_m4.h"
#include "crash.h"
#include "stm32f4.h"

extern uint32_t stack_top, data_load, data_start, data_end, bss_start, bss_end;

int main(void);

_Noreturn void reset_handler(void);

void reset_handler(void)
{
	const uint32_t *from = &data_load;

	SCB_VTOR = (uint32_t)vectors;
	for (uint32_t *to = &data_start; to < &data_end;)
		*to++ = *from++;
	for (uint32_t *to = &bss_start; to < &bss_end;)
		*to++ = 0;
	irq_on();
	main();
	crash(CRASH_RETURNED, NULL);
}

// The firmware runs on one stack: what the core pushed on an exception is where sp points.
#define CRASH_WITH_FRAME(kind) __asm__ volatile("mov r1, sp\n\tmovs r0, %0\n\tb crash" ::"i"(kind))

__attribute__((naked)) static void fault_handler(void) { CRASH_WITH_FRAME(CRASH_FAULT); }
__attribute__((naked)) static void spurious_handler(void) { CRASH_WITH_FRAME(CRASH_SPURIOUS); }

// A program that does not use a peripheral has no handler for it.
#define SPURIOUS_UNLESS_DEFINED __attribute__((weak, alias("spurious_handler")))

SPURIOUS_UNLESS_DEFINED void systick_handler(void);
SPURIOUS_UNLESS_DEFINED void usart1_handler(void);
SPURIOUS_UNLESS_DEFINED void dma2_stream1_handler(void);
SPURIOUS_UNLESS_DEFINED void dma2_stream5_handler(void);
SPURIOUS_UNLESS_DEFINED void otg_hs_handler(void);

__attribute__((section(".vectors"), used)) void (*const vectors[16 + IRQS])(void) = {
	[0] = (void (*)(void)) & stack_top,
	[1] = reset_handler,
	[2 ... 6] = fault_handler, // NMI, hard, memory, bus and usage faults
	[7 ... 14] = spurious_handler,
	[15] = systick_handler,
	[16 ... 16 + IRQS - 1] = spurious_handler,
	[16 + IRQ_USART1] = usart1_handler,
	[16 + IRQ_DMA2_STREAM1] = dma2_stream1_handler,
	[16 + IRQ_DMA2_STREAM5] = dma2_stream5_handler,
	[16 + IRQ_OTG_HS] = otg_hs_handler,
};
