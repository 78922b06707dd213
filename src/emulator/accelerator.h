/* GPUs: which cards a zone offers, what machines they go with, and the quotas that count them. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "emulator/catalog.h"

struct emu_template;

struct emu_card {
	const char *name;
	const char *zones;  /* where it is offered: "us-central1-abc europe-west4-ab" */
	int most;           /* cards in one machine */
	const char *metric; /* of its regional quota */
	bool attachable;    /* to N1 machines; else built in */
	const char *text;
};

/* NULL: no such card, or not in that zone (NULL: in any). */
const struct emu_card *emu_card_find(const char *zone, const char *name);

/* The cards of one machine. */
struct emu_cards {
	const struct emu_card *card; /* NULL: none */
	int count;
	bool spot; /* counted against the quota of what may be taken away */
};
struct emu_cards emu_cards_of(const struct emu_machine_type *type, const struct emu_template *template);
/* "NVIDIA_L4_GPUS", or that of Spot machines, in json_arena(). */
char *emu_cards_metric(struct emu_cards cards);

/* Whether a machine of these properties can be made in the zone. NULL: yes; else why not, in json_arena(). */
char *emu_cards_problem(
	const char *project, const char *zone, const struct emu_machine_type *type, const cJSON *properties);
