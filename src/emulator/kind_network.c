/* Networks and subnetworks. An auto-mode network has one subnetwork in each region from the start. */
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/catalog.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/network.h"
#include "emulator/resource.h"

char *emu_network_address(const char *region, unsigned number)
{
	return arena_printf(
		json_arena(), "10.%d.%u.%u", emu_region_find(region)->octet, number / 250 % 16, 2 + number % 250);
}

static struct emu_resource *add_visible(
	struct emulator *emulator, const struct emu_kind *kind, const char *path, const cJSON *body)
{
	struct emu_resource *resource = emu_store_add(&emulator->store, kind, path);

	resource->id = emu_dice_id(&emulator->dice);
	resource->visible = true;
	resource->created = resource->visible_since = resource->changed = emulator->now;
	emu_resource_set_body(resource, body);
	return resource;
}

static void complete_subnetwork(cJSON *body)
{
	emu_default_text(body, "privateIpv6GoogleAccess", "DISABLE_GOOGLE_ACCESS");
	emu_default_bool(body, "privateIpGoogleAccess", false);
	emu_default_text(body, "purpose", "PRIVATE");
	emu_default_text(body, "stackType", "IPV4_ONLY");
}

static char *subnetwork_path(const struct emu_resource *network, const char *region)
{
	const char *project = emu_link_project(network->own_path);

	return arena_printf(json_arena(), "projects/%s/regions/%s/subnetworks/%s", project, region,
		emu_link_name(network->own_path));
}

static bool is_auto(const struct emu_resource *network)
{
	return json_bool(emu_resource_body(network), "autoCreateSubnetworks", false);
}

static void add_subnetworks(struct emulator *emulator, const struct emu_resource *network)
{
	for (const struct emu_region *region = emu_regions; region->name; region++) {
		cJSON *body = cJSON_CreateObject();
		const char *path = subnetwork_path(network, region->name);

		json_set_text(body, "name", emu_link_name(path));
		json_set_text(body, "network", emu_link_url(network->own_path));
		json_setf(body, "ipCidrRange", "10.%d.0.0/20", region->octet);
		complete_subnetwork(body);
		if (!emu_store_find(&emulator->store, path))
			add_visible(emulator, &emu_subnetwork_kind, path, body);
	}
}

static void remove_subnetworks(struct emulator *emulator, const struct emu_resource *network)
{
	for (const struct emu_region *region = emu_regions; region->name; region++) {
		struct emu_resource *found = emu_store_find(&emulator->store, subnetwork_path(network, region->name));

		if (found)
			emu_store_remove(&emulator->store, found, emulator->now, 0);
	}
}

static void network_complete(struct emu_call *call, cJSON *body)
{
	cJSON *routing = emu_default_object(body, "routingConfig");

	emu_default_text(routing, "routingMode", "REGIONAL");
	emu_default_text(routing, "bgpBestPathSelectionMode", "LEGACY");
	emu_default_text(body, "description", "");
	emu_default_int(body, "mtu", 1460);
	emu_default_text(body, "networkFirewallPolicyEnforcementOrder", "AFTER_CLASSIC_FIREWALL");
}

static bool network_check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	if (json_has(body, "autoCreateSubnetworks"))
		return true;
	return emu_refuse_field(&call->refusal, "IPv4Range", "",
		"Legacy networks are no longer supported: send autoCreateSubnetworks.");
}

static void network_applied(struct emulator *emulator, struct emu_resource *network, enum emu_effect effect)
{
	if (!is_auto(network))
		return;
	if (effect == EFFECT_INSERT)
		add_subnetworks(emulator, network);
	else if (effect == EFFECT_DELETE)
		remove_subnetworks(emulator, network);
}

static void add_if_in(
	const struct emulator *emulator, const struct emu_region *region, const char *network_path, cJSON *array)
{
	const char *project = emu_link_project(network_path);
	const struct emu_shelf *shelf = emu_store_shelf(&emulator->store,
		arena_printf(json_arena(), "projects/%s/regions/%s/subnetworks", project, region->name));

	for (size_t i = 0; shelf && i < shelf->count; i++) {
		const char *network = json_text(emu_resource_body(shelf->own_items[i]), "network");

		if (shelf->own_items[i]->visible && text_equal(network, emu_link_url(network_path)))
			json_add_text(array, emu_link_url(shelf->own_items[i]->own_path));
	}
}

static void network_render(struct emulator *emulator, const struct emu_resource *network, cJSON *body)
{
	cJSON *array = cJSON_CreateArray();

	for (const struct emu_region *region = emu_regions; region->name; region++)
		add_if_in(emulator, region, network->own_path, array);
	if (array->child)
		json_set(body, "subnetworks", array);
	json_setf(body, "selfLinkWithId", "%s/%llu", emu_link_url(emu_link_parent(network->own_path)),
		(unsigned long long)network->id);
}

void emu_network_add_default(struct emulator *emulator, const char *project)
{
	cJSON *body = cJSON_CreateObject();
	const char *path = arena_printf(json_arena(), "projects/%s/global/networks/default", project);

	json_set_text(body, "name", "default");
	json_set_bool(body, "autoCreateSubnetworks", true);
	network_complete(NULL, body);
	json_set_text(body, "description", "Default network for the project");
	add_subnetworks(emulator, add_visible(emulator, &emu_network_kind, path, body));
}

const struct emu_kind emu_network_kind = {
	.collection = "networks",
	.message = "Network",
	.noun = "network",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 20000, 60000},
	.remove = {"delete", 15000, 60000},
	.in_use = IN_USE_IN_OPERATION,
	.quota = "NETWORKS",
	.check = network_check,
	.complete = network_complete,
	.render = network_render,
	.applied = network_applied,
};

static bool subnetwork_check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	return emu_check_present(call, body, "network") && emu_check_present(call, body, "ipCidrRange");
}

static void subnetwork_complete(struct emu_call *call, cJSON *body)
{
	json_remove(body, "region");
	complete_subnetwork(body);
}

static const struct emu_reference subnetwork_references[] = {
	{.field = "network", .collections = "networks", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = NULL},
};

const struct emu_kind emu_subnetwork_kind = {
	.collection = "subnetworks",
	.message = "Subnetwork",
	.noun = "subnetwork",
	.scopes = EMU_IN_REGION,
	.insert = {"insert", 10000, 30000},
	.remove = {"delete", 10000, 30000},
	.fingerprint = FINGERPRINT_CHECKED,
	.references = subnetwork_references,
	.check = subnetwork_check,
	.complete = subnetwork_complete,
};
