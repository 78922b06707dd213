/* What the firewalls of a network let through: the rule with the lowest priority number that matches decides, denial before
 * permission. Only the probers' ranges are asked about. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/health.h"
#include "emulator/link.h"

struct packet {
	uint32_t source;
	int port;
	const cJSON *tags; /* of the machine */
	const char *account;
};

/* "a.b.c.d" or "a.b.c.d/n"; false: another family. */
static bool parse_range(const char *text, uint32_t *base, uint32_t *mask)
{
	char host[64];
	struct in_addr address;
	const char *slash = strchr(text, '/');
	int bits = slash ? atoi(slash + 1) : 32;

	snprintf(host, sizeof(host), "%.*s", (int)(slash ? slash - text : (long)strlen(text)), text);
	if (inet_pton(AF_INET, host, &address) != 1)
		return false;
	*mask = bits ? ~0U << (32 - bits) : 0;
	*base = ntohl(address.s_addr) & *mask;
	return true;
}

static bool source_matches(const cJSON *rule, uint32_t source)
{
	const cJSON *range;
	uint32_t base, mask;

	cJSON_ArrayForEach(
		range, json_member(rule, "sourceRanges")) if (parse_range(range->valuestring, &base, &mask) &&
							      (source & mask) == base) return true;
	return false;
}

static bool array_has(const cJSON *array, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array) if (text_equal(item->valuestring, text)) return true;
	return false;
}

static bool target_matches(const cJSON *rule, const struct packet *packet)
{
	const cJSON *tags = json_member(rule, "targetTags"), *accounts = json_member(rule, "targetServiceAccounts"),
		    *tag;

	if (accounts)
		return packet->account && array_has(accounts, packet->account);
	if (!tags)
		return true;
	cJSON_ArrayForEach(tag, packet->tags) if (array_has(tags, tag->valuestring)) return true;
	return false;
}

static bool port_matches(const cJSON *ports, int port)
{
	const cJSON *range;

	if (!ports)
		return true;
	cJSON_ArrayForEach(range, ports)
	{
		char *end;
		long first = strtol(range->valuestring, &end, 10),
		     last = *end == '-' ? strtol(end + 1, NULL, 10) : first;

		if (port >= first && port <= last)
			return true;
	}
	return false;
}

static bool protocol_matches(const cJSON *rule, const char *member, int port)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, json_member(rule, member))
	{
		const char *protocol = json_text_or(entry, "IPProtocol", "");

		if ((!strcmp(protocol, "tcp") || !strcmp(protocol, "6") || !strcmp(protocol, "all")) &&
			port_matches(json_member(entry, "ports"), port))
			return true;
	}
	return false;
}

static bool rule_applies(const cJSON *rule, const char *network, const struct packet *packet)
{
	return text_equal(json_text(rule, "network"), network) && text_equal(json_text(rule, "direction"), "INGRESS") &&
	       !json_bool(rule, "disabled", false) && source_matches(rule, packet->source) &&
	       target_matches(rule, packet);
}

/* Adds what one rule says; deny wins among equals. */
static void weigh(const struct emu_resource *firewall, const char *network, const struct packet *packet,
	int64_t *priority, bool *open, int64_t *since)
{
	const cJSON *rule = emu_resource_body(firewall);
	int64_t mine = json_int(rule, "priority", 1000);
	bool deny = json_has(rule, "denied");

	if (!firewall->visible || !rule_applies(rule, network, packet) ||
		!protocol_matches(rule, deny ? "denied" : "allowed", packet->port))
		return;
	/* Of several that allow alike, the oldest opened the way. */
	if (mine > *priority || (mine == *priority && !deny && (!*open || firewall->changed >= *since)))
		return;
	*priority = mine;
	*open = !deny;
	*since = firewall->changed;
}

static const char *network_of(struct emulator *emulator, const cJSON *properties, const char *project)
{
	const char *network = json_text(properties, "networkInterfaces[0].network");
	const char *subnetwork = json_text(properties, "networkInterfaces[0].subnetwork");
	const char *path = subnetwork ? emu_link_path(subnetwork, project) : NULL;
	const struct emu_resource *found = path ? emu_store_find(&emulator->store, path) : NULL;

	return !network && found ? json_text(emu_resource_body(found), "network") : network;
}

bool emu_firewall_admits(struct emulator *emulator, const struct emu_group *group,
	const struct group_instance *instance, int port, int64_t *since)
{
	static const uint32_t probers[] = {0x82d30001, 0x23bf0001}; /* in 130.211.0.0/22 and 35.191.0.0/16 */
	const char *project = emu_link_project(group->manager->own_path);
	const cJSON *properties = emu_template_properties(emulator, instance->own_machine_template);
	const char *network = network_of(emulator, properties, project);
	const struct emu_shelf *shelf =
		emu_store_shelf(&emulator->store, arena_printf(json_arena(), "projects/%s/global/firewalls", project));

	*since = 0;
	for (size_t i = 0; i < sizeof(probers) / sizeof(probers[0]); i++) {
		struct packet packet = {.source = probers[i],
			.port = port,
			.tags = json_at(properties, "tags.items"),
			.account = json_text(properties, "serviceAccounts[0].email")};
		int64_t priority = 65536, opened = 0;
		bool open = false;

		for (size_t j = 0; shelf && j < shelf->count; j++)
			weigh(shelf->own_items[j], network, &packet, &priority, &open, &opened);
		if (!open)
			return false;
		if (opened > *since)
			*since = opened;
	}
	return true;
}
