/* The network interfaces of a machine: nic0, whose members stand in the template itself, and the further ones. */
#include "kinds/internal.h"
#include "kinds/machine.h"

static void set_addresses(cJSON *interface, const cJSON *from)
{
	cJSON *access;

	if (json_bool(from, "externalIP", false)) {
		access = json_add_object(json_set_array(interface, "accessConfigs"));
		json_set_text(access, "type", "ONE_TO_ONE_NAT");
		json_set_text(access, "name", "External NAT");
		machine_take(access, from, "networkTier");
	}
	if (json_bool(from, "externalIPv6", false)) {
		access = json_add_object(json_set_array(interface, "ipv6AccessConfigs"));
		json_set_text(access, "type", "DIRECT_IPV6");
		json_set_text(access, "name", "external-ipv6");
		json_set_text(access, "networkTier", "PREMIUM");
	}
}

static void set_members(cJSON *interface, const cJSON *from)
{
	static const char *const alike[] = {"stackType", "nicType", "queueCount", "aliasIpRanges"};

	set_addresses(interface, from);
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		machine_take(interface, from, alike[i]);
}

static void add_further(cJSON *interfaces, const struct lb *lb, const struct lb_pool *pool, const cJSON *from)
{
	cJSON *interface = json_add_object(interfaces);
	const char *network = json_text(from, "network"), *attachment = json_text(from, "networkAttachment");

	if (attachment)
		json_set_text(interface, "networkAttachment", link_path(attachment, lb->spec.project));
	else if (network || !json_text(from, "subnetwork"))
		json_set_text(interface, "network", full_network(lb, network));
	json_set_text(interface, "subnetwork", full_subnetwork(lb, pool, network, json_text(from, "subnetwork")));
	set_members(interface, from);
}

void machine_set_interfaces(cJSON *properties, const struct lb *lb, const struct lb_pool *pool, const cJSON *tree)
{
	cJSON *interfaces = json_set_array(properties, "networkInterfaces");
	cJSON *first = json_add_object(interfaces);
	const cJSON *further;

	if (!names_only_subnetwork(lb, pool))
		json_set_text(first, "network", network_path(lb, pool));
	json_set_text(first, "subnetwork", subnetwork_path(lb, pool));
	set_members(first, tree);
	cJSON_ArrayForEach(further, json_member(tree, "additionalNetworkInterfaces"))
		add_further(interfaces, lb, pool, further);
}
