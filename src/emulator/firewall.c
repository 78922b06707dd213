/* The rule with the lowest priority number that matches decides, denial before permission. Only the probers' addresses are
 * asked about, on TCP. Rules are kept in a form that needs no parsing: every change of one makes all groups ask again. */
#include "emulator/firewall.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/core.h"
#include "emulator/template.h"

enum { PROBERS = 2, PRIORITY_NONE = 65536 };

/* One address in each of 130.211.0.0/22 and 35.191.0.0/16. */
static const uint32_t probers[PROBERS] = {0x82d30001, 0x23bf0001};

struct ports {
	long first, last;
};

struct rule {
	char *own_network;
	int priority;
	bool deny, ingress, disabled;
	bool from[PROBERS];      /* its sources include that prober */
	struct vec tags;         /* own texts: of target machines; empty: all */
	struct vec accounts;     /* the same by service account */
	struct ports *own_ports; /* TCP ports */
	size_t port_count;
};

static void rule_free(struct rule *rule)
{
	if (!rule)
		return;
	mem_free(rule->own_network);
	mem_free(rule->own_ports);
	vec_done(&rule->tags, mem_free);
	vec_done(&rule->accounts, mem_free);
	mem_free(rule);
}

void emu_firewall_forget(struct emu_resource *resource)
{
	rule_free(resource->own_extra);
}

void emu_firewall_close(struct emu_resource *resource)
{
	rule_free(resource->own_extra);
	resource->own_extra = NULL;
}

/* "a.b.c.d" or "a.b.c.d/n". */
static bool range_includes(const char *text, uint32_t address)
{
	char host[64];
	struct in_addr base;
	size_t length = strcspn(text, "/");
	int bits = text[length] ? atoi(text + length + 1) : 32;
	uint32_t mask = bits > 0 && bits <= 32 ? ~0U << (32 - bits) : 0;

	snprintf(host, sizeof(host), "%.*s", (int)length, text);
	return inet_pton(AF_INET, host, &base) == 1 && (ntohl(base.s_addr) & mask) == (address & mask);
}

static void read_texts(struct vec *texts, const cJSON *array)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array) vec_add(texts, mem_strdup(item->valuestring));
}

static void read_sources(struct rule *rule, const cJSON *ranges)
{
	const cJSON *range;

	cJSON_ArrayForEach(range, ranges)
	{
		for (size_t i = 0; i < PROBERS; i++)
			rule->from[i] = rule->from[i] || range_includes(range->valuestring, probers[i]);
	}
}

static void add_ports(struct rule *rule, long first, long last)
{
	rule->own_ports = mem_resize(rule->own_ports, (rule->port_count + 1) * sizeof(*rule->own_ports));
	rule->own_ports[rule->port_count++] = (struct ports){first, last};
}

static void read_entry(struct rule *rule, const cJSON *entry)
{
	const char *protocol = json_text_or(entry, "IPProtocol", "");
	const cJSON *ports = json_member(entry, "ports"), *range;

	if (strcmp(protocol, "tcp") != 0 && strcmp(protocol, "6") != 0 && strcmp(protocol, "all") != 0)
		return;
	if (!ports)
		add_ports(rule, 0, 65535);
	cJSON_ArrayForEach(range, ports)
	{
		char *end;
		long first = strtol(range->valuestring, &end, 10);

		add_ports(rule, first, *end == '-' ? strtol(end + 1, NULL, 10) : first);
	}
}

void emu_firewall_read(struct emu_resource *resource)
{
	const cJSON *body = emu_resource_body(resource), *entry;
	struct rule *rule = mem_alloc(sizeof(*rule));

	rule->own_network = mem_strdup(json_text_or(body, "network", ""));
	rule->priority = (int)json_int(body, "priority", 1000);
	rule->deny = json_has(body, "denied");
	rule->ingress = text_equal(json_text(body, "direction"), "INGRESS");
	rule->disabled = json_bool(body, "disabled", false);
	read_sources(rule, json_member(body, "sourceRanges"));
	read_texts(&rule->tags, json_member(body, "targetTags"));
	read_texts(&rule->accounts, json_member(body, "targetServiceAccounts"));
	cJSON_ArrayForEach(entry, json_member(body, rule->deny ? "denied" : "allowed")) read_entry(rule, entry);
	rule_free(resource->own_extra);
	resource->own_extra = rule;
}

static bool has_text(const struct vec *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (!strcmp(texts->own_items[i], text))
			return true;
	return false;
}

static bool aims_at(const struct rule *rule, const struct emu_template *machine)
{
	if (rule->accounts.count)
		return machine->own_account && has_text(&rule->accounts, machine->own_account);
	for (size_t i = 0; i < machine->tags.count; i++)
		if (has_text(&rule->tags, machine->tags.own_items[i]))
			return true;
	return !rule->tags.count;
}

static bool has_port(const struct rule *rule, int port)
{
	for (size_t i = 0; i < rule->port_count; i++)
		if (port >= rule->own_ports[i].first && port <= rule->own_ports[i].last)
			return true;
	return false;
}

/* What the rules looked at so far say about one prober. */
struct verdict {
	int priority;
	bool open;
	int64_t since;
};

static void weigh(const struct rule *rule, int64_t changed, struct verdict *verdict)
{
	/* Of several that allow alike, the oldest opened the way. */
	bool same = rule->priority == verdict->priority;

	if (rule->priority > verdict->priority ||
		(same && !rule->deny && (!verdict->open || changed >= verdict->since)))
		return;
	*verdict = (struct verdict){.priority = rule->priority, .open = !rule->deny, .since = changed};
}

bool emu_firewall_admits(const struct emulator *emulator, const char *project, const struct emu_template *machine,
	int port, int64_t *since)
{
	const char *path = arena_printf(json_arena(), "projects/%s/global/firewalls", project);
	const struct emu_shelf *shelf = emu_store_shelf(&emulator->store, path);
	struct verdict verdicts[PROBERS] = {{.priority = PRIORITY_NONE}, {.priority = PRIORITY_NONE}};

	for (size_t i = 0; machine && shelf && i < shelf->count; i++) {
		const struct rule *rule = shelf->own_items[i]->own_extra;

		if (!rule || !rule->ingress || rule->disabled || !has_port(rule, port) || !aims_at(rule, machine) ||
			!text_equal(rule->own_network, machine->own_network))
			continue;
		for (size_t j = 0; j < PROBERS; j++)
			if (rule->from[j])
				weigh(rule, shelf->own_items[i]->changed, &verdicts[j]);
	}
	*since = verdicts[0].since > verdicts[1].since ? verdicts[0].since : verdicts[1].since;
	return verdicts[0].open && verdicts[1].open;
}
