/* What an autoscaler decides. The load of a group is a sum per signal that POST world sets (cpu, loadBalancing, or the name of
 * a metric): so many machines are recommended that each has no more than its target of it. A group of unknown load keeps its
 * size, within the bounds. Schedules are kept and shown, but do not come due: there is no calendar here. */
#include "emulator/autoscaler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/link.h"

enum { LEAST_MS = 15000, MOST_MS = 60000, AGAIN_MS = 5000 };

/* Beside the body. */
struct autoscaler {
	int recommended;      /* -1: it has not looked yet */
	int64_t window_began; /* of scaleInControl: when the first machine of the window left */
	int window_size;      /* machines at that time; 0: no window */
};

static struct autoscaler *state_of(const struct emu_resource *autoscaler)
{
	return autoscaler->own_extra;
}

void emu_autoscaler_begin(struct emu_resource *autoscaler)
{
	struct autoscaler *state = mem_alloc(sizeof(*state));

	state->recommended = -1;
	autoscaler->own_extra = state;
}

void emu_autoscaler_forget(struct emu_resource *autoscaler)
{
	mem_free(autoscaler->own_extra);
}

struct emu_resource *emu_autoscaler_of(struct emulator *emulator, const char *manager_path)
{
	const cJSON *users = emu_store_users(&emulator->store, manager_path, emulator->now), *user;

	cJSON_ArrayForEach(user, users)
	{
		struct emu_resource *found = emu_store_find(&emulator->store, user->valuestring);

		if (found && found->visible && strcmp(emu_link_collection(found->own_path), "autoscalers") == 0)
			return found;
	}
	return NULL;
}

bool emu_autoscaler_holds(const struct emu_resource *autoscaler)
{
	return !text_equal(json_text(emu_resource_body(autoscaler), "autoscalingPolicy.mode"), "OFF");
}

static struct emu_group *group_of(struct emulator *emulator, const cJSON *body)
{
	const char *path = emu_link_path(json_text_or(body, "target", ""), "");
	struct emu_resource *manager = path ? emu_store_find(&emulator->store, path) : NULL;

	return manager && manager->visible && !manager->leaving ? emu_group_of(manager) : NULL;
}

void emu_autoscaler_plan(struct emulator *emulator, const struct emu_resource *autoscaler)
{
	int64_t wait = LEAST_MS + (int64_t)(emu_dice_next(&emulator->dice) % (MOST_MS - LEAST_MS));

	emu_agenda_add(&emulator->agenda, emulator->now + wait, EVENT_AUTOSCALER, autoscaler->own_path);
}

/* Machines that carry the load of one signal, be it more than any group has; -1: nothing is known of it. */
static int machines_for(const struct emulator *emulator, const char *group, const char *signal, double target)
{
	enum { MOST = 1000000 };
	const char *load = map_find(&emulator->world.loads, arena_printf(json_arena(), "%s %s", group, signal));

	return load && target > 0 ? (int)fmin(ceil(strtod(load, NULL) / target - 1e-9), MOST) : -1;
}

static double number(const cJSON *object, const char *path)
{
	const cJSON *value = json_at(object, path);

	return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

static int greater(int a, int b)
{
	return a > b ? a : b;
}

static bool has_signal(const cJSON *policy)
{
	return json_has(policy, "cpuUtilization") || json_has(policy, "loadBalancingUtilization") ||
	       json_has(policy, "customMetricUtilizations");
}

/* The signal that asks for most decides; -1: none says anything. Schedules alone ask for the least. */
static int asked_for(const struct emulator *emulator, const char *group, const cJSON *policy)
{
	const cJSON *metric;
	int most = greater(machines_for(emulator, group, "cpu", number(policy, "cpuUtilization.utilizationTarget")),
		machines_for(emulator, group, "loadBalancing",
			number(policy, "loadBalancingUtilization.utilizationTarget")));

	cJSON_ArrayForEach(metric, json_member(policy, "customMetricUtilizations"))
	{
		double each = number(metric,
			json_has(metric, "utilizationTarget") ? "utilizationTarget" : "singleInstanceAssignment");

		most = greater(most, machines_for(emulator, group, json_text_or(metric, "metric", ""), each));
	}
	return has_signal(policy) ? most : 0;
}

static int between(int size, const cJSON *policy)
{
	int least = (int)json_int(policy, "minNumReplicas", 0), most = (int)json_int(policy, "maxNumReplicas", 0);

	size = size < least ? least : size;
	return size > most ? most : size;
}

/* So many may leave within the window and no more. Later it looks again. */
static int slowed(
	struct emulator *emulator, const struct emu_resource *autoscaler, const cJSON *policy, int now, int size)
{
	struct autoscaler *state = state_of(autoscaler);
	const cJSON *control = json_member(policy, "scaleInControl");
	int64_t window = 1000 * json_int(control, "timeWindowSec", 600);
	int allowed, least;

	if (!control || size >= now)
		return size;
	if (!state->window_size || emulator->now >= state->window_began + window) {
		state->window_began = emulator->now;
		state->window_size = now;
	}
	allowed = (int)json_int(control, "maxScaledInReplicas.fixed",
		state->window_size * json_int(control, "maxScaledInReplicas.percent", 100) / 100);
	least = state->window_size - allowed;
	if (size >= least)
		return size;
	emu_agenda_add(&emulator->agenda, state->window_began + window, EVENT_AUTOSCALER, autoscaler->own_path);
	return least < now ? least : now;
}

static void set_size(struct emu_group *group, int size)
{
	cJSON *body = emu_resource_body(group->manager);

	group_resize(group->own_group, size, group->emulator->now);
	json_set_int(body, "targetSize", size);
	emu_resource_set_body(group->manager, body);
	emu_group_plan(group);
}

void emu_autoscaler_due(struct emulator *emulator, const char *path)
{
	struct emu_resource *autoscaler = emu_store_find(&emulator->store, path);
	const cJSON *body = autoscaler && autoscaler->visible ? emu_resource_body(autoscaler) : NULL;
	const cJSON *policy = json_member(body, "autoscalingPolicy");
	const char *mode = json_text_or(policy, "mode", "ON");
	struct emu_group *group = body ? group_of(emulator, body) : NULL;
	int now, size;

	if (!group)
		return;
	if (group->manager->own_operation) { /* what runs on the group has a size with it */
		emu_agenda_add(&emulator->agenda, emulator->now + AGAIN_MS, EVENT_AUTOSCALER, autoscaler->own_path);
		return;
	}
	now = group->own_group->target_size;
	size = asked_for(emulator, emu_link_name(group->manager->own_path), policy);
	size = between(size < 0 ? now : size, policy);
	state_of(autoscaler)->recommended = size;
	if (text_equal(mode, "OFF") || (text_starts(mode, "ONLY_") && size < now))
		return;
	size = slowed(emulator, autoscaler, policy, now, size);
	if (size != now)
		set_size(group, size);
}

static void add_detail(cJSON *body, const char *type, const char *message)
{
	cJSON *details = json_member(body, "statusDetails");
	cJSON *item = json_add_object(details ? details : json_set_array(body, "statusDetails"));

	json_set_text(item, "type", type);
	json_set_text(item, "message", message);
}

/* Backend services that the group serves. */
static int services_of(struct emulator *emulator, const struct emu_group *group)
{
	return cJSON_GetArraySize(
		emu_store_users(&emulator->store, emu_group_instance_group_path(group->manager), emulator->now));
}

static void add_trouble(struct emulator *emulator, const cJSON *policy, const struct emu_group *group, cJSON *body)
{
	if (!group)
		add_detail(body, "SCALING_TARGET_DOES_NOT_EXIST", "The target of the autoscaler does not exist.");
	else if (json_has(policy, "loadBalancingUtilization") && !services_of(emulator, group))
		add_detail(body, "BACKEND_SERVICE_DOES_NOT_EXIST",
			"The autoscaler needs a backend service to scale by its utilization.");
	else if (json_has(policy, "loadBalancingUtilization") && services_of(emulator, group) > 1)
		add_detail(body, "MORE_THAN_ONE_BACKEND_SERVICE",
			"The autoscaler can scale by the utilization of one backend service only.");
}

void emu_autoscaler_render(struct emulator *emulator, const struct emu_resource *autoscaler, cJSON *body)
{
	const cJSON *policy = json_member(body, "autoscalingPolicy");
	const struct autoscaler *state = state_of(autoscaler);
	int64_t most = json_int(policy, "maxNumReplicas", 0);

	add_trouble(emulator, policy, group_of(emulator, body), body);
	json_set_text(body, "status", json_has(body, "statusDetails") ? "ERROR" : "ACTIVE");
	if (!state || state->recommended < 0)
		return;
	json_set_int(body, "recommendedSize", state->recommended);
	if (text_equal(json_text(policy, "mode"), "OFF"))
		add_detail(body, "MODE_OFF", "The autoscaler is off.");
	else if (state->recommended == most && json_int(policy, "minNumReplicas", 0) < most)
		add_detail(body, "CAPPED_AT_MAX_NUM_REPLICAS", "The autoscaler has reached maxNumReplicas.");
}
