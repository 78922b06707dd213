/* What a group of machines asks about its surroundings: quota, stock, addresses, health, templates. */
#pragma once

struct emu_group;

/* Fills group->world. */
void emu_group_surround(struct emu_group *group);
