/* The table of types of the spec. Reads like the manual it becomes (kubectl explain): each field with its type, default, unit,
 * meaning and what changing it costs. One file per topic: types_template.c is one machine, types_pool.c the pools,
 * types_update.c their updates, types_serving.c how they serve, this one all the rest. */
#include "model/types_internal.h"

const struct type type_flag = {.kind = TYPE_BOOLEAN};
const struct type type_label = TEXT(1, 63, .pattern = &pattern_label);
const struct type type_port = INTEGER(1, 65535);
const struct type type_replicas = INTEGER(0, 1000);

const struct type type_number = {
	.kind = TYPE_NUMBER, .most = 1000000000, .pattern = &pattern_decimal, .rules = number_rules};

static const struct type machines = INTEGER(0, 1000);
const struct type type_percent = INTEGER(0, 100);
const struct type type_share = INTEGER(1, 100);
static const struct field amount_fields[] = {
	{"fixed", &machines, AT(int64_t, struct lb_amount, fixed), .unit = "machines", .change = CHANGE_PLACE,
		.text = "A number."},
	{"percent", &type_percent, AT(int64_t, struct lb_amount, percent), .unit = "percent", .change = CHANGE_PLACE,
		.text = "A share of the pool. Compute Engine takes none for updates of fewer than 10 machines: there "
			"the "
			"number that it comes to, rounded up, is sent."},
};
const struct type type_amount = {
	.kind = TYPE_OBJECT, FIELDS(amount_fields), .size = sizeof(struct lb_amount), .rules = amount_rules};

/* spec */

static const struct type project = TEXT(0, 94, .pattern = &pattern_project, .rules = project_rules);
static const char *const deletion_words[] = {"Delete", "Abandon", NULL};
static const struct type deletion = {.kind = TYPE_STRING, .words = deletion_words};
static const char *const adoption_words[] = {"Never", "Adopt", NULL};
static const struct type adoption = {.kind = TYPE_STRING, .words = adoption_words};
static const struct type resource_names = {.kind = TYPE_MAP,
	.most = 64,
	.item = &type_label,
	.rules = resource_names_rules,
	.item_text = "Name in Compute Engine."};
static const char *const drift_words[] = {"Correct", "Report", NULL};
static const struct type drift = {.kind = TYPE_STRING, .words = drift_words};

static const struct type object_part = TEXT(1, 63, .pattern = &pattern_object);

static const struct field move_from_fields[] = {
	{"namespace", &object_part, AT(char *, struct lb_object, namespace), .required = true, .change = CHANGE_NEVER,
		.text = "Namespace of that object."},
	{"name", &object_part, AT(char *, struct lb_object, name), .required = true, .change = CHANGE_NEVER,
		.text = "Name of that object."},
};
static const struct type move_from = {
	.kind = TYPE_OBJECT, FIELDS(move_from_fields), .size = sizeof(struct lb_object), .rules = move_from_rules};
static const struct field move_to_fields[] = {
	{"namespace", &object_part, AT(char *, struct lb_object, namespace), .required = true, .change = CHANGE_OURS,
		.text = "Namespace of that object."},
	{"name", &object_part, AT(char *, struct lb_object, name), .required = true, .change = CHANGE_OURS,
		.text = "Name of that object."},
};
static const struct type move_to = {.kind = TYPE_OBJECT, FIELDS(move_to_fields), .size = sizeof(struct lb_object)};

static const struct type training_port = INTEGER(1024, 65535);
static const struct field training_fields[] = {
	{"port", &training_port, AT(int64_t, struct lb_training, port), .fallback = "2222", .change = CHANGE_ROLL,
		.text = "Port of the TensorFlow server on each machine."},
};
static const struct type training = {.kind = TYPE_OBJECT, FIELDS(training_fields), .size = sizeof(struct lb_training)};

static const struct field spec_fields[] = {
	{"project", &project, AT(char *, struct lb_spec, project), .required = true, .change = CHANGE_NEVER,
		.text = "Google Cloud project that everything is made in, by its ID."},
	{"replicas", &type_replicas, AT(int64_t, struct lb_spec, replicas), .fallback = "3", .unit = "machines",
		.change = CHANGE_PLACE,
		.text = "Size of each pool that sets neither replicas nor autoscaling; not the total. kubectl scale "
			"acts "
			"here."},
	{"template", &template_type, AT(struct lb_template, struct lb_spec, template), .fallback = "{}",
		.text = "One machine. Pools may override members of it."},
	{"pools", &pools_type, AT(struct lb_pools, struct lb_spec, pools), .required = true,
		.text = "Groups of machines that serve together, 1 to 32. An added pool gets its machines, a "
			"removed one is drained and deleted; the others keep theirs."},
	{"serving", &type_serving, AT(struct lb_serving, struct lb_spec, serving), .fallback = "{}",
		.text = "How machines serve: the backend service and the named port of the groups."},
	{"healthCheck", &type_health_check, AT(struct lb_health_check, struct lb_spec, health_check), .fallback = "{}",
		.text = "How the load balancer finds out which machines can serve."},
	{"backends", &type_backends, AT(struct lb_backends, struct lb_spec, backends),
		.text = "Backends beside the one named default, which is made of serving and healthCheck; an entry "
			"of that name overrides them. At most 16."},
	{"routes", &type_routes, AT(struct lb_routes, struct lb_spec, routes),
		.text = "Which backend gets which requests, at most 16. What no route takes goes to the backend "
			"default."},
	{"routeTests", &type_route_tests, AT(struct lb_route_tests, struct lb_spec, route_tests),
		.text = "Expectations on routes, at most 64. Compute Engine checks them before anything is written: "
			"while one fails nothing of the edit happens."},
	{"frontend", &type_frontend, AT(struct lb_frontend, struct lb_spec, frontend), .fallback = "{}",
		.text = "Where clients arrive."},
	{"firewall", &type_firewall, AT(struct lb_firewall, struct lb_spec, firewall), .fallback = "{}",
		.text = "Firewall rule that lets Google's probes and proxies reach the machines. Without one no "
			"machine gets healthy."},
	{"autoHealing", &type_auto_healing, AT(struct lb_auto_healing, struct lb_spec, auto_healing), .fallback = "{}",
		.text = "How machines are made anew that stay unhealthy. Pools may override members of it."},
	{"allInstancesConfig", &type_config, AT(struct lb_config, struct lb_spec, all_instances_config),
		.text = "Metadata and labels of all machines, over the template's, key by key. A change reaches "
			"machines "
			"that run, which neither restart nor get a new template."},
	{"minHealthyPercent", &type_percent, AT(int64_t, struct lb_spec, min_healthy_percent), .fallback = "50",
		.unit = "percent", .change = CHANGE_OURS,
		.text = "Share of each pool, rounded up and at least one machine, that must be healthy for Ready."},
	{"updatePolicy", &type_update_policy, AT(struct lb_update_policy, struct lb_spec, update_policy),
		.fallback = "{}", .text = "How machines are updated when their template changes."},
	{"rollout", &type_rollout, AT(struct lb_rollout, struct lb_spec, rollout), .fallback = "{}",
		.text = "What is done when an update of machines fails."},
	{"training", &training, AT(struct lb_training, struct lb_spec, training),
		.text = "Makes one TensorFlow cluster of the pools with a role: container and startup script get "
			"TF_CONFIG. "
			"When machines are added or removed, the others restart with the new one, as updatePolicy "
			"says."},
	{"deletionPolicy", &deletion, AT(char *, struct lb_spec, deletion_policy), .fallback = "Delete",
		.change = CHANGE_OURS,
		.text = "What deleting this object does. Delete: everything it made is deleted, from the front "
			"backwards. Abandon: everything stays and serves, without our mark."},
	{"adoptionPolicy", &adoption, AT(char *, struct lb_spec, adoption_policy), .fallback = "Never",
		.change = CHANGE_OURS,
		.text = "Never: a resource without our mark that has one of our names, or a name of resourceNames, "
			"stops "
			"us. Adopt: it is taken over and from then on ours, deletion included. To see what would "
			"change set driftPolicy to Report first."},
	{"resourceNames", &resource_names, AT(struct lb_map, struct lb_spec, resource_names), .change = CHANGE_NEVER,
		.text = "Names of resources to take over, by role: address, firewall, health-check, healing, url-map, "
			"redirect-map, ssl-policy, http-proxy, https-proxy, http-rule, https-rule, ipv6-address, "
			"ipv6-http-rule, ipv6-https-rule; group/POOL, scaler/POOL and heal/POOL for group, "
			"autoscaler and own probe of a pool; backend/NAME, bucket/NAME, check/NAME and healing/NAME "
			"for service, bucket and probes of a backend (default's probes have no NAME). They keep their "
			"names. What there is no resource of "
			"is made under that "
			"name."},
	{"driftPolicy", &drift, AT(char *, struct lb_spec, drift_policy), .fallback = "Correct", .change = CHANGE_OURS,
		.text = "Correct: what others change or delete is put back. Report: status.differences shows what is "
			"not as the spec wants, and nothing is written, edits of the spec included. Deletion works "
			"either way."},
	{"suspend", &type_flag, AT(bool, struct lb_spec, suspend), .fallback = "false", .change = CHANGE_OURS,
		.text = "Read and report only; write nothing in the cloud. Deletion waits too, and says so."},
	{"moveFrom", &move_from, AT(struct lb_object, struct lb_spec, move_from),
		.text = "Object whose running resources this one takes over, without a pause in serving, once that "
			"object's moveTo names this one; until then nothing is made. Set when this object is created, "
			"and kept for good: resources keep their names, which come from there. Where that object has a "
			"moveFrom itself, write the same here."},
	{"moveTo", &move_to, AT(struct lb_object, struct lb_spec, move_to),
		.text = "Object that is to take over everything this one made, and whose moveFrom agrees. Until it "
			"can, "
			"this object works on; afterwards it owns nothing and can be deleted. Deleting it before waits "
			"for the other one. Removing moveTo after the other one began does not bring anything back."},
};
const struct type spec_type = {
	.kind = TYPE_OBJECT, FIELDS(spec_fields), .size = sizeof(struct lb_spec), .rules = spec_rules};
