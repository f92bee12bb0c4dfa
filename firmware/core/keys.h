// Where the bootloader holds the public keys, KEYS of KEY_SIZE octets; one of zeros is none.
#pragma once

#include "flash.h"

enum { FLASH_KEYS = FLASH_BOOT + 0x200 };
