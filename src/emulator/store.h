/* The resources that exist, as text. They are found by path ("projects/P/global/urlMaps/m"), listed by collection path, and
 * asked who refers to them. No JSON tree is kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/map.h"

struct emu_kind;

struct emu_resource {
	char *own_path;
	const struct emu_kind *kind;
	char *own_body; /* what was set, with the server's defaults; without id, links to itself, fingerprints */
	uint64_t id;
	int64_t created, visible_since, changed; /* emulated ms; changed: last effective write was done */
	unsigned revision;                       /* counts effective writes: the fingerprint */
	unsigned label_revision;                 /* counts changes of labels; 0: none were ever set */
	char *own_operation;                     /* path of the operation that runs on it; NULL: none */
	bool visible;                            /* its insert is done */
	bool leaving;                            /* a delete runs */
	struct vec links;                        /* own paths of what it refers to */
	void *own_extra;                         /* of the kind, freed by kind->forget */
};

/* One collection of one scope, sorted by name. */
struct emu_shelf {
	struct emu_resource **own_items;
	size_t count, capacity;
};

struct emu_store {
	struct map resources; /* path -> own struct emu_resource */
	struct map shelves;   /* collection path -> own struct emu_shelf */
	struct map uses;      /* path of the used -> own list of users */
};

struct emu_resource *emu_store_find(
	const struct emu_store *store, const char *path); /* also invisible ones; NULL: none */
/* A new invisible resource with an empty body; the path must be free. */
struct emu_resource *emu_store_add(struct emu_store *store, const struct emu_kind *kind, const char *path);
/* Who it used may be said to be used for lag_ms more. */
void emu_store_remove(struct emu_store *store, struct emu_resource *resource, int64_t now, int64_t lag_ms);
const struct emu_shelf *emu_store_shelf(
	const struct emu_store *store, const char *collection_path); /* NULL: nothing there */
void emu_store_done(struct emu_store *store);

void emu_resource_set_body(struct emu_resource *resource, const cJSON *body);
cJSON *emu_resource_body(const struct emu_resource *resource); /* parsed into the current arena */

/* What resource refers to from now on: an array of paths. Paths that fall away linger for lag_ms. */
void emu_store_set_links(
	struct emu_store *store, struct emu_resource *resource, const cJSON *paths, int64_t now, int64_t lag_ms);
/* Array of the current ones, for adding to. */
cJSON *emu_resource_links(const struct emu_resource *resource);
/* Paths of those that refer to path, as an array of texts, oldest first; empty when nobody does. */
cJSON *emu_store_users(const struct emu_store *store, const char *path, int64_t now);
