/* Seeded randomness: the same seed and the same requests give the same world. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emu_dice {
	uint64_t state;
};

uint64_t emu_dice_next(struct emu_dice *dice);
int64_t emu_dice_between(struct emu_dice *dice, int64_t least, int64_t most); /* both ends included */
bool emu_dice_chance(struct emu_dice *dice, double probability);
/* length characters of [a-z0-9] and a terminator. */
void emu_dice_word(struct emu_dice *dice, char *to, size_t length);
/* A number as Compute Engine hands out ids: 18 or 19 digits, never 0. */
uint64_t emu_dice_id(struct emu_dice *dice);
