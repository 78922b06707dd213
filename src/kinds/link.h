/* Links to resources: accepted in every form the cloud uses, compared by path (gce-compute-v1.md section 2). */
#pragma once

#include <stdbool.h>

/* "projects/P/global/urlMaps/N" out of a full URL on any host and version, a path, or a partial form ("global/...",
 * "regions/...", "zones/..."); a bare name gives "" . Text in the current arena. */
char *link_path(const char *link, const char *project);

/* The same resource? Host and API version are ignored; a numeric project equals any. */
bool link_equal(const char *a, const char *b, const char *project);

/* The full URL of a path, on the host that the cloud prints; for the few members that take no partial form. In the arena. */
char *link_url(const char *path);

/* What stands behind the project, "zones/z/instances/n" (a loan into link). */
const char *link_place(const char *link);
/* The last segment (a loan into link). */
const char *link_name(const char *link);
/* The project of a path, in the arena. */
char *link_project(const char *path);
/* Is it the name of a region, and not of a zone? */
bool link_is_region(const char *location);
/* Value after "zones/" or "regions/" in the path, in the arena; "" for global. */
char *link_location(const char *link);
