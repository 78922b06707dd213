/* The front: address and port. Both are fixed at birth, so what the user set of them is hashed into the name: a new rule is
 * made beside the old one, which goes when the new one is there. The address reads back as a literal and is never compared. */
#include "kinds/internal.h"

static const struct kind_verb set_target = {.name = "setTarget", .body = "target"};

static const struct kind_member members[] = {
	{"description", .rule = MEMBER_INSERT_ONLY},
	{"IPAddress", .rule = MEMBER_INSERT_ONLY},
	{"IPAddress", .rule = MEMBER_REFERENCE, .target = KIND_ADDRESS},
	{"IPProtocol", .rule = MEMBER_INSERT_ONLY},
	{"networkTier", .rule = MEMBER_INSERT_ONLY},
	{"loadBalancingScheme", .rule = MEMBER_INSERT_ONLY},
	{"portRange", .rule = MEMBER_RANGE},
	{"target", .rule = MEMBER_REFERENCE, .target = KIND_TARGET_HTTP_PROXY},
	{"target", .rule = MEMBER_VERB, .verb = &set_target},
	{0},
};

static const struct kind_source sources[] = {
	{"IPAddress", "spec.frontend.address"},
	{"portRange", "spec.frontend.port"},
	{"loadBalancingScheme", "spec.frontend.loadBalancingScheme"},
	{0},
};

static void name_hash(const struct lb_frontend *frontend, char hash[HASH_SIZE])
{
	cJSON *inputs = cJSON_CreateObject();

	json_set_int(inputs, "port", frontend->port);
	json_set_text(inputs, "addressType", frontend->address.type);
	json_set_text(inputs, "addressName", frontend->address.name);
	hash_inputs(inputs, hash);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_frontend *frontend = &context->lb->spec.frontend;
	const struct want *address = wants_find(wants, KIND_ADDRESS, "address");
	char *target = wanted_path(wants, KIND_TARGET_HTTP_PROXY, "http-proxy");
	char *address_path = address ? want_path(address) : NULL;
	char hash[HASH_SIZE];
	struct want *want;
	cJSON *body;

	name_hash(frontend, hash);
	want = want_begin(wants, &kind_forwarding_rule, context, "http-rule", "", hash);
	body = want->body;
	json_set_text(body, "IPAddress", address_path);
	json_set_text(body, "IPProtocol", "TCP");
	json_setf(body, "portRange", "%lld", (long long)frontend->port);
	json_set_text(body, "loadBalancingScheme", frontend->load_balancing_scheme);
	json_set_text(body, "networkTier", "PREMIUM");
	json_set_text(body, "target", target);
	want_take_over(want, context);
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
	static const char *const at_birth[] = {"IPProtocol", "loadBalancingScheme"};
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
};
