/* The state of a probe is computed when it is asked for: from when things last changed, and from what was answered the
 * last time. A machine is HEALTHY when all that a probe needs has been there for threshold times interval. */
#include "emulator/health.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/core.h"
#include "emulator/firewall.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/template.h"

/* What was answered about one machine the last time. */
struct probe {
	bool passing, healthy;
	int64_t asked;   /* the last time */
	int64_t changed; /* since when it passes or fails */
};

enum { PROBE_KEPT_MS = 3600 * 1000 };

/* One getHealth. */
struct health {
	struct emulator *emulator;
	struct map *probes; /* of the backend service: machine's id -> own struct probe */
	const cJSON *service;
	int64_t service_changed;
	struct emu_group *group;
	int64_t interval_ms;
	int64_t healthy_after, unhealthy_after; /* thresholds, as time */
	int probe_port;                         /* 0: the serving port */
	int serving_port;                       /* of the named port; 0: the group has no port of that name */
	int64_t chain_since;                    /* since when a forwarding rule leads here */
};

static void probes_free(struct map *probes)
{
	map_done(probes, mem_free);
	mem_free(probes);
}

void emu_health_forget(struct emu_resource *resource)
{
	if (resource->own_extra)
		probes_free(resource->own_extra);
}

static bool is_visible(const struct emulator *emulator, const char *path, const struct emu_resource **found)
{
	*found = emu_store_find(&emulator->store, path);
	return *found && (*found)->visible && !(*found)->leaving;
}

/* Walks up from what is used to a forwarding rule. False: none leads here. */
static bool find_chain(struct emulator *emulator, const char *path, int depth, int64_t *since)
{
	const cJSON *user, *users = emu_store_users(&emulator->store, path, emulator->now);
	bool any = false;

	cJSON_ArrayForEach(user, users)
	{
		const struct emu_resource *found;
		int64_t here;

		if (!is_visible(emulator, user->valuestring, &found))
			continue;
		here = found->visible_since;
		if (found->kind != &emu_forwarding_rule_kind) {
			int64_t above;

			if (depth > 4 || !find_chain(emulator, found->own_path, depth + 1, &above))
				continue;
			here = above > here ? above : here;
		}
		*since = !any || here < *since ? here : *since;
		any = true;
	}
	return any;
}

static int named_port(const cJSON *manager, const char *name)
{
	const cJSON *port;

	cJSON_ArrayForEach(
		port, json_member(manager, "namedPorts")) if (text_equal(json_text(port, "name"),
								      name)) return (int)json_int(port, "port", 0);
	return 0;
}

static void read_health_check(struct health *health)
{
	const char *link = json_text_or(health->service, "healthChecks[0]", "");
	const char *path = emu_link_path(link, "");
	const struct emu_resource *found = path ? emu_store_find(&health->emulator->store, path) : NULL;
	const cJSON *check = found ? emu_resource_body(found) : NULL, *member;

	health->interval_ms = 1000 * json_int(check, "checkIntervalSec", 5);
	health->healthy_after = health->interval_ms * json_int(check, "healthyThreshold", 2);
	health->unhealthy_after = health->interval_ms * json_int(check, "unhealthyThreshold", 2);
	cJSON_ArrayForEach(member, check) if (cJSON_IsObject(member) && json_has(member, "port")) health->probe_port =
		(int)json_int(member, "port", 0);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Whether a probe would pass now, and since when everything for it has been there. */
static bool passes(const struct health *health, const struct group_instance *instance, int64_t *since)
{
	const struct emu_template *machine = emu_template_find(health->emulator, instance->own_machine_template);
	const char *project = emu_link_project(health->group->manager->own_path);
	int port = health->probe_port ? health->probe_port : health->serving_port;
	int64_t admitted = 0;

	if (!health->serving_port || !group_instance_answers(instance, health->emulator->now) ||
		!emu_firewall_admits(health->emulator, project, machine, port, &admitted))
		return false;
	*since = later(later(admitted, instance->app_up_at), health->group->ports_changed);
	return true;
}

static struct probe *probe_of(const struct health *health, const struct group_instance *instance, int64_t begun)
{
	const char *key = arena_printf(json_arena(), "%" PRIu64, instance->id);
	struct probe *probe = map_find(health->probes, key);

	if (probe)
		return probe;
	probe = mem_alloc(sizeof(*probe));
	probe->asked = probe->changed = later(begun, health->service_changed);
	map_put(health->probes, key, probe);
	return probe;
}

/* Takes in what a probe sees now. */
static void probe_update(const struct health *health, struct probe *probe, bool passing, int64_t since)
{
	int64_t now = health->emulator->now;

	if (passing) {
		probe->changed = later(since, probe->passing ? probe->changed : probe->asked);
		probe->healthy = probe->healthy || now >= probe->changed + health->healthy_after;
	} else {
		probe->changed = probe->passing ? probe->asked : probe->changed;
		probe->healthy = probe->healthy && now < probe->changed + health->unhealthy_after;
	}
	probe->passing = passing;
	probe->asked = now;
}

static void add_status(const struct health *health, const struct group_instance *instance, bool healthy, cJSON *array)
{
	cJSON *item = json_add_object(array);
	const char *project = emu_link_project(health->group->manager->own_path);

	json_setf(item, "instance", EMU_LINK_BASE "projects/%s/zones/%s/instances/%s", project, instance->zone,
		instance->name);
	json_set_text(item, "ipAddress", instance->ip);
	json_set_int(item, "port", health->serving_port ? health->serving_port : json_int(health->service, "port", 80));
	json_set_text(item, "healthState", healthy ? "HEALTHY" : "UNHEALTHY");
}

static void probe_instance(const struct health *health, const struct group_instance *instance, cJSON *array)
{
	int64_t begun = later(health->chain_since, instance->running_at), since = 0;
	struct probe *probe;
	bool passing;

	if (instance->status != GROUP_MACHINE_RUNNING)
		return;
	probe = probe_of(health, instance, begun);
	/* Before the first probe nothing is known. */
	if (!probe->healthy && health->emulator->now < begun + health->interval_ms)
		return;
	passing = passes(health, instance, &since);
	probe_update(health, probe, passing, later(since, begun));
	add_status(health, instance, probe->healthy, array);
}

/* Machines that were not asked about for long are gone. */
static void tidy(struct map *probes, int64_t now)
{
	for (size_t i = probes->count; i-- > 0;) {
		struct probe *probe = probes->own_entries[i].value;

		if (probe->asked + PROBE_KEPT_MS < now)
			mem_free(map_remove(probes, arena_strdup(json_arena(), probes->own_entries[i].own_key)));
	}
}

static bool serves(const cJSON *service, const char *path)
{
	const cJSON *backend;

	cJSON_ArrayForEach(backend,
		json_member(service, "backends")) if (text_equal(emu_link_path(json_text_or(backend, "group", ""), ""),
							      path)) return true;
	return false;
}

static cJSON *probe_group(struct health *health, const struct emu_resource *service)
{
	cJSON *array = cJSON_CreateArray();
	const struct group *group = health->group->own_group;

	read_health_check(health);
	health->serving_port = named_port(
		emu_resource_body(health->group->manager), json_text_or(health->service, "portName", "http"));
	if (!find_chain(health->emulator, service->own_path, 0, &health->chain_since))
		return array;
	for (size_t i = 0; i < group->instance_count; i++)
		probe_instance(health, group->own_instances[i], array);
	tidy(health->probes, health->emulator->now);
	return array;
}

bool emu_get_health(struct emu_call *call, struct emu_resource *resource)
{
	cJSON *request = emu_call_body(call, "ResourceGroupReference"), *answer = cJSON_CreateObject(), *array;
	const char *link = json_text(request, "group");
	const char *path = link ? emu_link_path(link, call->route.project) : NULL;
	struct emu_resource *manager = path ? emu_group_manager_of(call->emulator, path) : NULL;
	struct health health = {.emulator = call->emulator,
		.service = emu_resource_body(resource),
		.service_changed = resource->changed};

	if (!request)
		return false;
	if (!path)
		return link ? emu_refuse_field(&call->refusal, "group", link, "The URL is malformed.")
		            : emu_refuse_required(&call->refusal, "group");
	if (!manager || !serves(health.service, path))
		return emu_refuse_not_found(&call->refusal, path);
	if (!resource->own_extra)
		resource->own_extra = mem_alloc(sizeof(struct map));
	health.probes = resource->own_extra;
	health.group = emu_group_of(manager);
	array = probe_group(&health, resource);
	json_set_text(answer, "kind", "compute#backendServiceGroupHealth");
	if (array->child)
		json_set(answer, "healthStatus", array);
	return emu_answer(call, "BackendServiceGroupHealth", answer);
}
