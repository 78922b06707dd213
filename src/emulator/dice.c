/* Splitmix64: small, good enough for latencies and names, and one word of state. */
#include "emulator/dice.h"

uint64_t emu_dice_next(struct emu_dice *dice)
{
	uint64_t z = (dice->state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

int64_t emu_dice_between(struct emu_dice *dice, int64_t least, int64_t most)
{
	if (most <= least)
		return least;
	return least + (int64_t)(emu_dice_next(dice) % (uint64_t)(most - least + 1));
}

bool emu_dice_chance(struct emu_dice *dice, double probability)
{
	return (double)(emu_dice_next(dice) >> 11) / 9007199254740992.0 < probability;
}

void emu_dice_word(struct emu_dice *dice, char *to, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	for (size_t i = 0; i < length; i++)
		to[i] = letters[emu_dice_next(dice) % 36];
	to[length] = '\0';
}

uint64_t emu_dice_id(struct emu_dice *dice)
{
	return 100000000000000000ULL + emu_dice_next(dice) % 9100000000000000000ULL;
}
