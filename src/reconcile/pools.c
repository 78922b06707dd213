/* status.pools[]: what is seen of each pool's machines. */
#include <string.h>

#include "base/time.h"
#include "gce/error.h"
#include "kinds/link.h"
#include "kinds/rollout.h"
#include "reconcile/status.h"

static const struct node *group_of(const struct status_input *input, const char *pool)
{
	const struct nodes *nodes = &input->entry->nodes;

	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i]->wanted && nodes->items[i]->kind->id == KIND_GROUP &&
			text_equal(nodes->items[i]->own_part, pool))
			return nodes->items[i];
	}
	return NULL;
}

/* The cloud's words are cut to what the schema of the status takes. */
enum { CODE_MAX = 253, MESSAGE_MAX = 4096 };

static void set_cut(cJSON *object, const char *name, const char *text, size_t most)
{
	json_set_text(object, name, arena_strndup(json_arena(), text, text_utf8(text, strnlen(text, most))));
}

static const char NEVER_HEALTHY[] = "WAITING_FOR_HEALTHY_TIMEOUT_EXCEEDED";

/* The cloud's words and the way out, in those of the spec: machines are made by the cloud itself, out of the template. */
static char *words_of(const struct status_input *input, const char *pool, const cJSON *error)
{
	struct error_scene scene = {.project = input->lb->spec.project};
	const char *raw = json_text_or(error, "message", "");
	const cJSON *spec = explain_spec(input->entry);
	struct error err;

	gce_error_from_item(&err, &scene, error);
	if (strlen(raw) >= sizeof(err.message) / 2)
		return kind_in_spec(kind_at(KIND_INSTANCE_TEMPLATE), pool, spec, raw); /* long enough */
	if (text_equal(json_text(error, "code"), NEVER_HEALTHY))
		return arena_printf(json_arena(),
			"%s See on the machine's serial console why it does not serve; if it only takes longer to "
			"start, "
			"that is more than its group waits for",
			err.message);
	return kind_in_spec(kind_at(KIND_INSTANCE_TEMPLATE), pool, spec, err.message);
}

struct failures {
	const struct status_input *input;
	const char *pool;
	cJSON *list;
};

/* One per zone is enough to act on. */
static bool knows_zone(const struct failures *failures, const char *zone)
{
	const cJSON *known;

	cJSON_ArrayForEach(known, failures->list)
	{
		if (text_equal(json_text(known, "zone"), zone))
			return true;
	}
	return false;
}

static void add_error(const struct failures *failures, const char *zone, const cJSON *error, const char *machine)
{
	cJSON *item = json_add_object(failures->list);

	json_set_text(item, "zone", zone);
	set_cut(item, "code", json_text_or(error, "code", "UNKNOWN"), CODE_MAX);
	set_cut(item, "message", words_of(failures->input, failures->pool, error), MESSAGE_MAX);
	set_cut(item, "machine", machine, CODE_MAX);
}

/* A regional group's machines say where they are. */
static const char *zone_of(const struct node *group, const char *link)
{
	const char *zone = link_location(link);

	return zone[0] ? zone : group->own_location;
}

static bool is_managed(const struct node *group, const char *link)
{
	const cJSON *machine;

	cJSON_ArrayForEach(machine, json_member(group->views[VIEW_MACHINES].tree, "managedInstances"))
	{
		if (link_equal(json_text_or(machine, "instance", ""), link, group->own_project))
			return true;
	}
	return false;
}

/* The cloud tries once to make a machine under a name; then it is told of by listErrors alone, until we had it made. */
static bool is_made_again(const struct node *group)
{
	struct group_sight sight = group_sight(group);

	return group_is_named(group) && sight.existing < sight.target;
}

/* What listErrors says of machines that are still there; that one never got healthy stands nowhere else. */
static bool is_news(const struct node *group, const cJSON *item)
{
	const char *link = json_text_or(item, "instanceActionDetails.instance", "");

	if (is_made_again(group))
		return !is_managed(group, link);
	if (!group->views[VIEW_MACHINES].present)
		return true;
	return text_equal(json_text(item, "error.code"), NEVER_HEALTHY) && is_managed(group, link);
}

/* The cloud tells of machines that it can't create only beside the group: in lastAttempt, and in listErrors. */
static cJSON *group_errors(const struct status_input *input, const struct node *group)
{
	struct failures failures = {.input = input, .pool = group->own_part, .list = cJSON_CreateArray()};
	const cJSON *machine, *item;

	if (group->presence != NODE_PRESENT || (group_sight(group).stable && !is_made_again(group)))
		return failures.list;
	cJSON_ArrayForEach(machine, json_member(group->views[VIEW_MACHINES].tree, "managedInstances"))
	{
		const cJSON *first = json_at(machine, "lastAttempt.errors.errors[0]");
		const char *link = json_text_or(machine, "instance", ""), *zone = zone_of(group, link);

		if (first && !knows_zone(&failures, zone))
			add_error(&failures, zone, first, json_text_or(machine, "name", link_name(link)));
	}
	cJSON_ArrayForEach(item, json_member(group->views[VIEW_ERRORS].tree, "items"))
	{
		const char *link = json_text_or(item, "instanceActionDetails.instance", ""),
			   *zone = zone_of(group, link);

		if (!knows_zone(&failures, zone) && is_news(group, item))
			add_error(&failures, zone, json_member(item, "error"), link_name(link));
	}
	return failures.list;
}

static void sum_errors(struct pool_sums *sums, const char *pool, const cJSON *errors)
{
	const cJSON *first = cJSON_GetArrayItem(errors, 0);
	const char *code = json_text(first, "code");
	struct error_scene scene = {0};
	struct error err;

	if (!first || sums->failing)
		return;
	gce_error_from_item(&err, &scene, first);
	sums->failing = true;
	sums->failing_reason = text_equal(err.reason, "StockOut") ? "StockOut" : "MachinesFailing";
	sums->failing_message = arena_printf(json_arena(), "pool %s: machine %s in zone %s %s: %s (%s)", pool,
		json_text(first, "machine"), json_text(first, "zone"),
		text_equal(code, NEVER_HEALTHY) ? "does not get healthy" : "can't be created",
		json_text(first, "message"), code);
}

static const char *template_name(const struct node *group)
{
	const char *link = json_text(group->want, "versions[0].instanceTemplate");

	return link ? link_name(link) : "";
}

static void add_rollout(const struct status_input *input, const struct node *group, cJSON *item)
{
	struct rollout rollout = rollout_of(group);
	cJSON *rejected;
	char moment[TIME_TEXT_SIZE];

	json_set_text(item, "healthyTemplate", rollout_healthy(group));
	if (rollout.rejected) {
		rejected = json_set_object(item, "rolledBack");
		json_set_text(rejected, "template", rollout.rejected);
		json_set_text(rejected, "inputs", rollout.inputs);
		json_set_text(rejected, "message", rollout.why);
	}
	if (rollout_runs(group)) {
		time_text(group->rollout.progress_s * 1000000, moment);
		json_set_text(item, "progressTime", moment);
	}
}

static void sum_rollout(
	struct pool_sums *sums, const char *pool, const struct node *group, const struct group_sight *sight)
{
	struct rollout rollout = rollout_of(group);
	const char *failure = rollout_failure(group);

	bool returning = rollout.rejected && !sight->at_version;

	if (rollout.rejected && (!sums->back_message || (returning && !sums->going_back)))
		sums->back_message =
			arena_printf(json_arena(), "pool %s: the %s instance template %s has failed: %s; %s %s", pool,
				rollout_name(group, rollout.rejected), rollout.rejected, rollout.why,
				returning ? "it goes back to" : "it is back at", rollout.healthy);
	sums->going_back |= returning;
	if (failure && !rollout.rejected && !sums->held_message)
		sums->held_message = arena_printf(json_arena(), "pool %s: the update has failed: %s", pool, failure);
}

static void append(char **list, const char *text)
{
	*list = *list ? arena_printf(json_arena(), "%s, %s", *list, text) : arena_strdup(json_arena(), text);
}

static void add_canary(cJSON *item, const struct canary_sight *canary)
{
	cJSON *object;

	if (!canary->template)
		return;
	object = json_set_object(item, "canary");
	json_set_text(object, "template", canary->template);
	json_set_int(object, "replicas", canary->existing);
	json_set_int(object, "readyReplicas", canary->healthy);
}

/* Until they have arrived, or when they fail and nothing goes back. */
static void sum_canary(struct pool_sums *sums, const char *pool, const struct node *group)
{
	struct canary_sight canary = group_canary_sight(group);
	char *text;

	if (!canary.template)
		return;
	text = arena_printf(json_arena(), "pool %s: %lld of %lld canary machines are healthy", pool,
		(long long)canary.healthy, (long long)canary.target);
	append(&sums->canary_message, text);
	if (rollout_runs(group) && canary.healthy < canary.target && group_sight(group).at_version)
		append(&sums->late_message, text);
}

static const char *hash_of(const char *template)
{
	const char *hash = strrchr(template, '-');

	return hash ? hash + 1 : template;
}

static void add_display(struct pool_sums *sums, const char *pool, const struct group_sight *sight, const char *template)
{
	append(&sums->display_pools,
		arena_printf(json_arena(), "%s %lld/%lld", pool, (long long)sight->healthy, (long long)sight->target));
	append(&sums->display_templates, arena_printf(json_arena(), "%s %s", pool, hash_of(template)));
}

static void display_canary(struct pool_sums *sums, const struct canary_sight *canary)
{
	if (canary->template)
		sums->display_templates = arena_printf(
			json_arena(), "%s (canary %s)", sums->display_templates, hash_of(canary->template));
}

/* Of a group that this process has not read yet what was told last is told on: nobody counted none. */
static void recall(struct group_sight *sight, const cJSON *before, const struct node *group)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_member(before, "pools"))
	{
		if (!text_equal(json_text(item, "group"), group->own_name))
			continue;
		sight->existing = json_int(item, "replicas", 0);
		sight->updated = json_int(item, "updatedReplicas", 0);
		sight->healthy = json_int(item, "readyReplicas", 0);
	}
}

static void add_pool(const struct status_input *input, const cJSON *before, const struct lb_pool *pool,
	struct pool_sums *sums, cJSON *pools)
{
	const struct node *group = group_of(input, pool->name);
	struct group_sight sight = {.target = lb_pool_replicas(input->lb, pool)};
	cJSON *item = json_add_object(pools);
	bool present = group && group->presence == NODE_PRESENT;
	struct canary_sight canary = {0};
	cJSON *errors;

	if (present) {
		sight = group_sight(group);
		canary = group_canary_sight(group);
	} else if (group && group->presence == NODE_UNKNOWN) {
		recall(&sight, before, group);
	}
	json_set_text(item, "name", pool->name);
	json_set_text(item, "location", lb_pool_location(pool));
	if (group)
		json_set_text(item, "group", group->own_name);
	json_set_int(item, "targetReplicas", sight.target);
	json_set_int(item, "replicas", sight.existing);
	json_set_int(item, "updatedReplicas", sight.updated);
	json_set_int(item, "readyReplicas", sight.healthy);
	json_set_text(item, "template", group ? template_name(group) : "");
	json_set_bool(item, "stable", present && sight.stable);
	if (present) {
		add_canary(item, &canary);
		add_rollout(input, group, item);
		sum_rollout(sums, pool->name, group, &sight);
		sum_canary(sums, pool->name, group);
	}
	errors = group ? group_errors(input, group) : cJSON_CreateArray();
	if (cJSON_GetArraySize(errors) > 0)
		json_set(item, "errors", errors);
	sum_errors(sums, pool->name, errors);
	sums->made_again |= sums->failing && present && is_made_again(group);
	add_display(sums, pool->name, &sight, group ? template_name(group) : "");
	display_canary(sums, &canary);
	sums->target += sight.target;
	sums->existing += sight.existing;
	sums->updated += sight.updated;
	sums->healthy += sight.healthy;
	sums->health_known &= sight.health_known || sight.target == 0 || lb_pool_is_drained(pool);
	sums->stable &= present && sight.stable;
	sums->at_version &= present && sight.at_version;
	sums->mixed |= present && sight.mixed;
	sums->unrefreshed |= present && sight.unrefreshed;
	sums->serving &= lb_pool_is_drained(pool) || (present && group_serving(group));
	if (lb_pool_follows(pool) && (sums->least_following < 0 || sight.existing < sums->least_following))
		sums->least_following = sight.existing;
}

struct pool_sums pools_make(const struct status_input *input, const cJSON *before, cJSON *pools)
{
	struct pool_sums sums = {
		.least_following = -1, .health_known = true, .serving = true, .stable = true, .at_version = true};
	const struct lb_pools *list = &input->lb->spec.pools;

	for (size_t i = 0; i < list->count; i++)
		add_pool(input, before, &list->items[i], &sums, pools);
	if (sums.least_following < 0)
		sums.least_following = input->lb->spec.replicas == LB_ABSENT ? 0 : input->lb->spec.replicas;
	return sums;
}
