/* Leases of the simulated API server: get, create, and update with a check of the resourceVersion. */
#pragma once

#include <stdbool.h>

#include "base/map.h"
#include "fake/fake_http.h"

struct leases {
	struct map texts; /* path -> text */
	unsigned version;
};

bool leases_serves(const struct fake_call *call);
/* Answers the call; true when it has changed a Lease. */
bool leases_request(struct leases *leases, struct fake_call *call);
/* Who holds the Lease of this path, "" for nobody; current arena. */
const char *leases_holder(const struct leases *leases, const char *path);
void leases_done(struct leases *leases);
