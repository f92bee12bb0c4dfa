// CRC-32 of IEEE 802.3, reflected, initial value and final inversion of all ones: Go's hash/crc32.ChecksumIEEE.
#pragma once

#include "core.h"

// crc32 continues from crc, which is 0 at the start.
uint32_t crc32(uint32_t crc, const void *data, size_t n);
