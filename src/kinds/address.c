/* The public address: reserved by us, or one that the user named, which is referred to and never written. Nothing of it can
 * be changed but labels. An ephemeral one belongs to the forwarding rule and is no resource. */
#include <string.h>

#include "kinds/internal.h"

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_address *address = &context->lb->spec.frontend.address;
	struct want *want;

	if (text_equal(address->type, "Reserved")) {
		want = want_begin(wants, &kind_address, context, "address", "", NULL);
		json_set_text(want->body, "addressType", "EXTERNAL");
		json_set_text(want->body, "networkTier", "PREMIUM");
	} else if (text_equal(address->type, "Named")) {
		want = wants_add(wants, &kind_address, context);
		want->role = "address";
		text_copy(want->name, sizeof(want->name), address->name);
	}
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

	if (strchr(address, ':')) /* an IPv6 address */
		return "ipVersion";
	return first_that_differs(want, seen, at_birth, sizeof(at_birth) / sizeof(at_birth[0]));
}

const struct kind kind_address = {
	.id = KIND_ADDRESS,
	.name = "Address",
	.text = "address",
	.collection = "addresses",
	.immutable = true,
	.description_fixed = true,
	.label_release = true,
	.list_path = "global/addresses",
	.build = build,
	.fixed = fixed,
	.usable = usable,
};
