// Registers of the STM32F405 and STM32F427/F429 that this firmware uses, by the names and pages of RM0090. The board qemu
// touches TIM2 and USART1 alone: QEMU has no other of these.
#pragma once

#include "core.h"

struct gpio { // 8.4
	volatile uint32_t moder, otyper, ospeedr, pupdr, idr, odr, bsrr, lckr, afrl, afrh;
};

struct rcc { // 6.3
	volatile uint32_t cr, pllcfgr, cfgr, cir, ahb1rstr, ahb2rstr, ahb3rstr, r0, apb1rstr, apb2rstr, r1[2], ahb1enr, ahb2enr, ahb3enr,
		r2, apb1enr, apb2enr, r3[2], ahb1lpenr, ahb2lpenr, ahb3lpenr, r4, apb1lpenr, apb2lpenr, r5[2], bdcr, csr, r6[2], sscgr,
		plli2scfgr, pllsaicfgr, dckcfgr;
};

struct pwr { // 5.4
	volatile uint32_t cr, csr;
};

struct flash { // 3.9
	volatile uint32_t acr, keyr, optkeyr, sr, cr, optcr, optcr1;
};

struct tim { // 18.4
	volatile uint32_t cr1, cr2, smcr, dier, sr, egr, ccmr1, ccmr2, ccer, cnt, psc, arr;
};

struct usart { // 30.6
	volatile uint32_t sr, dr, brr, cr1, cr2, cr3, gtpr;
};

struct spi { // 28.5
	volatile uint32_t cr1, cr2, sr, dr;
};

struct dma_stream { // 10.5
	volatile uint32_t cr, ndtr, par, m0ar, m1ar, fcr;
};

struct dma {
	volatile uint32_t lisr, hisr, lifcr, hifcr;
	struct dma_stream stream[8];
};

struct sai_block { // 29.17
	volatile uint32_t cr1, cr2, frcr, slotr, im, sr, clrfr, dr;
};

struct sai {
	volatile uint32_t gcr;
	struct sai_block a, b;
};

struct iwdg { // 21.4
	volatile uint32_t kr, pr, rlr, sr;
};

#define TIM2 ((struct tim *)0x40000000)
#define IWDG ((struct iwdg *)0x40003000)
#define PWR ((struct pwr *)0x40007000)
#define USART1 ((struct usart *)0x40011000)
#define SPI1 ((struct spi *)0x40013000)
#define SAI1 ((struct sai *)0x40015800)
#define GPIO(port) ((struct gpio *)(0x40020000 + 0x400 * ((port) - 'A')))
#define RCC ((struct rcc *)0x40023800)
#define FLASH ((struct flash *)0x40023c00)
#define DMA2 ((struct dma *)0x40026400)
#define UNIQUE_ID ((const uint8_t *)0x1fff7a10) // 39.1: 96 bits

// Positions in the vector table behind the sixteen of the core (RM0090, table 62).
enum { IRQ_USART1 = 37, IRQ_DMA2_STREAM1 = 57, IRQ_DMA2_STREAM5 = 68, IRQ_OTG_HS = 77, IRQS = 91 };
