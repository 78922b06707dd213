/* The world outside the API: what people and the cloud's own troubles do. POST /emulator/v1/world changes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/map.h"
#include "emulator/refusal.h"

struct emulator;

struct emu_world {
	int64_t used_by_lag_ms; /* usedBy and in-use refusals show what is gone for so long */
	int64_t app_start_ms;   /* from RUNNING until the application answers; -1: the group's own range */
	struct map quotas;      /* "P METRIC" or "P REGION METRIC" -> own limit as text */
	struct map rates;       /* "P METRIC" -> own number of calls a minute as text */
	struct map windows;     /* "P METRIC LOCATION" -> calls in this minute (rate.c) */
	struct map stockouts;   /* "ZONE" or "ZONE MACHINETYPE" -> own text "" */
	struct map families;    /* "PROJECT FAMILY" -> own text "ACTIVE" or "WITHDRAWN" */
	struct map loads;       /* "GROUP SIGNAL" -> own sum of it over the group's machines, as text */
	struct map newest;      /* "PROJECT FAMILY" -> own name of the image that was published last */
	struct map images;      /* "PROJECT NAME" -> own text "FAMILY TIME": published beside the catalogue's */
	struct map gone_images; /* "PROJECT NAME" -> own text "": deleted */
	struct map
		bad_images; /* "PROJECT NAME" -> own text "": machines boot from it, and what they serve never answers */
	struct map machine_types; /* "NAME" or "ZONE NAME" -> own text "MISSING" */
	struct map domains;       /* name -> own state: why no certificate can be had for it */
	struct map unreachable;   /* "zones/z", "regions/r" -> own text "" : aggregated lists do without */
};

void emu_world_init(struct emu_world *world);
void emu_world_done(struct emu_world *world);
/* Carries out a body of POST world; false: refused, nothing changed. */
bool emu_world_change(struct emulator *emulator, const cJSON *body, struct emu_refusal *refusal);
cJSON *emu_world_json(const struct emulator *emulator);
