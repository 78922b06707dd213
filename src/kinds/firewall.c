/* The rule that lets probes and the load balancer's proxies reach the machines; without it every backend is unhealthy for
 * ever. Machines of a training cluster reach each other by a second one, on any port: gradients go by ports of their own choice.
 * Network and direction of a rule can't be patched, so the network is hashed into the name. Where the user names only a subnetwork,
 * its path stands in for the network until the subnetwork was read. */
#include <string.h>

#include "kinds/internal.h"

static const struct kind_member members[] = {
	{"network", .rule = MEMBER_INSERT_ONLY},
	{"network", .rule = MEMBER_REFERENCE, .target = KIND_SUBNETWORK},
	{"direction", .rule = MEMBER_INSERT_ONLY},
	{"sourceRanges", .rule = MEMBER_SET},
	{"sourceTags", .rule = MEMBER_SET},
	{"targetTags", .rule = MEMBER_SET},
	{"allowed", .rule = MEMBER_SET},
	{"allowed[].ports", .rule = MEMBER_SET},
	{"disabled", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	{"logConfig.enable", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	{0},
};

static const struct kind_source sources[] = {
	{"network", "spec.template.network"},
	{"priority", "spec.firewall.priority"},
	{"allowed", "spec.serving.port"},
	{"logConfig", "spec.firewall.logConfig"},
	{0},
};

static void name_hash(const char *network, char hash[HASH_SIZE])
{
	cJSON *inputs = cJSON_CreateObject();

	json_set_text(inputs, "network", network);
	hash_inputs(inputs, hash);
}

/* Each once. */
static void add_port(cJSON *ports, int64_t port)
{
	const char *text = arena_printf(json_arena(), "%lld", (long long)port);
	const cJSON *other;

	cJSON_ArrayForEach(other, ports)
	{
		if (text_equal(other->valuestring, text))
			return;
	}
	json_add_text(ports, text);
}

static cJSON *probed_ports(const struct lb *lb)
{
	cJSON *ports = cJSON_CreateArray();

	for (size_t i = 0; lb_has_front(&lb->spec) && i < lb->spec.services.count; i++) {
		add_port(ports, lb->spec.services.items[i].serving.port);
		add_port(ports, lb_probe_port(&lb->spec, &lb->spec.services.items[i]));
	}
	for (size_t i = 0; i < lb->spec.pools.count; i++) {
		const struct lb_pool *pool = &lb->spec.pools.items[i];

		if (lb_pool_heals(&lb->spec, pool))
			add_port(ports, lb_pool_probe_port(&lb->spec, pool));
	}
	return ports;
}

static void set_log(cJSON *body, const struct lb_firewall_log *log)
{
	cJSON *config = json_set_object(body, "logConfig");

	json_set_bool(config, "enable", log->enable);
	json_set(config, "metadata",
		log->enable ? cJSON_CreateString(log->metadata ? log->metadata : "INCLUDE_ALL_METADATA")
			    : cJSON_CreateNull());
}

/* What is said before the sources, and, once the caller said these, behind them. ports NULL: all. */
static struct want *begin(
	const struct kind_context *context, struct wants *wants, const char *role, const char *network)
{
	char hash[HASH_SIZE];
	struct want *want;

	name_hash(network, hash);
	want = want_begin(wants, &kind_firewall, context, role, "", hash);
	json_set_text(want->body, "network", network);
	json_set_text(want->body, "direction", "INGRESS");
	json_set_int(want->body, "priority", context->lb->spec.firewall.priority);
	return want;
}

static void finish(const struct kind_context *context, struct want *want, cJSON *ports)
{
	cJSON *allowed;

	json_add_text(json_set_array(want->body, "targetTags"), machine_tag(context->who));
	allowed = json_add_object(json_set_array(want->body, "allowed"));
	json_set_text(allowed, "IPProtocol", "tcp");
	if (ports)
		json_set(allowed, "ports", ports);
	json_set_bool(want->body, "disabled", false);
	set_log(want->body, &context->lb->spec.firewall.log_config);
}

static void add_probes(const struct kind_context *context, struct wants *wants, const char *network)
{
	cJSON *ports = probed_ports(context->lb);
	struct want *want;

	if (!ports->child)
		return;
	want = begin(context, wants, "firewall", network);
	json_set(want->body, "sourceRanges", json_parse_text("[\"130.211.0.0/22\",\"35.191.0.0/16\"]"));
	finish(context, want, ports);
	json_set(want->body, "sourceTags", cJSON_CreateNull());
	json_set(want->body, "destinationRanges", cJSON_CreateNull());
	want_take_over(want, context);
}

static void add_cluster(const struct kind_context *context, struct wants *wants, const char *network)
{
	struct want *want;

	if (!lb_has_training(&context->lb->spec))
		return;
	want = begin(context, wants, "training", network);
	json_add_text(json_set_array(want->body, "sourceTags"), machine_tag(context->who));
	finish(context, want, NULL);
	json_set(want->body, "sourceRanges", cJSON_CreateNull());
	json_set(want->body, "destinationRanges", cJSON_CreateNull());
}

/* A subnetwork may stand in for the network; then the cloud knows whether they fit. */
static const char *fixed(const struct kind_context *context, const struct want *want, const cJSON *seen)
{
	static const char *const at_birth[] = {"direction", "network"};
	bool stands_in = strstr(json_text_or(want->body, "network", ""), "/subnetworks/") != NULL;

	return first_that_differs(want, seen, at_birth, stands_in ? 1 : 2);
}

/* Of one of the pools before it. */
static bool is_known(const char *const *networks, size_t count, const char *network)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(networks[i], network))
			return true;
	}
	return false;
}

/* One rule of each sort for each network that machines are in. */
static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb *lb = context->lb;
	const char **networks = arena_alloc(json_arena(), (lb->spec.pools.count + 1) * sizeof(*networks));
	size_t count = 0;

	for (size_t i = 0; i < lb->spec.pools.count && lb->spec.firewall.managed; i++) {
		const struct lb_pool *pool = &lb->spec.pools.items[i];
		const char *network =
			names_only_subnetwork(lb, pool) ? subnetwork_path(lb, pool) : network_path(lb, pool);

		if (!is_first_in_network(lb, pool) || is_known(networks, count, network))
			continue;
		networks[count++] = network;
		add_probes(context, wants, network);
		add_cluster(context, wants, network);
	}
}

static cJSON *toward(const struct node *node, const struct nodes *nodes)
{
	const struct node *subnetwork = nodes_target(nodes, KIND_SUBNETWORK, json_text(node->want, "network"));
	const char *network = subnetwork ? json_text(subnetwork->seen, "network") : NULL;
	cJSON *body;

	if (!network)
		return NULL;
	body = json_copy(node->want);
	json_set_text(body, "network", link_path(network, node->own_project));
	return body;
}

const struct kind kind_firewall = {
	.id = KIND_FIREWALL,
	.name = "Firewall",
	.text = "firewall rule",
	.collection = "firewalls",
	.list_path = "global/firewalls",
	.members = members,
	.sources = sources,
	.build = build,
	.fixed = fixed,
	.toward = toward,
};
