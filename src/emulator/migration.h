/* From the scheme EXTERNAL to EXTERNAL_MANAGED and back: the order of states and schemes that the cloud insists on
 * (gce-compute-v1.md 13.2, gce-facts-2.md; descriptions of the members in the API; the documented procedure). */
#pragma once

#include "base/json.h"
#include "emulator/operation.h"

struct emu_call;
struct emulator;
struct emu_resource;

/* May the body of a backend service, or of a forwarding rule, become this? before NULL: it is new. body gets the scheme that it has if
 * it names none. False: refused. */
bool emu_migration_check_service(struct emu_call *call, cJSON *body, const cJSON *before);
bool emu_migration_check_rule(struct emu_call *call, cJSON *body, const cJSON *before);
/* Has the body what only EXTERNAL_MANAGED has? (kind_backend_service.c, kind_url_map.c) */
bool emu_service_is_advanced(const cJSON *body);
bool emu_url_map_is_advanced(const cJSON *body);
/* May the URL map become this, with the rules that lead to it? */
bool emu_migration_check_map(struct emu_call *call, const cJSON *body, const cJSON *before);
/* Of both kinds: the effect was applied. */
void emu_migration_applied(struct emulator *emulator, struct emu_resource *resource, enum emu_effect effect);
