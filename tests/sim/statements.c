/* I7: what a status may say, compared with what stands in the cloud. The spec's fields bear the cloud's names, so most is compared by
 * name; what is not is written out here once more, from the reference of the API. */
#include <stdlib.h>
#include <string.h>

#include "emulator/core.h"
#include "emulator/groups.h"
#include "sim/invariants.h"
#include "sim/judge.h"

/* The next one from *at on, which moves behind it; NULL: there is no more. */
static const cJSON *next_body(
	const struct judge *judge, const char *key, const char *collection, const char *part, size_t *at)
{
	while (*at < judge->resources.count) {
		const struct map_entry *entry = &judge->resources.own_entries[(*at)++];
		const char *path = entry->own_key;

		if (strstr(path, collection) && judge_is_of(judge, path, entry->value, key) &&
			strstr(strrchr(path, '/'), part))
			return emu_resource_body(emu_store_find(&judge->world->emulator->store, path));
	}
	return NULL;
}

static const cJSON *body_of(const struct judge *judge, const char *key, const char *collection, const char *part)
{
	size_t at = 0;

	return next_body(judge, key, collection, part, &at);
}

static const cJSON *body_at(const struct judge *judge, const char *link)
{
	const char *path = link ? strstr(link, "projects/") : NULL;
	const struct emu_resource *resource = path ? emu_store_find(&judge->world->emulator->store, path) : NULL;

	return resource ? emu_resource_body(resource) : NULL;
}

struct claim {
	struct judge *judge;
	const char *key;
};

static void wrong(const struct claim *claim, const char *what, const char *wanted, const char *found)
{
	world_complain(claim->judge->world, "I7 lie: %s is Ready, but %s is %s instead of %s", claim->key, what, found,
		wanted);
}

static void check_number(const struct claim *claim, const char *what, int64_t wanted, int64_t found)
{
	JSON_WORK(work);

	if (wanted != found)
		wrong(claim, what, arena_printf(json_arena(), "%lld", (long long)wanted),
			arena_printf(json_arena(), "%lld", (long long)found));
}

static void check_text(const struct claim *claim, const char *what, const char *wanted, const char *found)
{
	if (wanted && !text_equal(wanted, found))
		wrong(claim, what, wanted, found ? found : "nothing");
}

/* Members of the same name on both sides. */
static void check_members(
	const struct claim *claim, const cJSON *wanted, const cJSON *found, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (cJSON_IsNumber(json_member(wanted, names[i])))
			check_number(claim, names[i], json_int(wanted, names[i], 0), json_int(found, names[i], -1));
	}
}

/* Its autoscaler decides within bounds; where there is none the spec does. */
static bool has_size(const cJSON *spec, const cJSON *pool, const cJSON *group)
{
	int64_t size = json_int(group, "targetSize", -1), wanted = json_int(spec, "replicas", 0);
	const cJSON *scaler = json_member(pool, "autoscaling");

	if (scaler)
		return size >= json_int(scaler, "minReplicas", 0) && size <= json_int(scaler, "maxReplicas", 0);
	return size == json_int(pool, "replicas", wanted);
}

static bool has_machine_type(const struct judge *judge, const cJSON *spec, const cJSON *pool, const cJSON *group)
{
	const char *link = json_text_or(group, "instanceTemplate", json_text(group, "versions[0].instanceTemplate"));
	const char *wanted = json_text(pool, "template.machineType");

	wanted = wanted ? wanted : json_text(spec, "template.machineType");
	return !wanted || text_equal(wanted, json_text(body_at(judge, link), "properties.machineType"));
}

/* One of them: where a new group takes over, the old one goes when it has. */
static void check_pool(const struct claim *claim, const cJSON *spec, const cJSON *pool)
{
	JSON_WORK(work);
	char *part = arena_printf(json_arena(), "-group-%s", json_text(pool, "name"));
	char *collection =
		arena_printf(json_arena(), "zones/%s/instanceGroupManagers/", json_text_or(pool, "zone", ""));
	const cJSON *group;

	for (size_t i = 0; (group = next_body(claim->judge, claim->key, collection, part, &i));) {
		if (has_size(spec, pool, group) && has_machine_type(claim->judge, spec, pool, group))
			return;
	}
	wrong(claim, part, "there, with its size and machine type", "not");
}

/* One of them, for while a new one takes over both stand. */
static bool has_rule_for(const struct judge *judge, const char *key, int64_t port)
{
	for (size_t i = 0; i < judge->resources.count; i++) {
		const char *path = judge->resources.own_entries[i].own_key;
		const struct sight *sight = judge->resources.own_entries[i].value;
		const cJSON *rule;

		if (!strstr(path, "/forwardingRules/") || !judge_is_of(judge, path, sight, key))
			continue;
		rule = emu_resource_body(emu_store_find(&judge->world->emulator->store, path));
		if (atoi(json_text_or(rule, "portRange", "")) == port)
			return true;
	}
	return false;
}

static void check_front(const struct claim *claim, const cJSON *spec)
{
	JSON_WORK(work);
	static const char *const probing[] = {
		"checkIntervalSec", "timeoutSec", "healthyThreshold", "unhealthyThreshold"};
	const cJSON *service = body_of(claim->judge, claim->key, "/backendServices/", "-backend-default");
	const cJSON *check = body_at(claim->judge, json_text(service, "healthChecks[0]"));
	const char *path = json_text(spec, "healthCheck.requestPath");
	int64_t port = json_int(spec, "frontend.port", 80), serving = 0;
	const cJSON *pool;

	if (!check || !service) {
		wrong(claim, service ? "the health check" : "the backend service", "there", "missing");
		return;
	}
	if (!has_rule_for(claim->judge, claim->key, port))
		wrong(claim, "a forwarding rule for the port", "there", "missing");
	check_members(claim, json_member(spec, "healthCheck"), check, probing, 4);
	if (json_has(check, "httpHealthCheck"))
		check_text(claim, "requestPath", path, json_text(check, "httpHealthCheck.requestPath"));
	check_number(claim, "timeoutSec", json_int(spec, "serving.timeoutSec", json_int(service, "timeoutSec", 0)),
		json_int(service, "timeoutSec", -1));
	check_text(claim, "portName", json_text(spec, "serving.portName"), json_text(service, "portName"));
	cJSON_ArrayForEach(pool, json_member(spec, "pools")) serving += judge_serves(pool, "default");
	check_number(claim, "backends", serving, cJSON_GetArraySize(json_member(service, "backends")));
}

/* Ready becomes Unknown after 3 missed sweeps; the status may lag by half a minute. Who starts anew can't know how old the status is: a
 * restart may delay a decision. What has no front is seen where its groups are; rules are then listed more seldom. */
static void check_age(const struct claim *claim, const cJSON *spec)
{
	enum { STALE_MS = 4 * 60000 };
	struct judge *judge = claim->judge;
	int64_t read_at = judge_has_front(spec) ? judge->rules_read_at : judge->groups_read_at;
	int64_t started = judge->world->replicas[0].started_ms;
	int64_t age = judge_now(judge) - (read_at > started ? read_at : started);

	if (read_at && age > STALE_MS)
		world_complain(judge->world, "I7 stale: %s is Ready, and the cloud was last read %lld s ago",
			claim->key, (long long)age / 1000);
}

/* "I7 Status never lies": Ready is True only if the last complete observation equals the spec of observedGeneration. */
void i7_status_never_lies(struct judge *judge, const char *key, const cJSON *object)
{
	const cJSON *spec = json_member(object, "spec");
	struct claim claim = {.judge = judge, .key = key};
	const cJSON *pool;

	if (json_int(object, "metadata.generation", 0) != json_int(object, "status.observedGeneration", -1) ||
		json_bool(spec, "suspend", false) || judge->unforeseen || judge->several ||
		judge->world->loop.now_ms < judge->wild_until)
		return;
	check_age(&claim, spec);
	if (judge_has_front(spec))
		check_front(&claim, spec);
	cJSON_ArrayForEach(pool, json_member(spec, "pools")) check_pool(&claim, spec, pool);
}
