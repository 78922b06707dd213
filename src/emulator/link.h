/* Links. Inside, a resource is its path: "projects/P/global/urlMaps/m". On the wire it is a URL in many spellings: any host,
 * any API version, or only the last part of the path. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What every link that we render starts with. */
#define EMU_LINK_BASE "https://www.googleapis.com/compute/v1/"

/* The path that text means, in json_arena(); project completes partial forms ("global/x/n", "zones/z/x/n"). A numeric
 * project that is project's own number becomes its id. NULL when text is not such a link. */
char *emu_link_path(const char *text, const char *project);
char *emu_link_url(const char *path);        /* in json_arena() */
const char *emu_link_name(const char *path); /* the last segment, a loan */
char *emu_link_parent(const char *path);     /* all but the last segment, in json_arena() */
/* The segment before the last one ("urlMaps"), in json_arena(). */
char *emu_link_collection(const char *path);
/* The project of a path, in json_arena(). */
char *emu_link_project(const char *path);
/* The segment after "zones" or "regions", in json_arena(); NULL for global paths. */
char *emu_link_location(const char *path);
bool emu_link_is_zonal(const char *path);

/* A project's number, a function of its id: 12 digits. text has 16 bytes. */
void emu_project_number(const char *project, char text[16]);
