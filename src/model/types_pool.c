/* The table of spec.pools. */
#include "model/types_internal.h"

static const struct type pool_name = TEXT(1, 30, .pattern = &pattern_label);
static const struct type zone = TEXT(0, 40, .pattern = &pattern_zone);
static const struct type region = TEXT(0, 40, .pattern = &pattern_region);
static const struct type zones = {.kind = TYPE_LIST,
	.least = 1,
	.most = 8,
	.form = LIST_SET,
	.item = &zone,
	.item_text = "A zone of the region."};
static const char *const shape_words[] = {"EVEN", "BALANCED", "ANY", "ANY_SINGLE_ZONE", NULL};
static const struct type shape = {.kind = TYPE_STRING, .words = shape_words};
static const struct type replicas = INTEGER(0, 2000);
static const struct type base_name = TEXT(1, 58, .pattern = &pattern_label);

static const char *const role_words[] = {"CHIEF", "WORKER", "PS", "EVALUATOR", NULL};
static const struct type role = {.kind = TYPE_STRING, .words = role_words};

static const struct type canaries = INTEGER(1, 2000);
static const struct type canary_share = INTEGER(1, 100);
static const struct field canary_fields[] = {
	{"template", &template_type, AT(struct lb_template, struct lb_canary, template), .required = true,
		.over = "spec.template", .common = true,
		.text = "What these machines have instead of the pool's, member by member. Rare members, among them "
			"all "
			"of networks, are the pool's: try those in a pool of their own."},
	{"replicas", &canaries, AT(int64_t, struct lb_canary, replicas), .unit = "machines", .change = CHANGE_ROLL,
		.text = "How many. Needed without percent."},
	{"percent", &canary_share, AT(int64_t, struct lb_canary, percent), .unit = "percent", .change = CHANGE_ROLL,
		.text = "Share of the pool, rounded up. Needed without replicas."},
};
const struct type canary_type = {
	.kind = TYPE_OBJECT, FIELDS(canary_fields), .size = sizeof(struct lb_canary), .rules = canary_rules};

static const struct field pool_fields[] = {
	{"name", &pool_name, AT(char *, struct lb_pool, name), .required = true, .change = CHANGE_GROUP,
		.text = "Name of the pool, unique in this object: at most 30 lower-case letters, digits and "
			"dashes. It is part of Compute Engine names."},
	{"zone", &zone, AT(char *, struct lb_pool, zone), .change = CHANGE_GROUP,
		.text = "Zone of the pool's machines, such as us-central1-a. A pool has zone or region."},
	{"region", &region, AT(char *, struct lb_pool, region), .change = CHANGE_GROUP,
		.text = "Region of the pool's machines, such as us-central1: they spread over several of its zones, "
			"and "
			"the pool serves on when one of these fails."},
	{"zones", &zones, AT(struct lb_texts, struct lb_pool, zones), .change = CHANGE_GROUP,
		.text = "Zones of the region to use, 1 to 8. Unset: three that Compute Engine chooses. Machines with "
			"GPUs "
			"need zones that offer them."},
	{"targetShape", &shape, AT(char *, struct lb_pool, target_shape), .change = CHANGE_PLACE,
		.text = "How machines spread over the zones of a region. EVEN: as many in each; BALANCED: so, as far "
			"as "
			"there is stock; ANY: wherever there is stock; ANY_SINGLE_ZONE: all in one. Unset: EVEN."},
	{"replicas", &replicas, AT(int64_t, struct lb_pool, replicas), .unit = "machines", .change = CHANGE_PLACE,
		.text = "Size of this pool. Unset: spec.replicas, and kubectl scale acts on it."},
	{"autoscaling", &type_autoscaling, AT(struct lb_autoscaling, struct lb_pool, autoscaling),
		.text = "Let Compute Engine choose the size of this pool, between minReplicas and maxReplicas. The "
			"controller then sends none; a pool that was sized before keeps its size to begin with."},
	{"capacity", &type_capacity, AT(struct lb_capacity, struct lb_pool, capacity),
		.text = "How much of the traffic the pool takes."},
	{"autoHealing", &type_auto_healing, AT(struct lb_auto_healing, struct lb_pool, auto_healing),
		.over = "spec.autoHealing",
		.text = "How the machines of this pool are kept instead, member by member."},
	{"allInstancesConfig", &type_config, AT(struct lb_config, struct lb_pool, all_instances_config),
		.over = "spec.allInstancesConfig",
		.text = "More of it for this pool; of the same key this one counts."},
	{"instanceLifecyclePolicy", &type_lifecycle, AT(struct lb_lifecycle, struct lb_pool, instance_lifecycle_policy),
		.text = "What the group does about machines that fail."},
	{"instanceFlexibilityPolicy", &type_flexibility,
		AT(struct lb_flexibility, struct lb_pool, instance_flexibility_policy),
		.text = "Machine types to choose from instead of template.machineType, by what there is in stock; for "
			"pools with region. Machines that exist stay."},
	{"standbyPolicy", &type_standby, AT(struct lb_standby, struct lb_pool, standby_policy),
		.text = "Machines that stand by, suspended or stopped, beyond the pool's size."},
	{"statefulPolicy", &type_stateful, AT(struct lb_stateful, struct lb_pool, stateful_policy),
		.text = "What a machine that is made anew keeps of the one before it. Its name is kept, too: "
			"updatePolicy.replacementMethod is RECREATE."},
	{"workloadPolicy", &type_label, AT(char *, struct lb_pool, workload_policy), .change = CHANGE_GROUP,
		.text = "Name of a workload policy (a resource policy) in the pool's region."},
	{"baseInstanceName", &base_name, AT(char *, struct lb_pool, base_instance_name), .change = CHANGE_GROUP,
		.text = "First part of the machines' names; Compute Engine adds a dash and four characters. Unset: "
			"made of the object's and the pool's name."},
	{"role", &role, AT(char *, struct lb_pool, role), .change = CHANGE_ROLL,
		.text = "Task of the machines in the cluster of spec.training. They have stable names, which end in 0, "
			"1, "
			"...; other sizes add and remove the last ones. With the first role, or without any, the pool "
			"gets a new group."},
	{"backends", &type_pool_backends, AT(struct lb_pool_backends, struct lb_pool, backends),
		.text = "Backends that these machines serve, at most 8; the first one's probe tells which machines to "
			"replace. Unset: default; none with a role. Empty: none, the machines get no requests."},
	{"template", &template_type, AT(struct lb_template, struct lb_pool, template), .over = "spec.template",
		.text = "What the machines of this pool have instead of spec.template's, member by member: objects "
			"and maps merge, lists and plain values replace. Nothing can be removed here: write into "
			"spec.template only what all pools have."},
	{"canary", &canary_type, AT(struct lb_canary, struct lb_pool, canary),
		.text = "Try a changed template on some machines of the pool. To promote it, write the change into the "
			"template and remove canary: these machines stay as they are. A canary that fails goes, as "
			"rollout says."},
	{"updatePolicy", &type_update_policy, AT(struct lb_update_policy, struct lb_pool, update_policy),
		.over = "spec.updatePolicy",
		.text = "How the machines of this pool are updated instead, member by member; maxSurge and "
			"maxUnavailable as a pair."},
};
static const struct type pool = {
	.kind = TYPE_OBJECT, FIELDS(pool_fields), .size = sizeof(struct lb_pool), .rules = pool_rules};
const struct type pools_type = {.kind = TYPE_LIST,
	.least = 1,
	.most = 32,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &pool,
	.item_text = "One group of equal machines."};
