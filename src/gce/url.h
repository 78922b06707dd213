/* Addresses of the API: which endpoints we accept, and how an address is put together. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct endpoint {
	char *own_base; /* ends in a slash */
	bool loopback;  /* plain http to this machine */
};

/* http is accepted for this machine only: a token would cross the network in the clear. false: err (REJECTED) says what to write. */
bool endpoint_parse(struct endpoint *endpoint, const char *text, struct error *err);
void endpoint_done(struct endpoint *endpoint);

/* Whose API the endpoint is: "googleapis.com" for https://compute.googleapis.com/..., "x.test" for https://compute.x.test/...; owned
 * by the caller. NULL: its name does not tell (this machine, an address of a private network). */
char *endpoint_universe(const struct endpoint *endpoint);

/* Where tokens of the service account are had: at the endpoint's own host when that is http on this machine, else at the service of
 * the universe. Owned by the caller. */
char *endpoint_iam_url(const struct endpoint *endpoint, const char *universe, const char *email);

/* Whether secrets may be sent to an address: https to a host of universe, or of Google for its logins, or http to this machine. */
bool address_is_trusted(const char *address, const char *universe);

/* Whether it is an http or https address at all. */
bool address_is_web(const char *address);

/* base + path?query&extra, owned by the caller; query and extra may be NULL. */
char *endpoint_url(const struct endpoint *endpoint, const char *path, const char *query, const char *extra);

/* Whether path can stand in an address as it is: names of resources need no escaping, so one that would is not a name. */
bool path_is_plain(const char *path);

/* "projects/p/global/urlMaps/x" gives "urlMaps/x", "projects/p/zones/z/instances/i" "zones/z/instances/i": what people call it. */
const char *path_below_project(const char *path);

/* Where the cloud counts a call to path: "us-central1" for what is in that region or a zone of it, else "global"; owned by the
 * caller. */
char *path_location(const char *path);
