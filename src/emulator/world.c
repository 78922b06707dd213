#include "emulator/world.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/autoscaler.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/link.h"
#include "emulator/rate.h"

void emu_world_init(struct emu_world *world)
{
	*world = (struct emu_world){.app_start_ms = -1};
}

void emu_world_done(struct emu_world *world)
{
	map_done(&world->quotas, mem_free);
	map_done(&world->rates, mem_free);
	map_done(&world->windows, mem_free);
	map_done(&world->stockouts, mem_free);
	map_done(&world->families, mem_free);
	map_done(&world->loads, mem_free);
	map_done(&world->newest, mem_free);
	map_done(&world->images, mem_free);
	map_done(&world->gone_images, mem_free);
	map_done(&world->bad_images, mem_free);
	map_done(&world->machine_types, mem_free);
	map_done(&world->domains, mem_free);
	map_done(&world->unreachable, mem_free);
}

/* Keys are words with a space between; NULL words are left out. */
static char *key_of(const char *first, const char *second, const char *third)
{
	return arena_printf(json_arena(), "%s%s%s%s%s", first, second ? " " : "", second ? second : "",
		third ? " " : "", third ? third : "");
}

/* value NULL: forget. */
static void put(struct map *map, const char *key, const char *value)
{
	mem_free(value ? map_put(map, key, mem_strdup(value)) : map_remove(map, key));
}

static bool wrong(struct emu_refusal *refusal, const char *member, const char *expected)
{
	return emu_refuse(refusal, 400, "badRequest", "%s: %s", member, expected);
}

static bool change_quota(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	const char *project = json_text(value, "project"), *metric = json_text(value, "metric");
	const char *region = json_text(value, "region");
	const cJSON *limit = json_member(value, "limit");

	if (!project || !metric || !limit || (!cJSON_IsNumber(limit) && !cJSON_IsNull(limit)))
		return wrong(refusal, "quota",
			"needs project, metric and limit (a number, or null for the usual one); region for regional "
			"ones.");
	put(&emulator->world.quotas, region ? key_of(project, region, metric) : key_of(project, metric, NULL),
		cJSON_IsNull(limit) ? NULL : json_print(limit));
	return true;
}

static bool change_stockout(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	const char *zone = json_text(value, "zone");

	if (!zone)
		return wrong(refusal, "stockout", "needs zone; machineType and on are optional.");
	put(&emulator->world.stockouts, key_of(zone, json_text(value, "machineType"), NULL),
		json_bool(value, "on", true) ? "" : NULL);
	return true;
}

static bool change_family(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	const char *project = json_text(value, "project"), *family = json_text(value, "family");
	const char *state = json_text_or(value, "state", "");

	if (!project || !family || (strcmp(state, "ACTIVE") != 0 && strcmp(state, "WITHDRAWN") != 0))
		return wrong(refusal, "imageFamily", "needs project, family and state (ACTIVE or WITHDRAWN).");
	put(&emulator->world.families, key_of(project, family, NULL), state);
	return true;
}

static void publish(struct emulator *emulator, const char *project, const char *family, const char *name)
{
	const char *now = emu_time(emulator, emulator->now);

	put(&emulator->world.images, key_of(project, name, NULL), key_of(family, now, NULL));
	put(&emulator->world.newest, key_of(project, family, NULL), name);
}

static bool change_image(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	const char *project = json_text(value, "project"), *name = json_text(value, "name");
	const char *family = json_text(value, "family");

	if (!project || !name || (!family && !json_has(value, "serves") && !json_has(value, "exists")))
		return wrong(refusal, "image",
			"needs project and name, and one of family (published now), exists and serves.");
	if (family)
		publish(emulator, project, family, name);
	if (json_has(value, "exists"))
		put(&emulator->world.gone_images, key_of(project, name, NULL),
			json_bool(value, "exists", true) ? NULL : "");
	if (json_has(value, "serves"))
		put(&emulator->world.bad_images, key_of(project, name, NULL),
			json_bool(value, "serves", true) ? NULL : "");
	return true;
}

static bool change_machine_type(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	const char *name = json_text(value, "name"), *zone = json_text(value, "zone");

	if (!name)
		return wrong(refusal, "machineType", "needs name; zone and exists are optional.");
	put(&emulator->world.machine_types, zone ? key_of(zone, name, NULL) : name,
		json_bool(value, "exists", false) ? NULL : "MISSING");
	return true;
}

static bool change_domain(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	static const char *const states[] = {"ACTIVE", "FAILED_NOT_VISIBLE", "FAILED_CAA_CHECKING",
		"FAILED_CAA_FORBIDDEN", "FAILED_RATE_LIMITED", "PROVISIONING_FAILED_PERMANENTLY"};
	const char *name = json_text(value, "name"), *state = json_text_or(value, "state", "");
	size_t i = 0;

	while (i < sizeof(states) / sizeof(states[0]) && strcmp(states[i], state) != 0)
		i++;
	if (!name || i == sizeof(states) / sizeof(states[0]))
		return wrong(refusal, "domain",
			"needs name and state: ACTIVE, FAILED_NOT_VISIBLE, FAILED_CAA_CHECKING, FAILED_CAA_FORBIDDEN, "
			"FAILED_RATE_LIMITED or PROVISIONING_FAILED_PERMANENTLY.");
	put(&emulator->world.domains, name, i == 0 ? NULL : state);
	return true;
}

static void look_again(void *arg, struct emu_group *group)
{
	struct emu_resource *autoscaler = emu_autoscaler_of(group->emulator, group->manager->own_path);

	if (autoscaler && text_equal(emu_link_name(group->manager->own_path), arg))
		emu_autoscaler_plan(group->emulator, autoscaler);
}

static bool change_load(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	const char *group = json_text(value, "group"), *signal = json_text(value, "signal");
	const cJSON *sum = json_member(value, "sum");

	if (!group || !signal || !sum || !((cJSON_IsNumber(sum) && sum->valuedouble >= 0) || cJSON_IsNull(sum)))
		return wrong(refusal, "load",
			"needs group (the name of a managed group), signal (cpu, loadBalancing, or a metric) and sum "
			"(a number of at least 0, or null for unknown).");
	put(&emulator->world.loads, key_of(group, signal, NULL), cJSON_IsNull(sum) ? NULL : json_print(sum));
	emu_groups_each(emulator, NULL, look_again, (void *)group);
	return true;
}

static bool change_unreachable(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	const char *scope = json_text(value, "scope");

	if (!scope)
		return wrong(refusal, "unreachable", "needs scope (\"zones/Z\" or \"regions/R\"); on is optional.");
	put(&emulator->world.unreachable, scope, json_bool(value, "on", true) ? "" : NULL);
	return true;
}

static bool change_used_by_lag(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	if (!cJSON_IsNumber(value) || value->valuedouble < 0)
		return wrong(refusal, "usedByLagMs", "must be a number of milliseconds.");
	emulator->world.used_by_lag_ms = (int64_t)value->valuedouble;
	return true;
}

static bool change_app_start(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	if (!cJSON_IsNull(value) && (!cJSON_IsNumber(value) || value->valuedouble < 0))
		return wrong(refusal, "appStartMs", "must be a number of milliseconds, or null for the usual range.");
	emulator->world.app_start_ms = cJSON_IsNull(value) ? -1 : (int64_t)value->valuedouble;
	emu_groups_set_app_start(emulator);
	return true;
}

/* "projects/P/zones/Z/instances/N" */
static bool change_instance(
	struct emulator *emulator, const cJSON *value, enum emu_machine_event event, struct emu_refusal *refusal)
{
	if (!cJSON_IsString(value))
		return wrong(refusal, "instance", "must be a path \"projects/P/zones/Z/instances/N\".");
	if (emu_groups_machine_event(emulator, value->valuestring, event))
		return true;
	return emu_refuse(refusal, 404, "notFound", "There is no running machine '%s'.", value->valuestring);
}

static bool break_instance(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	return change_instance(emulator, value, MACHINE_BREAKS, refusal);
}

static bool mend_instance(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	return change_instance(emulator, value, MACHINE_MENDS, refusal);
}

static bool preempt_instance(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	return change_instance(emulator, value, MACHINE_STOPS, refusal);
}

static bool delete_instance(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal)
{
	return change_instance(emulator, value, MACHINE_VANISHES, refusal);
}

static const struct {
	const char *member;
	bool (*fn)(struct emulator *emulator, const cJSON *value, struct emu_refusal *refusal);
} changes[] = {
	{"quota", change_quota},
	{"rate", emu_rate_change},
	{"stockout", change_stockout},
	{"imageFamily", change_family},
	{"image", change_image},
	{"machineType", change_machine_type},
	{"domain", change_domain},
	{"load", change_load},
	{"unreachable", change_unreachable},
	{"usedByLagMs", change_used_by_lag},
	{"appStartMs", change_app_start},
	{"serviceAccount", emu_identity_change_account},
	{"tokenLifeS", emu_identity_change_life},
	{"expireTokens", emu_identity_expire},
	{"breakInstance", break_instance},
	{"mendInstance", mend_instance},
	{"preemptInstance", preempt_instance},
	{"deleteInstance", delete_instance},
};

bool emu_world_change(struct emulator *emulator, const cJSON *body, struct emu_refusal *refusal)
{
	const cJSON *member = body->child;
	size_t i = 0;

	if (!member || member->next)
		return emu_refuse(refusal, 400, "badRequest", "One change at a time: the body has exactly one member.");
	while (i < sizeof(changes) / sizeof(changes[0]) && strcmp(changes[i].member, member->string) != 0)
		i++;
	if (i == sizeof(changes) / sizeof(changes[0]))
		return emu_refuse(refusal, 400, "badRequest", "The world has no '%s'.", member->string);
	emulator->changes++;
	return changes[i].fn(emulator, member, refusal);
}

static cJSON *map_json(const struct map *map)
{
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < map->count; i++)
		json_set_text(object, map->own_entries[i].own_key, map->own_entries[i].value);
	return object;
}

cJSON *emu_world_json(const struct emulator *emulator)
{
	const struct emu_world *world = &emulator->world;
	cJSON *body = cJSON_CreateObject();

	json_set_int(body, "usedByLagMs", world->used_by_lag_ms);
	if (world->app_start_ms >= 0)
		json_set_int(body, "appStartMs", world->app_start_ms);
	json_set(body, "quotas", map_json(&world->quotas));
	json_set(body, "rates", map_json(&world->rates));
	json_set(body, "stockouts", map_json(&world->stockouts));
	json_set(body, "imageFamilies", map_json(&world->families));
	json_set(body, "images", map_json(&world->images));
	json_set(body, "goneImages", map_json(&world->gone_images));
	json_set(body, "loads", map_json(&world->loads));
	json_set(body, "badImages", map_json(&world->bad_images));
	json_set(body, "machineTypes", map_json(&world->machine_types));
	json_set(body, "domains", map_json(&world->domains));
	json_set(body, "unreachable", map_json(&world->unreachable));
	return body;
}
