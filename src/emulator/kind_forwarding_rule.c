/* Global forwarding rules: an address and a port, and the proxy behind them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "emulator/address_pool.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/migration.h"
#include "emulator/resource.h"

/* "80" or "80-80"; proxies take one port. 0: not such a text. */
static int port_of(const char *range)
{
	char *end;
	long first = strtol(range, &end, 10), last = first;

	if (end == range)
		return 0;
	if (*end == '-')
		last = strtol(end + 1, &end, 10);
	return !*end && first == last && first >= 1 && first <= 65535 ? (int)first : 0;
}

static bool check_port(struct emu_call *call, cJSON *body)
{
	const char *range = json_text(body, "portRange");
	int port = range ? port_of(range) : 0;

	if (!range)
		return emu_refuse_required(&call->refusal, "portRange");
	if (!port)
		return emu_refuse_field(&call->refusal, "portRange", range, "A target proxy takes exactly one port.");
	json_setf(body, "portRange", "%d-%d", port, port);
	return true;
}

static bool is_literal(const char *text)
{
	return strchr(text, ':') ? !strchr(text, '/') : text[strspn(text, "0123456789.")] == '\0';
}

/* A reserved address may be given as literal, link or bare name; it becomes the literal. */
static bool resolve_address(struct emu_call *call, cJSON *body)
{
	const char *text = json_text(body, "IPAddress"), *path;
	struct emu_resource *address;

	if (!text)
		return true;
	if (is_literal(text))
		return emu_address_holding(call->emulator, call->route.project, text) ||
		       emu_refuse_field(&call->refusal, "IPAddress", text, "Invalid IP address specified.");
	path = strchr(text, '/') ? emu_link_path(text, call->route.project) : emu_call_path(call, "addresses", text);
	if (!path)
		return emu_refuse_field(&call->refusal, "IPAddress", text, "The URL is malformed.");
	address = emu_store_find(&call->emulator->store, path);
	if (!address)
		return emu_refuse_not_found(&call->refusal, path);
	if (!address->visible || address->leaving)
		return emu_refuse_not_ready(&call->refusal, path);
	json_set_text(body, "IPAddress", json_text(emu_resource_body(address), "address"));
	return true;
}

/* The same address, protocol and port can be had once. */
static bool check_conflict(struct emu_call *call, const cJSON *body)
{
	const struct emu_shelf *shelf =
		emu_store_shelf(&call->emulator->store, emu_call_path(call, "forwardingRules", NULL));
	const char *literal = json_text(body, "IPAddress");

	for (size_t i = 0; literal && shelf && i < shelf->count; i++) {
		const cJSON *other = emu_resource_body(shelf->own_items[i]);

		if (text_equal(json_text(other, "IPAddress"), literal) &&
			text_equal(json_text(other, "portRange"), json_text(body, "portRange")) &&
			text_equal(json_text(other, "IPProtocol"), json_text_or(body, "IPProtocol", "TCP")))
			return emu_refuse_field(&call->refusal, "IPAddress", literal,
				"Specified IP address is in-use and would result in a conflict.");
	}
	return true;
}

static bool check_new(struct emu_call *call, cJSON *body)
{
	const char *version = json_text(body, "ipVersion");

	if (version && json_has(body, "IPAddress"))
		return emu_refuse_field(
			&call->refusal, "ipVersion", version, "Both IP Version and IP Address cannot be specified.");
	return check_port(call, body) && resolve_address(call, body) && check_conflict(call, body);
}

/* The target changes by setTarget, not by PATCH. */
static bool check_target(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	const char *target = json_text(body, "target");
	const char *path = target ? emu_link_path(target, call->route.project) : NULL;

	if (!before || call->route.verb ||
		text_equal(path, emu_link_path(json_text(before, "target"), call->route.project)))
		return true;
	return emu_refuse_field(
		&call->refusal, "target", target, "The field cannot be changed by PATCH; use setTarget.");
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	if (!emu_check_present(call, body, "target") || (!before && !check_new(call, body)))
		return false;
	return check_target(call, body, before) && emu_migration_check_rule(call, body, before);
}

static void complete(struct emu_call *call, cJSON *body)
{
	emu_default_text(body, "IPProtocol", "TCP");
	emu_default_text(body, "loadBalancingScheme", "EXTERNAL");
	emu_default_text(body, "networkTier", "PREMIUM");
	if (!json_has(body, "IPAddress"))
		json_set_text(body, "IPAddress",
			emu_address_allocate(call->emulator, text_equal(json_text(body, "ipVersion"), "IPV6")));
}

/* A reserved address is in use by the rule; an ephemeral one only marks its literal as taken. */
static void links(struct emulator *emulator, const char *project, const cJSON *body, cJSON *paths)
{
	const char *literal = json_text_or(body, "IPAddress", "");
	const struct emu_resource *address = emu_address_holding(emulator, project, literal);

	json_add_text(paths, address ? address->own_path : arena_printf(json_arena(), "address %s", literal));
}

static bool set_target(struct emu_call *call, struct emu_resource *resource)
{
	static const struct emu_verb_rule rule = {"SetTarget", 5000, 20000};
	cJSON *request = emu_call_body(call, "TargetReference");
	cJSON *body = emu_resource_body(resource);
	const char *target = json_text(request, "target");
	const char *path = target ? emu_link_path(target, call->route.project) : NULL;

	if (!request)
		return false;
	if (path && strcmp(emu_link_collection(path), emu_link_collection(json_text(body, "target"))) != 0)
		return emu_refuse_field(
			&call->refusal, "target", target, "The new target must be of the same type as the old one.");
	json_remove(body, "target");
	json_set_text(body, "target", target);
	return emu_change_body(call, resource, body, &rule);
}

static const struct emu_reference references[] = {
	{.field = "target",
		.collections = "targetHttpProxies|targetHttpsProxies|targetTcpProxies|targetSslProxies",
		.uses = true},
	{.field = NULL},
};

static const char *const immutable[] = {"IPAddress", "IPProtocol", "portRange", "ipVersion", "description", NULL};

static const struct emu_verb verbs[] = {
	{.name = "setTarget", .method = "POST", .fn = set_target},
	{.name = "setLabels", .method = "POST", .fn = emu_set_labels},
	{.name = NULL},
};

const struct emu_kind emu_forwarding_rule_kind = {
	.collection = "forwardingRules",
	.message = "ForwardingRule",
	.noun = "forwarding_rule",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 10000, 40000},
	.patch = {"patch", 10000, 40000},
	.remove = {"delete", 10000, 60000},
	.fingerprint = FINGERPRINT_CHECKED,
	.labels = true,
	.quota = "FORWARDING_RULES",
	.references = references,
	.immutable = immutable,
	.verbs = verbs,
	.check = check,
	.complete = complete,
	.applied = emu_migration_applied,
	.links = links,
};
