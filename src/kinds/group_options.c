/* What a group says of its machines beside their number, template and updates. */
#include <stdlib.h>
#include <string.h>

#include "kinds/internal.h"
#include "kinds/training.h"

/* Both maps are said, or none. */
static void set_config(cJSON *body, const struct kind_context *context, const struct lb_pool *pool)
{
	cJSON *properties = model_config_tree(&context->lb->spec, pool);

	if (pool->role)
		json_set_text(json_member(properties, "metadata"), TRAINING_KEY,
			training_config(context->lb, context->who, pool));

	if (json_member(properties, "metadata")->child || json_member(properties, "labels")->child)
		json_set(json_set_object(body, "allInstancesConfig"), "properties", properties);
	else
		json_set(body, "allInstancesConfig", cJSON_CreateNull());
}

static void set_kept(cJSON *state, const char *name, const struct lb_kepts *kept)
{
	cJSON *map = json_set_object(state, name);

	for (size_t i = 0; i < kept->count; i++) {
		const char *until = kept->items[i].auto_delete;

		json_set_text(json_set_object(map, kept->items[i].key), "autoDelete", until ? until : "NEVER");
	}
}

static void set_stateful(cJSON *body, const struct lb_pool *pool)
{
	const struct lb_stateful *kept = &pool->stateful_policy;
	cJSON *state;

	if (!lb_pool_is_stateful(pool)) {
		json_set(body, "statefulPolicy", cJSON_CreateNull());
		return;
	}
	state = json_set_object(json_set_object(body, "statefulPolicy"), "preservedState");
	set_kept(state, "disks", &kept->disks);
	set_kept(state, "internalIPs", &kept->internal_ips);
	set_kept(state, "externalIPs", &kept->external_ips);
}

static int64_t or_none(int64_t number)
{
	return number == LB_ABSENT ? 0 : number;
}

static void set_standby(cJSON *body, const struct lb_standby *standby)
{
	cJSON *policy = json_set_object(body, "standbyPolicy");

	json_set_text(policy, "mode", standby->mode ? standby->mode : "MANUAL");
	json_set_int(policy, "initialDelaySec", or_none(standby->initial_delay_sec));
	json_set_int(body, "targetSuspendedSize", or_none(standby->target_suspended_size));
	json_set_int(body, "targetStoppedSize", or_none(standby->target_stopped_size));
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the order of their names: what is said in another order is the same. */
static cJSON *sorted(const struct lb_texts *texts)
{
	char **items = arena_alloc(json_arena(), (texts->count + 1) * sizeof(*items));
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < texts->count; i++)
		items[i] = texts->items[i];
	qsort(items, texts->count, sizeof(*items), compare_texts);
	for (size_t i = 0; i < texts->count; i++)
		json_add_text(array, items[i]);
	return array;
}

static void set_flexibility(cJSON *body, const struct lb_pool *pool)
{
	const struct lb_selections *selections = &pool->instance_flexibility_policy.instance_selections;
	cJSON *chosen;

	if (!selections->count) {
		json_set(body, "instanceFlexibilityPolicy", cJSON_CreateNull());
		return;
	}
	chosen = json_set_object(json_set_object(body, "instanceFlexibilityPolicy"), "instanceSelections");
	for (size_t i = 0; i < selections->count; i++) {
		const struct lb_selection *selection = &selections->items[i];
		cJSON *item = json_set_object(chosen, selection->name);

		json_set(item, "machineTypes", sorted(&selection->machine_types));
		set_int(item, "rank", selection->rank);
	}
}

/* It can't be taken away from a group again: where none is wanted, nothing is said. */
static void set_workload(cJSON *body, const struct lb *lb, const struct lb_pool *pool)
{
	if (pool->workload_policy)
		json_setf(json_set_object(body, "resourcePolicies"), "workloadPolicy",
			"projects/%s/regions/%s/resourcePolicies/%s", lb->spec.project, pool_region(pool),
			pool->workload_policy);
}

void group_set_options(cJSON *body, const struct kind_context *context, const struct lb_pool *pool)
{
	set_config(body, context, pool);
	set_stateful(body, pool);
	set_standby(body, &pool->standby_policy);
	set_flexibility(body, pool);
	set_workload(body, context->lb, pool);
}
