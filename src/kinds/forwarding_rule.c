/* The fronts: address and port, of HTTP, of HTTPS, or both on one address, by IPv4 and IPv6. Both are fixed at birth, so what the user set of them is hashed into the name: a new rule is
 * made beside the old one, which goes when the new one is there. The address reads back as a literal and is never compared. */
#include <string.h>

#include "kinds/internal.h"
#include "kinds/migration.h"

static const struct kind_verb set_target = {.name = "setTarget", .body = "target"};

static const struct kind_member members[] = {
	{"description", .rule = MEMBER_INSERT_ONLY},
	{"IPAddress", .rule = MEMBER_INSERT_ONLY},
	{"IPAddress", .rule = MEMBER_REFERENCE, .target = KIND_ADDRESS},
	{"IPProtocol", .rule = MEMBER_INSERT_ONLY},
	{"ipVersion", .rule = MEMBER_INSERT_ONLY},
	{"networkTier", .rule = MEMBER_INSERT_ONLY},
	{"portRange", .rule = MEMBER_RANGE},
	{"target", .rule = MEMBER_REFERENCE, .target = KIND_TARGET_HTTP_PROXY},
	{"target", .rule = MEMBER_REFERENCE, .target = KIND_TARGET_HTTPS_PROXY},
	{"target", .rule = MEMBER_VERB, .verb = &set_target},
	{"labels", .rule = MEMBER_MAP},
	{"labels", .rule = MEMBER_VERB, .verb = &set_labels},
	{0},
};

static const struct kind_source sources[] = {
	{"IPAddress", "spec.frontend.address"},
	{"ipVersion", "spec.frontend.ipv6"},
	{"portRange", "spec.frontend.port"},
	{"loadBalancingScheme", "spec.frontend.loadBalancingScheme"},
	{"labels", "spec.frontend.labels"},
	{0},
};

/* One of up to four: of HTTP and HTTPS, by IPv4 and IPv6. */
struct front {
	const char *role, *target;
	int64_t port;
	const struct lb_address *address;
	bool ipv6;
};

static void name_hash(const struct front *front, char hash[HASH_SIZE])
{
	cJSON *inputs = cJSON_CreateObject();

	json_set_int(inputs, "port", front->port);
	json_set_text(inputs, "addressType", front->address->type);
	json_set_text(inputs, "addressName", front->address->name);
	hash_inputs(inputs, hash);
}

/* At rest the buckets behind a classic one are in no step. */
static void set_scheme(cJSON *body, const char *scheme)
{
	json_set_text(body, "loadBalancingScheme", scheme);
	if (!text_equal(scheme, "EXTERNAL"))
		return;
	set_text(body, "externalManagedBackendBucketMigrationState", NULL);
	set_int(body, "externalManagedBackendBucketMigrationTestingPercentage", LB_ABSENT);
}

/* The version must not be sent with an address. */
static void add(const struct kind_context *context, struct wants *wants, const struct front *front)
{
	const struct want *address = wants_find(wants, KIND_ADDRESS, front->ipv6 ? "ipv6-address" : "address");
	char *address_path = address ? want_path(address) : NULL;
	char hash[HASH_SIZE];
	struct want *want;
	cJSON *body;

	name_hash(front, hash);
	want = want_begin(wants, &kind_forwarding_rule, context, front->role, "", hash);
	body = want->body;
	json_set_text(body, "IPAddress", address_path);
	json_set_text(body, "ipVersion", front->ipv6 && !address_path ? "IPV6" : NULL);
	json_set_text(body, "IPProtocol", "TCP");
	json_setf(body, "portRange", "%lld", (long long)front->port);
	set_scheme(body, context->lb->spec.frontend.load_balancing_scheme);
	json_set_text(body, "networkTier", "PREMIUM");
	json_set_text(body, "target", front->target);
	want_labels(want, context->lb);
	want_take_over(want, context);
}

static void add_version(
	const struct kind_context *context, struct wants *wants, const struct lb_address *address, bool ipv6)
{
	const struct lb_frontend *frontend = &context->lb->spec.frontend;
	struct front front = {.address = address, .ipv6 = ipv6};

	if (lb_has_http(frontend)) {
		front.role = ipv6 ? "ipv6-http-rule" : "http-rule";
		front.port = frontend->port;
		front.target = wanted_path(wants, KIND_TARGET_HTTP_PROXY, "http-proxy");
		add(context, wants, &front);
	}
	if (lb_has_tls(frontend)) {
		front.role = ipv6 ? "ipv6-https-rule" : "https-rule";
		front.port = frontend->tls.port;
		front.target = wanted_path(wants, KIND_TARGET_HTTPS_PROXY, "https-proxy");
		add(context, wants, &front);
	}
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_frontend *frontend = &context->lb->spec.frontend;

	add_version(context, wants, &frontend->address, false);
	if (lb_has_ipv6(frontend))
		add_version(context, wants, &frontend->ipv6.address, true);
}

/* The literal of the wanted address; NULL: it is not known, or any will do. */
static const char *wanted_literal(const struct kind_context *context, const struct want *want)
{
	const char *link = json_text(want->body, "IPAddress");
	const struct node *address = link ? nodes_target(&context->nodes, KIND_ADDRESS, link) : NULL;

	return address ? json_text(address->seen, "address") : NULL;
}

static const char *fixed(const struct kind_context *context, const struct want *want, const cJSON *seen)
{
	static const char *const at_birth[] = {"IPProtocol"};
	const char *literal = wanted_literal(context, want);
	const char *address = json_text_or(seen, "IPAddress", ""); /* a link while it is what we sent */
	const char *port = json_text(want->body, "portRange"), *range = json_text_or(seen, "portRange", "");
	const char *range_wanted = arena_printf(json_arena(), "%s-%s", port, port);

	if (literal && !text_equal(literal, address) &&
		!link_equal(address, json_text(want->body, "IPAddress"), want->project))
		return "IPAddress";
	if (!text_equal(range, port) && !text_equal(range, range_wanted))
		return "portRange";
	return first_that_differs(want, seen, at_birth, sizeof(at_birth) / sizeof(at_birth[0]));
}

/* The address of a rule; NULL: it is not known yet. */
static const char *literal_of(const cJSON *body, const struct nodes *nodes)
{
	const char *link = json_text(body, "IPAddress");
	const struct node *address = link ? nodes_target(nodes, KIND_ADDRESS, link) : NULL;

	return address ? json_text(address->seen, "address") : link;
}

/* An address has each port once. */
static bool is_in_the_way(const struct node *old, const struct node *wanted, const struct nodes *nodes)
{
	const char *literal = literal_of(wanted->want, nodes);
	const char *port = json_text_or(wanted->want, "portRange", ""),
		   *range = json_text_or(old->seen, "portRange", "");

	return literal && text_equal(literal, json_text(old->seen, "IPAddress")) &&
	       strncmp(range, port, strlen(port)) == 0 && (range[strlen(port)] == '-' || !range[strlen(port)]);
}

static bool is_rule(const struct node *node, bool wanted)
{
	return node->kind->id == KIND_FORWARDING_RULE && node->wanted == wanted &&
	       (node->presence == NODE_PRESENT) != wanted;
}

static const struct node *insert_waits_for(const struct node *node, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (is_rule(nodes->items[i], false) && is_in_the_way(nodes->items[i], node, nodes))
			return nodes->items[i];
	}
	return NULL;
}

/* By the same version of IP? */
static bool is_alike(const struct node *one, const struct node *other)
{
	return text_starts(one->own_role, "ipv6-") == text_starts(other->own_role, "ipv6-");
}

/* The first wanted rule by the same version that is not there yet. */
static const struct node *rule_late(const struct nodes *nodes, const struct node *old)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i]->kind->id == KIND_FORWARDING_RULE && nodes->items[i]->wanted &&
			is_alike(nodes->items[i], old) && !node_usable(nodes->items[i]))
			return nodes->items[i];
	}
	return NULL;
}

/* A new front first, of whichever protocol: plain HTTP goes when HTTPS serves. But what is in the way of a wanted one must go
 * first. */
static const struct node *awaits(const struct node *old, const struct nodes *nodes)
{
	const struct node *successor;

	for (size_t i = 0; i < nodes->count; i++) {
		if (is_rule(nodes->items[i], true) && is_in_the_way(old, nodes->items[i], nodes))
			return NULL;
	}
	successor = nodes_late_successor(nodes, old);
	if (successor)
		return successor;
	return text_ends(old->own_role, "http-rule") ? https_late(nodes) : rule_late(nodes, old);
}

char *rule_farewell(const struct node *old, const struct nodes *nodes)
{
	const char *address = json_text(old->seen, "IPAddress"), *next = NULL;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (is_rule(node, true) && is_in_the_way(old, node, nodes))
			return arena_printf(json_arena(),
				"%s goes before %s comes, since an address has each port once; until then nobody "
				"serves "
				"port %s",
				old->own_name, node->own_name, json_text(node->want, "portRange"));
		if (node->kind->id != KIND_FORWARDING_RULE || !node->wanted || !is_alike(old, node))
			continue;
		next = literal_of(node->seen, nodes);
		if (text_equal(next, address))
			return NULL;
	}
	return next && address
	               ? arena_printf(json_arena(), "%s goes: clients arrive at %s instead of %s; let DNS follow",
				 old->own_name, next, address)
	               : NULL;
}

static cJSON *toward(const struct node *node, const struct nodes *nodes)
{
	cJSON *body;

	if (!migration_runs(nodes))
		return NULL;
	body = json_copy(node->want);
	migration_aim_rule(node, nodes, body);
	return body;
}

const struct kind kind_forwarding_rule = {
	.id = KIND_FORWARDING_RULE,
	.name = "ForwardingRule",
	.text = "forwarding rule",
	.collection = "forwardingRules",
	.description_fixed = true,
	.label_release = true,
	.list_path = "global/forwardingRules",
	.members = members,
	.sources = sources,
	.build = build,
	.fixed = fixed,
	.awaits = awaits,
	.toward = toward,
	.insert_waits_for = insert_waits_for,
};
