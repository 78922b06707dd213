/* Managed groups of machines, one per pool, each with the instance group of the same name. "Operation DONE" is not "machines
 * changed": a group has settled when every machine runs the wanted version, as last read. Zone, network, base name and workload
 * policy can't be changed, so they are hashed into the name: a new group is made, serves, and then the old one goes. A version's name is not
 * ours: changing it would replace machines. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/internal.h"
#include "kinds/rollout.h"
#include "kinds/training.h"

enum { BASE_NAME_MAX = 58 };

static const struct kind_verb resize = {.name = "resize", .query = "size"};
static const struct kind_verb set_named_ports = {
	.name = "setNamedPorts", .collection = "instanceGroups", .body = "namedPorts"};

static const struct kind_member members[] = {
	{"baseInstanceName", .rule = MEMBER_INSERT_ONLY},
	{"versions", .rule = MEMBER_KEYED, .key = "instanceTemplate"},
	{"versions[].instanceTemplate", .rule = MEMBER_REFERENCE, .target = KIND_INSTANCE_TEMPLATE},
	{"targetSize", .rule = MEMBER_VERB, .verb = &resize},
	{"namedPorts", .rule = MEMBER_VERB, .verb = &set_named_ports},
	{"namedPorts", .rule = MEMBER_SET},
	{"autoHealingPolicies[].healthCheck", .rule = MEMBER_REFERENCE, .target = KIND_HEALTH_CHECK},
	{"autoHealingPolicies[].initialDelaySec", .rule = MEMBER_ABSENT_IS, .absent = "0"},
	{"allInstancesConfig.properties.metadata", .rule = MEMBER_MAP},
	{"allInstancesConfig.properties.labels", .rule = MEMBER_MAP},
	{"instanceFlexibilityPolicy.instanceSelections", .rule = MEMBER_MAP},
	{"statefulPolicy.preservedState.disks", .rule = MEMBER_MAP},
	{"statefulPolicy.preservedState.internalIPs", .rule = MEMBER_MAP},
	{"statefulPolicy.preservedState.externalIPs", .rule = MEMBER_MAP},
	{"standbyPolicy.mode", .rule = MEMBER_ABSENT_IS, .absent = "\"MANUAL\""},
	{"standbyPolicy.initialDelaySec", .rule = MEMBER_ABSENT_IS, .absent = "0"},
	{"targetSuspendedSize", .rule = MEMBER_ABSENT_IS, .absent = "0"},
	{"targetStoppedSize", .rule = MEMBER_ABSENT_IS, .absent = "0"},
	{"resourcePolicies.workloadPolicy", .rule = MEMBER_LINK},
	{"updatePolicy.type", .rule = MEMBER_ABSENT_IS, .absent = "\"OPPORTUNISTIC\""},
	{"updatePolicy.minimalAction", .rule = MEMBER_ABSENT_IS, .absent = "\"REPLACE\""},
	{"updatePolicy.mostDisruptiveAllowedAction", .rule = MEMBER_ABSENT_IS, .absent = "\"REPLACE\""},
	{"updatePolicy.instanceRedistributionType", .rule = MEMBER_ABSENT_IS, .absent = "\"PROACTIVE\""},
	{"distributionPolicy.zones", .rule = MEMBER_INSERT_ONLY},
	{"distributionPolicy.targetShape", .rule = MEMBER_ABSENT_IS, .absent = "\"EVEN\""},
	{"updatePolicy.replacementMethod", .rule = MEMBER_ABSENT_IS, .absent = "\"SUBSTITUTE\""},
	{"instanceLifecyclePolicy.defaultActionOnFailure", .rule = MEMBER_ABSENT_IS, .absent = "\"REPAIR\""},
	{"instanceLifecyclePolicy.forceUpdateOnRepair", .rule = MEMBER_ABSENT_IS, .absent = "\"NO\""},
	{0},
};

static const struct kind_source sources[] = {
	{"baseInstanceName", "spec.pools[].baseInstanceName"},
	{"targetSize", "spec.pools[].replicas"},
	{"zone", "spec.pools[].zone"},
	{"distributionPolicy.zones", "spec.pools[].zones"},
	{"distributionPolicy.targetShape", "spec.pools[].targetShape"},
	{"namedPorts[].name", "spec.serving.portName"},
	{"namedPorts", "spec.serving.port"},
	{"autoHealingPolicies[].initialDelaySec", "spec.autoHealing.initialDelaySec"},
	{"instanceLifecyclePolicy", "spec.pools[].instanceLifecyclePolicy"},
	{"instanceFlexibilityPolicy", "spec.pools[].instanceFlexibilityPolicy"},
	{"statefulPolicy.preservedState.disks", "spec.pools[].statefulPolicy.disks"},
	{"statefulPolicy", "spec.pools[].statefulPolicy"},
	{"targetSuspendedSize", "spec.pools[].standbyPolicy.targetSuspendedSize"},
	{"targetStoppedSize", "spec.pools[].standbyPolicy.targetStoppedSize"},
	{"standbyPolicy", "spec.pools[].standbyPolicy"},
	{"resourcePolicies.workloadPolicy", "spec.pools[].workloadPolicy"},
	{"allInstancesConfig.properties.metadata", "spec.allInstancesConfig.metadata"},
	{"allInstancesConfig.properties.labels", "spec.allInstancesConfig.labels"},
	{"versions", "spec.template"},
	{"versions[].targetSize", "spec.pools[].canary"},
	{"updatePolicy", "spec.updatePolicy"},
	{0},
};

static const struct rollout_terms *terms_of(const struct lb *lb, const struct lb_pool *pool)
{
	struct rollout_terms *terms = arena_alloc(json_arena(), sizeof(*terms));

	*terms = (struct rollout_terms){.lb = lb, .pool = pool};
	return terms;
}

/* "a b c"; NULL: the cloud chooses. */
static char *sorted_zones(const struct lb_pool *pool)
{
	size_t count = pool->zones.count;
	char **sorted = arena_alloc(json_arena(), (count + 1) * sizeof(*sorted)), *text = NULL;

	for (size_t i = 0; i < count; i++)
		sorted[i] = pool->zones.items[i];
	qsort(sorted, count, sizeof(*sorted), text_order);
	for (size_t i = 0; i < count; i++)
		text = text ? arena_printf(json_arena(), "%s %s", text, sorted[i]) : sorted[i];
	return text;
}

void group_hash(const struct lb *lb, const struct lb_pool *pool, char hash[HASH_SIZE])
{
	cJSON *inputs = cJSON_CreateObject();

	json_set_text(inputs, "zone", pool->zone);
	json_set_text(inputs, "region", pool->region);
	json_set_text(inputs, "zones", sorted_zones(pool));
	json_set_text(inputs, "baseInstanceName", pool->base_instance_name);
	if (lb_pool_template(&lb->spec, pool)->network)
		json_set_text(inputs, "network", network_path(lb, pool));
	json_set_text(inputs, "subnetwork", subnetwork_path(lb, pool));
	json_set_text(inputs, "workloadPolicy", pool->workload_policy);
	if (pool->role)
		json_set_text(inputs, "names", "stable");
	hash_inputs(inputs, hash);
}

/* Machines are named after object and pool, unless the user said otherwise. Names of objects may begin with a digit. */
static char *base_name(const struct lb *lb, const struct lb_pool *pool)
{
	char *name;
	size_t length;

	if (pool->base_instance_name)
		return pool->base_instance_name;
	name = arena_printf(
		json_arena(), "%s%s-%s", isdigit((unsigned char)lb->stem[0]) ? "tflb-" : "", lb->stem, pool->name);
	length = strnlen(name, BASE_NAME_MAX);
	while (name[length - 1] == '-')
		length--;
	name[length] = '\0';
	return name;
}

char *group_base_name(const struct lb *lb, const struct identity *who, const struct lb_pool *pool)
{
	char *base = base_name(lb, pool);

	return pool->role ? training_base_name(lb, who, pool, base) : base;
}

/* Over several zones: which, and how. */
static void set_distribution(cJSON *body, const char *project, const struct lb_pool *pool)
{
	const char *shape = pool->target_shape ? pool->target_shape : "EVEN";
	cJSON *policy;

	if (!pool->region)
		return;
	policy = json_set_object(body, "distributionPolicy");
	json_set_text(policy, "targetShape", shape);
	for (size_t i = 0; i < pool->zones.count; i++) {
		cJSON *zones = i ? json_member(policy, "zones") : json_set_array(policy, "zones");

		json_setf(json_add_object(zones), "zone", "projects/%s/zones/%s", project, pool->zones.items[i]);
	}
}

static bool has_port(const cJSON *ports, const char *name)
{
	const cJSON *port;

	cJSON_ArrayForEach(port, ports)
	{
		if (text_equal(json_text(port, "name"), name))
			return true;
	}
	return false;
}

/* Backends may share a port. */
static void set_ports(cJSON *body, const struct lb_spec *spec, const struct lb_pool *pool)
{
	cJSON *ports = json_set_array(body, "namedPorts"), *port;

	for (size_t i = 0; i < spec->services.count; i++) {
		const struct lb_service *service = &spec->services.items[i];

		if (!lb_pool_serves(pool, service->name) || has_port(ports, service->serving.port_name))
			continue;
		port = json_add_object(ports);
		json_set_text(port, "name", service->serving.port_name);
		json_set_int(port, "port", service->serving.port);
	}
}

static const char *const *fronts_of(const struct lb *lb, const struct lb_pool *pool)
{
	const char **fronts = arena_alloc(json_arena(), (FRONTS_MAX + 1) * sizeof(*fronts));
	size_t count = 0;

	for (size_t i = 0; i < lb->spec.services.count && count < FRONTS_MAX; i++) {
		const struct lb_service *service = &lb->spec.services.items[i];

		if (lb_pool_serves(pool, service->name) && is_routed(lb, service))
			fronts[count++] = service_role("backend", service);
	}
	return count ? fronts : NULL;
}

static void set_policies(cJSON *body, const struct wants *wants, const struct lb_spec *spec, const struct lb_pool *pool)
{
	const struct lb_lifecycle *life = &pool->instance_lifecycle_policy;
	cJSON *policies = json_set_array(body, "autoHealingPolicies"), *healing, *kept;

	if (lb_pool_heals(spec, pool)) {
		healing = json_add_object(policies);
		json_set_text(
			healing, "healthCheck", wanted_path(wants, KIND_HEALTH_CHECK, pool_healing_role(spec, pool)));
		json_set_int(healing, "initialDelaySec", lb_pool_initial_delay(spec, pool));
	}
	kept = json_set_object(body, "instanceLifecyclePolicy");
	json_set_text(kept, "defaultActionOnFailure",
		life->default_action_on_failure ? life->default_action_on_failure : "REPAIR");
	json_set_text(kept, "forceUpdateOnRepair", life->force_update_on_repair ? life->force_update_on_repair : "NO");
}

/* The template of the pool's canaries has the role of the pool's own, and stands behind it. */
static char *canary_path(const struct wants *wants, const struct lb_pool *pool)
{
	const struct want *own = wants_find(wants, KIND_INSTANCE_TEMPLATE, pool_role("template", pool));

	return want_path(own + 1);
}

static void set_share_of(cJSON *version, int64_t fixed, int64_t percent)
{
	cJSON *size = json_set_object(version, "targetSize");

	set_int(size, "fixed", fixed);
	set_int(size, "percent", percent);
}

/* One version has no size of its own: it takes the rest. */
static void set_versions(cJSON *body, const struct wants *wants, const struct lb_pool *pool)
{
	cJSON *versions = json_set_array(body, "versions"), *version = json_add_object(versions);

	json_set_text(
		version, "instanceTemplate", wanted_path(wants, KIND_INSTANCE_TEMPLATE, pool_role("template", pool)));
	if (!pool->trial)
		return;
	set_share_of(version, LB_ABSENT, LB_ABSENT);
	version = json_add_object(versions);
	json_set_text(version, "instanceTemplate", canary_path(wants, pool));
	set_share_of(version, pool->canary.replicas, pool->canary.percent);
}

static void add(const struct kind_context *context, struct wants *wants, const struct lb_pool *pool)
{
	const struct lb *lb = context->lb;
	char hash[HASH_SIZE];
	struct want *want;

	group_hash(lb, pool, hash);
	want = want_begin(wants, &kind_group, context, pool_role("group", pool), pool->name, hash);
	want->location = lb_pool_location(pool);
	want->terms = terms_of(lb, pool);
	json_set_text(want->body, "baseInstanceName", group_base_name(lb, context->who, pool));
	set_versions(want->body, wants, pool);
	if (!lb_pool_is_autoscaled(pool))
		json_set_int(want->body, "targetSize", lb_pool_replicas(lb, pool));
	want->least_healthy = lb_pool_least_healthy(lb, pool);
	set_distribution(want->body, lb->spec.project, pool);
	set_ports(want->body, &lb->spec, pool);
	set_policies(want->body, wants, &lb->spec, pool);
	group_set_options(want->body, context, pool);
	group_set_update_policy(want->body, lb, pool);
	want->fronts = fronts_of(lb, pool);
	want_take_over(want, context);
}

/* How its machines are named is nobody's business, unless the user says so. */
static const char *fixed(const struct kind_context *context, const struct want *want, const cJSON *seen)
{
	static const char *const at_birth[] = {"resourcePolicies.workloadPolicy", "baseInstanceName"};
	const struct lb_pool *pool = lb_pool_named(&context->lb->spec, want->part);

	return pool ? first_that_differs(want, seen, at_birth, pool->base_instance_name || pool->role ? 2 : 1) : NULL;
}

static void build(const struct kind_context *context, struct wants *wants)
{
	for (size_t i = 0; i < context->lb->spec.pools.count; i++)
		add(context, wants, &context->lb->spec.pools.items[i]);
}

/* Is node the autoscaler of group, wanted or not? */
static bool scales(const struct node *node, const struct node *group)
{
	return node->kind->id == KIND_AUTOSCALER && text_equal(node->own_part, group->own_part) &&
	       text_equal(node->own_location, group->own_location);
}

static const struct node *wanted_autoscaler(const struct node *group, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i]->wanted && scales(nodes->items[i], group))
			return nodes->items[i];
	}
	return NULL;
}

/* As last read, an autoscaler of ours belongs to the group. */
static bool names_autoscaler(const struct node *group)
{
	const char *link = json_text(group->seen, "status.autoscaler");

	return link && text_starts(link_name(link), "tflb-");
}

/* An autoscaler of ours may be there: one is known, or the group names it. Then a size would be refused. */
static bool may_be_autoscaled(const struct node *group, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (scales(nodes->items[i], group) && nodes->items[i]->presence != NODE_ABSENT)
			return true;
	}
	return names_autoscaler(group);
}

/* What the pool has now, in a group that is to be replaced. */
static int64_t size_before(const struct node *group, const struct nodes *nodes)
{
	int64_t size = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node != group && node->kind->id == KIND_GROUP && !node->wanted && node->presence == NODE_PRESENT &&
			text_equal(node->own_part, group->own_part) && json_int(node->seen, "targetSize", 0) > size)
			size = json_int(node->seen, "targetSize", 0);
	}
	return size;
}

/* An autoscaled group is born with what its predecessor has, or with the least, and then never told a size. */
static int64_t size_at_birth(const struct node *group, const struct node *autoscaler, const struct nodes *nodes)
{
	const cJSON *policy = json_member(autoscaler->want, "autoscalingPolicy");
	int64_t least = json_int(policy, "minNumReplicas", 0), most = json_int(policy, "maxNumReplicas", 0);
	int64_t before = size_before(group, nodes);

	return before < least ? least : before > most ? most : before;
}

/* A size is no way to named machines: such a group is born without any. */
static int64_t named_size(const struct node *group)
{
	return group->presence == NODE_PRESENT ? training_aim_size(group) : 0;
}

/* Sizes are sent where no autoscaler is. One that is not wanted any more goes first. */
static void set_size(const struct node *node, const struct nodes *nodes, cJSON *aim)
{
	const struct node *autoscaler = wanted_autoscaler(node, nodes);

	if (group_is_named(node) && !may_be_autoscaled(node, nodes)) {
		json_set_int(aim, "targetSize", named_size(node));
		return;
	}
	if (node->presence == NODE_PRESENT ? autoscaler || !may_be_autoscaled(node, nodes) : !autoscaler)
		return; /* what is wanted says it */
	if (autoscaler)
		json_set_int(aim, "targetSize", size_at_birth(node, autoscaler, nodes));
	else
		json_remove(aim, "targetSize");
}

/* What is autoscaled can't be stateful yet. */
static void wait_for_scaler(const struct node *node, const struct nodes *nodes, cJSON *aim)
{
	if (node->presence == NODE_PRESENT && json_has(aim, "statefulPolicy.preservedState") &&
		may_be_autoscaled(node, nodes))
		json_remove(aim, "statefulPolicy");
}

static cJSON *toward(const struct node *node, const struct nodes *nodes)
{
	cJSON *aim = json_copy(node->want);

	set_size(node, nodes, aim);
	wait_for_scaler(node, nodes, aim);
	if (node->presence == NODE_PRESENT)
		rollout_aim(node, nodes, aim);
	group_aim_amounts(node, aim);
	if (node->presence == NODE_PRESENT)
		group_aim_action(node, nodes, aim);
	return aim;
}

static bool instead(const struct node *node, const char *path, const cJSON *value, struct kind_call *call)
{
	if (!group_is_named(node) || !text_equal(path, "targetSize"))
		return false;
	*call = training_call(node, (int64_t)value->valuedouble);
	return true;
}

/* Machines move after any write, and after new versions they are not where they should be. */
static void assume(cJSON *assumed, const cJSON *change)
{
	cJSON *status = json_member(assumed, "status");

	if (!status)
		return;
	json_set_bool(status, "isStable", false);
	if (json_has(change, "allInstancesConfig"))
		json_set_bool(json_set_object(status, "allInstancesConfig"), "effective", false);
	if (json_has(change, "versions") && json_has(status, "versionTarget"))
		json_set_bool(json_member(status, "versionTarget"), "isReached", false);
}

static bool settled(const struct node *node)
{
	struct group_sight sight;

	if (!node->wanted || !node_usable(node))
		return false;
	sight = group_sight(node);
	return sight.at_version && sight.stable && !(json_has(node->want, "targetSize") && names_autoscaler(node));
}

/* A group on its way, up or down, may still have machines of any template of its pool, which a repair would make anew; one
 * on its way down drains, probed, through every firewall rule. */
static bool holds(const struct node *node, const struct nodes *nodes, const struct node *target)
{
	bool going = !node->wanted;

	if (node->presence == NODE_ABSENT || node->presence == NODE_FOREIGN || settled(node))
		return false;
	switch (target->kind->id) {
	case KIND_INSTANCE_TEMPLATE:
		return text_equal(node->own_part, target->own_part);
	case KIND_FIREWALL:
	case KIND_HEALTH_CHECK:
		return going;
	default:
		return false;
	}
}

static int64_t goes_at(const struct node *node)
{
	return node->drain.known ? node->drain.left_at + node->drain.drain_ms : 0;
}

/* It went back, and stays there until the spec changes. */
static bool gave_up(const struct node *node)
{
	return rollout_of(node).rejected != NULL;
}

const struct kind kind_group = {
	.id = KIND_GROUP,
	.name = "InstanceGroupManager",
	.text = "instance group manager",
	.collection = "instanceGroupManagers",
	.list_path = "aggregated/instanceGroupManagers",
	.list_inner = "instanceGroupManagers",
	.members = members,
	.sources = sources,
	.build = build,
	.fixed = fixed,
	.settled = settled,
	.holds = holds,
	.toward = toward,
	.gave_up = gave_up,
	.goes_at = goes_at,
	.instead = instead,
	.assume = assume,
};
