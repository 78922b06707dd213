/* How a group changes its machines: how many at once, and what is done to each (gce-compute-v1.md 8.1). */
#include "kinds/internal.h"
#include "kinds/machine.h"

enum { PERCENT_LEAST_SIZE = 10 };

/* Over several zones none, or one in each. */
static int64_t in_zones(int64_t number, int64_t zones)
{
	return number && number < zones ? zones : number;
}

/* Percent only where the cloud takes it. The half that is not meant is null: a merge would leave it beside ours. */
static void set_amount(cJSON *policy, const char *name, const struct lb_amount *amount, int64_t size, int64_t zones)
{
	cJSON *object = json_set_object(policy, name);
	bool percent = amount->percent != LB_ABSENT;

	if (percent && size >= PERCENT_LEAST_SIZE) {
		json_set(object, "fixed", cJSON_CreateNull());
		json_set_int(object, "percent", amount->percent);
		return;
	}
	json_set_int(object, "fixed", percent ? in_zones((amount->percent * size + 99) / 100, zones) : amount->fixed);
	json_set(object, "percent", cJSON_CreateNull());
}

/* A little share of few machines may be none: then one moves. */
static void set_amounts(cJSON *policy, const struct lb_update_policy *wanted, int64_t size, int64_t zones)
{
	set_amount(policy, "maxSurge", &wanted->surge, size, zones);
	set_amount(policy, "maxUnavailable", &wanted->unavailable, size, zones);
	if (json_int(policy, "maxSurge.fixed", 1) == 0 && json_int(policy, "maxUnavailable.fixed", 1) == 0)
		json_set_int(json_member(policy, "maxUnavailable"), "fixed", zones);
}

/* How much goes by the size that the autoscaler gives it: see group_aim_amounts. */
static bool goes_by_autoscaler(const struct lb_pool *pool, const struct lb_update_policy *wanted)
{
	bool percent = wanted->surge.percent != LB_ABSENT || wanted->unavailable.percent != LB_ABSENT;

	return percent && lb_pool_is_autoscaled(pool);
}

/* minimalAction goes by the change at hand: see toward. */
void group_set_update_policy(cJSON *body, const struct lb *lb, const struct lb_pool *pool)
{
	struct lb_update_policy wanted = lb_pool_update_policy(&lb->spec, pool);
	const char *moved = lb_pool_is_even(pool) && !lb_pool_is_stateful(pool) ? "PROACTIVE" : "NONE";
	cJSON *policy = json_set_object(body, "updatePolicy");

	json_set_text(policy, "type", wanted.type);
	json_set_text(policy, "mostDisruptiveAllowedAction", wanted.most_disruptive_allowed_action);
	if (!goes_by_autoscaler(pool, &wanted))
		set_amounts(policy, &wanted, lb_pool_replicas(lb, pool), lb_pool_zones(pool));
	json_set_text(policy, "replacementMethod", wanted.replacement_method);
	if (pool->region) /* machines are moved between zones only where each is to have as many */
		json_set_text(policy, "instanceRedistributionType",
			wanted.instance_redistribution_type ? wanted.instance_redistribution_type : moved);
}

/* The mark of the template that link points at; NULL: it is not known. */
static const char *mark_of(const struct nodes *nodes, const char *link)
{
	const struct node *template = nodes_target(nodes, KIND_INSTANCE_TEMPLATE, link);

	return template ? json_text(template->seen, "description") : NULL;
}

static enum machine_change larger(enum machine_change one, enum machine_change other)
{
	return one > other ? one : other;
}

static enum machine_change change_between(
	const struct node *node, const struct nodes *nodes, const char *from, const char *to)
{
	if (link_equal(from, to, node->own_project))
		return MACHINE_NONE;
	return machine_change_between(mark_of(nodes, from), mark_of(nodes, to));
}

static enum machine_change change_of_versions(const struct node *node, const struct nodes *nodes, const cJSON *versions)
{
	enum machine_change most = MACHINE_NONE;
	const cJSON *from, *to;

	cJSON_ArrayForEach(from, json_member(node->seen, "versions"))
	{
		cJSON_ArrayForEach(to, versions)
		{
			enum machine_change change = change_between(node, nodes,
				json_text_or(from, "instanceTemplate", ""), json_text_or(to, "instanceTemplate", ""));

			most = larger(most, change);
		}
	}
	return most;
}

static bool is_under_way(const struct node *node)
{
	return !json_bool(node->seen, "status.versionTarget.isReached", false) ||
	       !json_bool(node->seen, "status.allInstancesConfig.effective", true);
}

/* What machines that are as the group says go through to be as it is to say. At rest what was written last stays; while an update
 * is under way some are of none of both: what was found for them still holds. */
static enum machine_change change_needed(const struct node *node, const struct nodes *nodes, const cJSON *aim)
{
	const char *config = "allInstancesConfig.properties";
	enum machine_change before = machine_change_of(json_text(node->seen, "updatePolicy.minimalAction"));
	enum machine_change needed = machine_change_of_config(json_at(node->seen, config), json_at(aim, config));

	if (!group_versions_are(node, json_member(aim, "versions")))
		needed = larger(needed, change_of_versions(node, nodes, json_member(aim, "versions")));
	if (needed == MACHINE_NONE)
		return before;
	return is_under_way(node) ? larger(needed, before) : needed;
}

static bool may_miss_one(const cJSON *policy, int64_t size)
{
	int64_t percent = json_int(policy, "maxUnavailable.percent", 0);

	return json_int(policy, "maxUnavailable.fixed", 0) > 0 || percent * size / 100 > 0;
}

/* What one machine goes through, at least: the smallest that the change needs and that can be done. A machine that restarts is
 * missing meanwhile: where none may be, another one comes first. */
static enum machine_change action_of(const struct node *node, const struct nodes *nodes, const cJSON *aim)
{
	const struct rollout_terms *terms = node->terms;
	const char *said = lb_pool_update_policy(&terms->lb->spec, terms->pool).minimal_action;
	enum machine_change least = said ? machine_change_of(said) : MACHINE_NONE;
	enum machine_change needed = larger(change_needed(node, nodes, aim), least);
	const cJSON *policy = json_member(aim, "updatePolicy");

	if (needed == MACHINE_RESTART && !may_miss_one(policy, json_int(node->seen, "targetSize", 0)))
		needed = MACHINE_REPLACE;
	least = machine_change_of(json_text(policy, "mostDisruptiveAllowedAction"));
	return needed < least ? needed : least;
}

static int64_t zones_of(const struct node *group)
{
	int zones = cJSON_GetArraySize(json_at(group->seen, "distributionPolicy.zones"));

	return zones ? zones : lb_pool_zones(group->terms->pool);
}

static bool same_amounts(const cJSON *policy, const cJSON *other)
{
	static const char *const paths[] = {
		"maxSurge.fixed", "maxSurge.percent", "maxUnavailable.fixed", "maxUnavailable.percent"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (json_int(policy, paths[i], -1) != json_int(other, paths[i], -1))
			return false;
	}
	return true;
}

/* An autoscaler goes up and down all day: what was written for one size stays until there is something to update. */
static int64_t size_of_autoscaled(const struct node *node, const struct lb_update_policy *wanted, const cJSON *aim)
{
	bool present = node->presence == NODE_PRESENT;
	int64_t now = json_int(present ? node->seen : aim, "targetSize", 0), zones = zones_of(node);

	if (!present || !group_versions_are(node, json_member(aim, "versions")))
		return now;
	for (int64_t size = 0; size <= PERCENT_LEAST_SIZE; size++) {
		cJSON *policy = cJSON_CreateObject();

		set_amounts(policy, wanted, size, zones);
		if (same_amounts(policy, json_member(node->seen, "updatePolicy")))
			return size;
	}
	return now;
}

void group_aim_amounts(const struct node *node, cJSON *aim)
{
	const struct lb *lb = node->terms->lb;
	const struct lb_pool *pool = node->terms->pool;
	struct lb_update_policy wanted = lb_pool_update_policy(&lb->spec, pool);
	int64_t size = json_int(node->seen, "targetSize", PERCENT_LEAST_SIZE);

	if (goes_by_autoscaler(pool, &wanted))
		size = size_of_autoscaled(node, &wanted, aim);
	else if (size >= PERCENT_LEAST_SIZE || lb_pool_replicas(lb, pool) < PERCENT_LEAST_SIZE)
		return; /* what is wanted says it */
	set_amounts(json_member(aim, "updatePolicy"), &wanted, size, zones_of(node));
}

void group_aim_action(const struct node *node, const struct nodes *nodes, cJSON *aim)
{
	json_set_text(
		json_member(aim, "updatePolicy"), "minimalAction", machine_change_word(action_of(node, nodes, aim)));
}
