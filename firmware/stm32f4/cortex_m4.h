// Registers of the Cortex-M4 that this firmware uses (ARMv7-M Architecture Reference Manual, B3).
#pragma once

#include "core.h"

#define SYSTICK_CTRL (*(volatile uint32_t *)0xe000e010)
#define SYSTICK_LOAD (*(volatile uint32_t *)0xe000e014)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xe000e018)
#define NVIC_ENABLE ((volatile uint32_t *)0xe000e100)
#define NVIC_DISABLE ((volatile uint32_t *)0xe000e180)
#define NVIC_PENDING_CLEAR ((volatile uint32_t *)0xe000e280)
#define SCB_VTOR (*(volatile uint32_t *)0xe000ed08)
#define SCB_AIRCR (*(volatile uint32_t *)0xe000ed0c)
#define SCB_SHCSR (*(volatile uint32_t *)0xe000ed24)
#define SCB_CFSR (*(volatile uint32_t *)0xe000ed28)
#define SCB_HFSR (*(volatile uint32_t *)0xe000ed2c)
#define SCB_MMFAR (*(volatile uint32_t *)0xe000ed34)
#define SCB_BFAR (*(volatile uint32_t *)0xe000ed38)

static inline void irq_off(void) { __asm__ volatile("cpsid i" ::: "memory"); }
static inline void irq_on(void) { __asm__ volatile("cpsie i" ::: "memory"); }
static inline void wait_for_interrupt(void) { __asm__ volatile("wfi" ::: "memory"); }
static inline void barrier(void) { __asm__ volatile("dsb\n\tisb" ::: "memory"); }
static inline void nvic_enable(int irq) { NVIC_ENABLE[irq / 32] = 1u << (irq % 32); }

// system_reset never returns (B1.5.16).
static inline _Noreturn void system_reset(void)
{
	barrier();
	SCB_AIRCR = 0x05fa0004; // VECTKEY, SYSRESETREQ
	barrier();
	for (;;)
		;
}
