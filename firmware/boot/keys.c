// The public keys of images that may run. They lie at a fixed place of the bootloader, behind the descriptor, where the
// application reads them too.
#include "image.h"
#include "keys.h"

__attribute__((section(".keys"), used)) const uint8_t keys[KEYS][KEY_SIZE] = {
#include "keys.inc"
};
