/* firewalls: rules of a network; no fingerprint. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/firewall.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"

static bool is_port_range(const char *text)
{
	char *end;
	long first = strtol(text, &end, 10), last = first;

	if (end == text)
		return false;
	if (*end == '-')
		last = strtol(end + 1, &end, 10);
	return !*end && first >= 0 && first <= last && last <= 65535;
}

static bool is_protocol(const char *text)
{
	static const char *const names[] = {"all", "tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], text))
			return true;
	return *text && strlen(text) <= 3 && text[strspn(text, "0123456789")] == '\0' && atoi(text) <= 255;
}

static bool check_entry(struct emu_call *call, const cJSON *entry, const char *at)
{
	const char *protocol = json_text(entry, "IPProtocol");
	const cJSON *port;

	if (!protocol)
		return emu_refuse_required(&call->refusal, arena_printf(json_arena(), "%s.IPProtocol", at));
	if (!is_protocol(protocol))
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.IPProtocol", at), protocol,
			"Must be a well-known protocol in lower case, or a number.");
	cJSON_ArrayForEach(
		port, json_member(entry,
			      "ports")) if (!is_port_range(port->valuestring)) return emu_refuse_field(&call->refusal,
		arena_printf(json_arena(), "%s.ports", at), port->valuestring, "Must be a port or a range of ports.");
	return true;
}

static bool check_entries(struct emu_call *call, const cJSON *body, const char *member)
{
	const cJSON *entry;
	int index = 0;

	cJSON_ArrayForEach(entry, json_member(body, member)) if (!check_entry(call, entry,
									 arena_printf(json_arena(), "%s[%d]", member,
										 index++))) return false;
	return true;
}

/* An IPv4 or IPv6 address, alone or with the length of its network. */
static bool is_range(const char *text)
{
	unsigned char address[16];
	size_t length = strcspn(text, "/");
	const char *bits = text[length] ? text + length + 1 : "0";
	const char *host = arena_strndup(json_arena(), text, length);
	int most = inet_pton(AF_INET, host, address) == 1 ? 32 : inet_pton(AF_INET6, host, address) == 1 ? 128 : -1;
	size_t digits = strspn(bits, "0123456789");

	return digits > 0 && digits <= 3 && !bits[digits] && atoi(bits) <= most;
}

static bool check_ranges(struct emu_call *call, const cJSON *body, const char *member)
{
	const cJSON *range;
	int index = 0;

	cJSON_ArrayForEach(range, json_member(body, member))
	{
		if (!is_range(range->valuestring))
			return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s[%d]", member, index),
				range->valuestring, "Must be a valid CIDR address range.");
		index++;
	}
	return true;
}

static bool check_tags(struct emu_call *call, const cJSON *body, const char *member)
{
	const cJSON *tag;

	cJSON_ArrayForEach(tag, json_member(body, member))
	{
		if (!text_is_label(tag->valuestring, 63))
			return emu_refuse_field(
				&call->refusal, member, tag->valuestring, "Must be a valid network tag.");
	}
	return true;
}

static bool check_action(struct emu_call *call, const cJSON *body)
{
	if (json_has(body, "allowed") && json_has(body, "denied"))
		return emu_refuse_field(&call->refusal, "denied", json_print(json_member(body, "denied")),
			"A rule cannot have both allowed and denied.");
	if (!json_has(body, "allowed") && !json_has(body, "denied"))
		return emu_refuse_required(&call->refusal, "allowed");
	return true;
}

static bool check_targets(struct emu_call *call, const cJSON *body)
{
	bool tags = json_has(body, "sourceTags") || json_has(body, "targetTags");
	bool accounts = json_has(body, "sourceServiceAccounts") || json_has(body, "targetServiceAccounts");

	return !tags || !accounts ||
	       emu_refuse_field(&call->refusal, "targetTags", json_print(json_member(body, "targetTags")),
		       "Tags and service accounts exclude each other.");
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	return check_action(call, body) && check_entries(call, body, "allowed") &&
	       check_entries(call, body, "denied") && emu_check_range(call, body, "priority", 0, 65535) &&
	       check_targets(call, body) && check_tags(call, body, "sourceTags") &&
	       check_tags(call, body, "targetTags") && check_ranges(call, body, "sourceRanges") &&
	       check_ranges(call, body, "destinationRanges");
}

static void complete(struct emu_call *call, cJSON *body)
{
	bool egress = text_equal(json_text(body, "direction"), "EGRESS");
	bool has_source = json_has(body, "sourceRanges") || json_has(body, "sourceTags") ||
	                  json_has(body, "sourceServiceAccounts");
	cJSON *log;

	emu_default_text(body, "network", emu_link_url(emu_call_path(call, "networks", "default")));
	emu_default_text(body, "direction", "INGRESS");
	emu_default_int(body, "priority", 1000);
	emu_default_bool(body, "disabled", false);
	emu_default_text(body, "description", "");
	log = emu_default_object(body, "logConfig");
	emu_default_bool(log, "enable", false);
	if (json_bool(log, "enable", false))
		emu_default_text(log, "metadata", "INCLUDE_ALL_METADATA");
	if (!egress && !has_source)
		json_add_text(json_set_array(body, "sourceRanges"), "0.0.0.0/0");
}

static void applied(struct emulator *emulator, struct emu_resource *resource, enum emu_effect effect)
{
	if (effect == EFFECT_DELETE)
		emu_firewall_close(resource);
	else
		emu_firewall_read(resource);
	emu_groups_touch(emulator, emu_link_project(resource->own_path), NULL);
}

static const struct emu_reference references[] = {
	{.field = "network", .collections = "networks", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = NULL},
};

static const char *const immutable[] = {"direction", NULL};

const struct emu_kind emu_firewall_kind = {
	.collection = "firewalls",
	.message = "Firewall",
	.noun = "firewall",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 5000, 15000},
	.patch = {"patch", 5000, 15000},
	.put = {"update", 5000, 15000},
	.remove = {"delete", 5000, 15000},
	.quota = "FIREWALLS",
	.references = references,
	.immutable = immutable,
	.check = check,
	.complete = complete,
	.applied = applied,
	.forget = emu_firewall_forget,
};
