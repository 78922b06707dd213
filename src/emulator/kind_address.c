/* Global addresses: immutable but for their labels. */
#include <string.h>

#include "base/str.h"
#include "emulator/address_pool.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"

char *emu_address_allocate(struct emulator *emulator, bool ipv6)
{
	/* Random over 2^22 and more literals; the store is asked anyway. */
	for (;;) {
		uint64_t draw = emu_dice_next(&emulator->dice);
		char *literal = ipv6 ? arena_printf(json_arena(), "2600:1901:0:%x::", (unsigned)(draw % 65535 + 1))
		                     : arena_printf(json_arena(), "34.%u.%u.%u", (unsigned)(96 + draw % 32),
					       (unsigned)(draw >> 8 & 255), (unsigned)(1 + (draw >> 16) % 254));
		const char *key = arena_printf(json_arena(), "address %s", literal);

		if (!emu_store_users(&emulator->store, key, emulator->now)->child)
			return literal;
	}
}

struct emu_resource *emu_address_holding(struct emulator *emulator, const char *project, const char *literal)
{
	const char *path = arena_printf(json_arena(), "projects/%s/global/addresses", project);
	const struct emu_shelf *shelf = emu_store_shelf(&emulator->store, path);

	for (size_t i = 0; shelf && i < shelf->count; i++)
		if (shelf->own_items[i]->visible &&
			text_equal(json_text(emu_resource_body(shelf->own_items[i]), "address"), literal))
			return shelf->own_items[i];
	return NULL;
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	const char *type = json_text_or(body, "addressType", "EXTERNAL"),
		   *tier = json_text_or(body, "networkTier", "PREMIUM");

	if (json_has(body, "address"))
		return emu_refuse_field(
			&call->refusal, "address", json_text_or(body, "address", ""), "Invalid IP address specified.");
	if (strcmp(type, "EXTERNAL") != 0)
		return emu_refuse_field(
			&call->refusal, "addressType", type, "The emulator knows external addresses only.");
	return !strcmp(tier, "PREMIUM") ||
	       emu_refuse_field(&call->refusal, "networkTier", tier, "Global addresses are of tier PREMIUM.");
}

static void complete(struct emu_call *call, cJSON *body)
{
	emu_default_text(body, "addressType", "EXTERNAL");
	emu_default_text(body, "networkTier", "PREMIUM");
	emu_default_text(body, "description", "");
	if (!json_has(body, "address"))
		json_set_text(body, "address",
			emu_address_allocate(call->emulator, text_equal(json_text(body, "ipVersion"), "IPV6")));
}

/* Marks the literal as taken, also while the insert runs. */
static void links(struct emulator *emulator, const char *project, const cJSON *body, cJSON *paths)
{
	json_add_text(paths, arena_printf(json_arena(), "address %s", json_text_or(body, "address", "")));
}

static void render(struct emulator *emulator, const struct emu_resource *resource, cJSON *body)
{
	cJSON *users = emu_store_users(&emulator->store, resource->own_path, emulator->now), *array;
	const cJSON *user;

	json_set_text(body, "status", users->child ? "IN_USE" : "RESERVED");
	if (!users->child)
		return;
	array = json_set_array(body, "users");
	cJSON_ArrayForEach(user, users) json_add_text(array, emu_link_url(user->valuestring));
}

static const struct emu_verb verbs[] = {
	{.name = "setLabels", .method = "POST", .fn = emu_set_labels},
	{.name = NULL},
};

const struct emu_kind emu_address_kind = {
	.collection = "addresses",
	.message = "Address",
	.noun = "address",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 2000, 10000},
	.remove = {"delete", 2000, 10000},
	.labels = true,
	.quota = "STATIC_ADDRESSES",
	.verbs = verbs,
	.check = check,
	.complete = complete,
	.links = links,
	.render = render,
};
