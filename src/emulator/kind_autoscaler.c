/* autoscalers, zonal and regional: what a body may say and what the server adds to it. PATCH and PUT go to the collection, with
 * the name as a parameter (gce-compute-v1.md 7.8). */
#include <string.h>

#include "base/str.h"
#include "emulator/autoscaler.h"
#include "emulator/core.h"
#include "emulator/group_json.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"

enum { LEAST_SCHEDULE_SEC = 300, SCHEDULES_MAX = 128, DEFAULT_LEAST = 2 };

#define POLICY "autoscalingPolicy"

/* Absent is fine. */
static bool check_share(struct emu_call *call, const cJSON *body, const char *field)
{
	const cJSON *share = json_at(body, field);

	return !share || (share->valuedouble > 0 && share->valuedouble <= 1) ||
	       emu_refuse_field(&call->refusal, field, json_print(share), "Must be above 0 and at most 1.");
}

static bool check_bounds(struct emu_call *call, const cJSON *body)
{
	int64_t most = json_int(body, POLICY ".maxNumReplicas", 0), least = json_int(body, POLICY ".minNumReplicas", 0);

	if (!emu_check_present(call, body, POLICY ".maxNumReplicas") ||
		!emu_check_range(call, body, POLICY ".maxNumReplicas", 0, 2000) ||
		!emu_check_range(call, body, POLICY ".minNumReplicas", 0, 2000) ||
		!emu_check_range(call, body, POLICY ".coolDownPeriodSec", 0, 3600))
		return false;
	return least <= most ||
	       emu_refuse_field(&call->refusal, POLICY ".minNumReplicas",
		       arena_printf(json_arena(), "%lld", (long long)least), "Must not exceed maxNumReplicas.");
}

static bool check_metrics(struct emu_call *call, const cJSON *body)
{
	const cJSON *metric;
	int index = 0;

	cJSON_ArrayForEach(metric, json_at(body, POLICY ".customMetricUtilizations"))
	{
		const char *at = arena_printf(json_arena(), POLICY ".customMetricUtilizations[%d]", index++);

		if (!json_has(metric, "metric"))
			return emu_refuse_required(&call->refusal, arena_printf(json_arena(), "%s.metric", at));
		if (json_has(metric, "utilizationTarget") == json_has(metric, "singleInstanceAssignment"))
			return emu_refuse_field(&call->refusal, at, json_print(metric),
				"Exactly one of utilizationTarget and singleInstanceAssignment must be set.");
	}
	return true;
}

static bool check_scale_in(struct emu_call *call, const cJSON *body)
{
	const cJSON *amount = json_at(body, POLICY ".scaleInControl.maxScaledInReplicas");

	return !amount || json_has(amount, "fixed") != json_has(amount, "percent") ||
	       emu_refuse_field(&call->refusal, POLICY ".scaleInControl.maxScaledInReplicas", json_print(amount),
		       "Exactly one of fixed and percent must be set.");
}

static bool check_schedules(struct emu_call *call, const cJSON *body)
{
	const cJSON *schedules = json_at(body, POLICY ".scalingSchedules"), *schedule;

	if (cJSON_GetArraySize(schedules) > SCHEDULES_MAX)
		return emu_refuse_field(&call->refusal, POLICY ".scalingSchedules", "",
			"At most %d schedules are supported.", SCHEDULES_MAX);
	cJSON_ArrayForEach(schedule, schedules)
	{
		const char *at = arena_printf(json_arena(), POLICY ".scalingSchedules.%s", schedule->string);

		if (!json_has(schedule, "schedule"))
			return emu_refuse_required(&call->refusal, arena_printf(json_arena(), "%s.schedule", at));
		if (!json_has(schedule, "minRequiredReplicas"))
			return emu_refuse_required(
				&call->refusal, arena_printf(json_arena(), "%s.minRequiredReplicas", at));
		if (json_int(schedule, "durationSec", 0) < LEAST_SCHEDULE_SEC)
			return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.durationSec", at),
				json_print(json_member(schedule, "durationSec")), "Must be at least %d.",
				LEAST_SCHEDULE_SEC);
	}
	return true;
}

/* One per group, in the group's scope. */
static bool check_target(struct emu_call *call, const cJSON *body)
{
	const char *target = json_text(body, "target"), *self;
	const char *path = target ? emu_link_path(target, call->route.project) : NULL;
	const cJSON *users = path ? emu_store_users(&call->emulator->store, path, call->emulator->now) : NULL, *user;
	const struct emu_resource *manager;

	if (!target)
		return emu_refuse_required(&call->refusal, "target");
	if (!path || !text_starts(path, emu_route_scope_path(&call->route)))
		return emu_refuse_field(&call->refusal, "target", target,
			"The target must be an instance group manager of the autoscaler's own zone or region.");
	manager = emu_store_find(&call->emulator->store, path);
	if (manager && group_is_stateful(emu_resource_body(manager)))
		return emu_refuse_field(
			&call->refusal, "target", target, "Stateful managed instance groups can't be autoscaled.");
	self = emu_call_path(call, "autoscalers", json_text(body, "name"));
	cJSON_ArrayForEach(user, users)
	{
		if (strcmp(user->valuestring, self) != 0 && emu_store_find(&call->emulator->store, user->valuestring))
			return emu_refuse_field(&call->refusal, "target", target,
				"The target is autoscaled already, by '%s'.", user->valuestring);
	}
	return true;
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	return emu_check_present(call, body, POLICY) && check_target(call, body) && check_bounds(call, body) &&
	       check_share(call, body, POLICY ".cpuUtilization.utilizationTarget") &&
	       check_share(call, body, POLICY ".loadBalancingUtilization.utilizationTarget") &&
	       check_metrics(call, body) && check_scale_in(call, body) && check_schedules(call, body);
}

/* Without any signal it is the CPU. */
static void complete(struct emu_call *call, cJSON *body)
{
	cJSON *policy = json_member(body, POLICY), *cpu, *schedule, *schedules;
	int64_t most = json_int(policy, "maxNumReplicas", 0);
	bool other = json_has(policy, "loadBalancingUtilization") || json_has(policy, "customMetricUtilizations") ||
	             json_has(policy, "scalingSchedules");

	emu_default_int(policy, "minNumReplicas", most < DEFAULT_LEAST ? most : DEFAULT_LEAST);
	emu_default_int(policy, "coolDownPeriodSec", 60);
	emu_default_text(policy, "mode", "ON");
	if (!other)
		emu_default_object(policy, "cpuUtilization");
	cpu = json_member(policy, "cpuUtilization");
	if (cpu && !json_has(cpu, "utilizationTarget"))
		json_set(cpu, "utilizationTarget", cJSON_CreateNumber(0.6));
	if (cpu)
		emu_default_text(cpu, "predictiveMethod", "NONE");
	cJSON_ArrayForEach(schedule, json_member(policy, "scalingSchedules"))
	{
		emu_default_text(schedule, "timeZone", "UTC");
		emu_default_bool(schedule, "disabled", false);
	}
	schedules = json_member(policy, "scalingSchedules");
	if (schedules && !schedules->child)
		json_remove(policy, "scalingSchedules");
	json_remove(body, "zone");
	json_remove(body, "region");
}

static void applied(struct emulator *emulator, struct emu_resource *resource, enum emu_effect effect)
{
	if (effect == EFFECT_INSERT)
		emu_autoscaler_begin(resource);
	if (effect != EFFECT_DELETE)
		emu_autoscaler_plan(emulator, resource);
}

static const struct emu_reference references[] = {
	{.field = "target", .collections = "instanceGroupManagers", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = NULL},
};

const struct emu_kind emu_autoscaler_kind = {
	.collection = "autoscalers",
	.message = "Autoscaler",
	.noun = "autoscaler",
	.scopes = EMU_IN_REGION | EMU_IN_ZONE,
	.named_by = "autoscaler",
	.insert = {"compute.autoscalers.insert", 3000, 15000},
	.patch = {"compute.autoscalers.patch", 3000, 15000},
	.put = {"compute.autoscalers.update", 3000, 15000},
	.remove = {"compute.autoscalers.delete", 3000, 15000},
	.references = references,
	.check = check,
	.complete = complete,
	.render = emu_autoscaler_render,
	.applied = applied,
	.forget = emu_autoscaler_forget,
};
