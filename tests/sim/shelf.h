/* Objects of the whole cluster that the controller only reads: a collection with list and watch, as the API server has it. */
#pragma once

#include "base/json.h"
#include "base/map.h"
#include "fake/fake_http.h"

struct shelf {
	const char *path; /* of the collection */
	const char *kind, *api_version;
	struct map objects; /* name -> text */
	struct vec log;     /* struct shelf_event, oldest first */
	struct vec watches; /* struct fake_call */
};

/* object: a whole one, with its name; NULL: that of this name goes. version: the server's newest, which becomes the object's. */
void shelf_put(struct shelf *shelf, const char *name, const cJSON *object, uint64_t version);
/* Answers the request when it is for the shelf. */
bool shelf_request(struct shelf *shelf, struct fake_call *call, uint64_t version);
void shelf_bookmark(struct shelf *shelf, uint64_t version);
void shelf_drop_watches(struct shelf *shelf);
void shelf_done(struct shelf *shelf);
