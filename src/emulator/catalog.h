/* What the cloud offers and nobody makes: projects, regions, zones, machine types, images. */
#pragma once

#include <stdbool.h>

#include "base/json.h"

struct emulator;
struct emu_call;

struct emu_region {
	const char *name;
	const char *zones; /* letters: "abcf" */
	int octet;         /* its subnetworks of auto-mode networks are 10.OCTET.0.0/20 */
};
extern const struct emu_region emu_regions[]; /* ends with name NULL */

const struct emu_region *emu_region_find(const char *name);
extern const char *const emu_cpu_platforms[]; /* of every zone, up to NULL */
bool emu_zone_exists(const char *zone);
char *emu_zone_region(const char *zone); /* "us-central1" of "us-central1-a", in json_arena() */
/* Scope names ("global", "regions/r", "zones/z") of the EMU_IN_... bits, ended by NULL; in json_arena(). */
const char *const *emu_catalog_scopes(unsigned scopes);
/* Refuses a route whose zone or region does not exist. */
bool emu_catalog_check_scope(struct emu_call *call);

/* For kinds of the catalogue: the members that all of its things have; an item of a list. */
struct emu_kind;
struct emu_items;
cJSON *emu_catalog_thing(const struct emu_kind *kind, const char *path);
void emu_catalog_collect(struct emu_items *items, const struct emu_kind *kind, const char *path);

struct emu_machine_type {
	const char *name;
	int cpus, memory_mb;
	const char *accelerator; /* built in, or NULL */
	int accelerators;
};
/* NULL: no such type in that zone. */
const struct emu_machine_type *emu_machine_type_find(
	const struct emulator *emulator, const char *zone, const char *name);

struct emu_image {
	const char *created;                 /* NULL: the catalogue's day */
	const char *project, *family, *name; /* static, or in json_arena() */
	int disk_gb;
	bool deprecated; /* works, with a warning; the family does not resolve to it */
};
/* The image that a path names (images/I or images/family/F). False: there is none. */
bool emu_image_find(const struct emulator *emulator, const char *path, struct emu_image *out);
