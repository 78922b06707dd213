/* What the files that print groups share. Texts live in the current JSON arena. */
#pragma once

#include "emulator/group_internal.h"
#include "emulator/group_json.h"

/* base/path of a link in any spelling; what names no project is returned as it is. NULL gives NULL. */
const char *group_link(const struct group_place *place, const char *link);
const char *group_instance_link(const struct group_place *place, const char *zone, const char *name);
/* Adds emulated time `at` as the cloud prints it. */
void group_set_time(const struct group_place *place, cJSON *object, const char *name, int64_t at);
