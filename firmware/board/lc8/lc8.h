// The parts of the board lc8 among themselves, and its wiring. Page numbers are sections of RM0090.
//
//	PA5 PA6 PA7      SPI1 SCK, MISO, MOSI to all line modules (AF5)
//	PD0..PD2, PD3    number of the chip select, and the enable of the 74HC138 that decodes it, low while selected
//	PD8..PD15        interrupt lines of positions 0 to 7, low while a module wants service
//	PB0              reset of all line modules, low while asserted
//	PE3 PE4 PE5 PE6  SAI1 SD_B (from the modules), FS_A, SCK_A, SD_A (to the modules) (AF6)
//	PB14 PB15        USB D- and D+ of OTG_HS with its full-speed transceiver (AF12)
//	PC13             recovery strap, to ground
//	PC0..PC2         hardware revision less one, a strap to ground for each bit that is set
//
// A crystal of 12 MHz feeds everything. The highway's 2.048 MHz come from it without a remainder (clock_start), so one
// clock error, the crystal's, is all there is between card and network.
#pragma once

#include "stm32f4.h"

enum { AF5 = 5, AF6 = 6, AF12 = 12 };

// pin_function gives a pin to a peripheral; pin_output makes it a push-pull output; pin_input an input with a pull-up.
void pin_function(char port, int pin, int function);
void pin_output(char port, int pin);
void pin_input(char port, int pin);

void flash_start(void);

// wait_for polls a register until it has bit, for as long as a healthy part may take; a part that does not get there in time
// ends in a reset, since nothing works without it.
void wait_for(const volatile uint32_t *address, uint32_t bit, uint32_t value);
