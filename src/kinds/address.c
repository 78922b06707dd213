/* Public addresses, of IPv4 and IPv6: reserved by us, or ones that the user named, which are referred to and never written. Nothing
 * of them can be changed but labels. An ephemeral one belongs to the forwarding rule and is no resource. */
#include <string.h>

#include "kinds/internal.h"

const struct kind_verb set_labels = {.name = "setLabels", .body = "labels", .proof = "labelFingerprint"};

static const struct kind_member members[] = {
	{"description", .rule = MEMBER_INSERT_ONLY},
	{"addressType", .rule = MEMBER_INSERT_ONLY},
	{"networkTier", .rule = MEMBER_INSERT_ONLY},
	{"ipVersion", .rule = MEMBER_INSERT_ONLY},
	{"labels", .rule = MEMBER_MAP},
	{"labels", .rule = MEMBER_VERB, .verb = &set_labels},
	{0},
};

static const struct kind_source sources[] = {
	{"labels", "spec.frontend.labels"},
	{"ipVersion", "spec.frontend.ipv6"},
	{0},
};

static const char role_ipv6[] = "ipv6-address";

void want_labels(struct want *want, const struct lb *lb)
{
	const struct lb_map *labels = &lb->spec.frontend.labels;
	cJSON *object;

	if (!lb_has_labels(&lb->spec.frontend))
		return;
	object = json_set_object(want->body, "labels");
	for (size_t i = 0; i < labels->count; i++)
		json_set_text(object, labels->items[i].key, labels->items[i].value);
}

static void add(
	const struct kind_context *context, struct wants *wants, const struct lb_address *address, const char *role)
{
	struct want *want;

	if (text_equal(address->type, "Reserved")) {
		want = want_begin(wants, &kind_address, context, role, "", NULL);
		json_set_text(want->body, "addressType", "EXTERNAL");
		json_set_text(want->body, "networkTier", "PREMIUM");
		json_set_text(want->body, "ipVersion", text_equal(role, role_ipv6) ? "IPV6" : NULL);
		want_labels(want, context->lb);
	} else if (text_equal(address->type, "Named")) {
		want = wants_add(wants, &kind_address, context);
		want->role = role;
		text_copy(want->name, sizeof(want->name), address->name);
	}
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_frontend *frontend = &context->lb->spec.frontend;

	add(context, wants, &frontend->address, "address");
	if (lb_has_ipv6(frontend))
		add(context, wants, &frontend->ipv6.address, role_ipv6);
}

/* What was just inserted has not been read; once it was, it must show its IP. */
static bool usable(const struct node *node)
{
	return node_usable(node) && (!node->verified || json_has(node->seen, "address"));
}

static const char *fixed(const struct kind_context *context, const struct want *want, const cJSON *seen)
{
	static const char *const at_birth[] = {"addressType", "networkTier"};
	const char *address = json_text_or(seen, "address", "");

	if (address[0] && (strchr(address, ':') != NULL) != text_equal(want->role, role_ipv6))
		return "ipVersion";
	return first_that_differs(want, seen, at_birth, sizeof(at_birth) / sizeof(at_birth[0]));
}

const struct kind kind_address = {
	.id = KIND_ADDRESS,
	.name = "Address",
	.text = "address",
	.collection = "addresses",
	.description_fixed = true,
	.label_release = true,
	.list_path = "global/addresses",
	.members = members,
	.sources = sources,
	.build = build,
	.fixed = fixed,
	.usable = usable,
};
