/* The usual verbs on resources in the store: get, insert, patch, put, delete; and the steps they are made of. */
#pragma once

#include "emulator/call.h"
#include "emulator/kind.h"
#include "emulator/store.h"

bool emu_get(struct emu_call *call);
bool emu_insert(struct emu_call *call);
bool emu_patch(struct emu_call *call);
bool emu_put(struct emu_call *call);
bool emu_delete(struct emu_call *call);
/* POST .../NAME/VERB of the kind's table. */
bool emu_custom_verb(struct emu_call *call);

/* The visible resource of the route, or NULL: refused with 404. */
struct emu_resource *emu_call_resource(struct emu_call *call);
/* The same, and nothing may run on it: else refused with resourceNotReady. */
struct emu_resource *emu_call_idle_resource(struct emu_call *call);
/* Takes a new whole body for resource through all checks and begins the operation. type: operationType. */
bool emu_change_body(
	struct emu_call *call, struct emu_resource *resource, cJSON *body, const struct emu_verb_rule *rule);
/* A verb that sets one member of the body to what its request (of that message) says of it; absent: nothing. */
bool emu_set_member(struct emu_call *call, struct emu_resource *resource, const char *message, const char *member,
	const struct emu_verb_rule *rule);
/* Of both proxies: POST projects/P/targetHttpProxies/X/setUrlMap, without "global". */
bool emu_set_url_map(struct emu_call *call, struct emu_resource *resource);
/* {labels, labelFingerprint}: the verb setLabels. */
bool emu_set_labels(struct emu_call *call, struct emu_resource *resource);

/* The resource as it is read. */
cJSON *emu_resource_json(struct emulator *emulator, const struct emu_resource *resource);
/* Adds usedBy: a hook of kinds. */
void emu_render_users(struct emulator *emulator, const struct emu_resource *resource, cJSON *body);
char *emu_resource_fingerprint(const struct emu_resource *resource);
/* Removes nulls and empty arrays at every depth: they read back as absent. */
void emu_normalise(cJSON *body);
/* Sets a member that is absent. */
void emu_default_text(cJSON *object, const char *name, const char *text);
void emu_default_int(cJSON *object, const char *name, int64_t number);
void emu_default_bool(cJSON *object, const char *name, bool value);
/* The object member of that name, made when it is absent. */
cJSON *emu_default_object(cJSON *object, const char *name);
/* Refuses a number out of least..most; absent is fine. field as in refusals, without "resource.". */
bool emu_check_range(struct emu_call *call, const cJSON *body, const char *field, int64_t least, int64_t most);
bool emu_check_present(struct emu_call *call, const cJSON *body, const char *field);
/* Refuses labels of machines that the cloud would refuse; at: their path below "resource.". */
bool emu_check_labels(struct emu_call *call, const cJSON *body, const char *at);
