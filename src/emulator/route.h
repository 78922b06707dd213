/* What a path of the Compute API names. */
#pragma once

#include <stdbool.h>

enum emu_scope { EMU_GLOBAL, EMU_REGION, EMU_ZONE };

struct emu_route {           /* texts in json_arena() */
	const char *below;   /* what follows "/compute/v1/": "projects/p/global/urlMaps/m/validate" */
	const char *project; /* as written: an id or a number */
	bool aggregated;     /* projects/p/aggregated/COLLECTION */
	enum emu_scope scope;
	const char *location;   /* zone or region; NULL for global and aggregated */
	const char *collection; /* "urlMaps"; also "projects", "regions", "zones", "operations" */
	const char *name;       /* NULL: the whole collection */
	const char *verb;       /* "validate"; "family" for images/family/NAME; NULL: none */
};

/* path: percent-encoded, from "/compute/" on. False when it has no such form. */
bool emu_route_parse(struct emu_route *route, const char *path);
/* "projects/P/global", "projects/P/zones/Z": where the collection stands, in json_arena(). */
char *emu_route_scope_path(const struct emu_route *route);
