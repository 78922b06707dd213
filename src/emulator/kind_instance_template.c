/* instanceTemplates: wholly immutable. References are kept as they were sent, except networks. What depends on a zone
 * (machine type, quota, stock) is found out when a machine is made, not here. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "emulator/catalog.h"
#include "emulator/core.h"
#include "emulator/fingerprint.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"
#include "emulator/template.h"

#define NIC "properties.networkInterfaces[%d]"

static bool check_machine_type(struct emu_call *call, const cJSON *properties)
{
	const char *type = json_text(properties, "machineType");

	if (!type)
		return emu_refuse_required(&call->refusal, "properties.machineType");
	/* The cloud takes a URL and then breaks on it. */
	if (strchr(type, '/'))
		call->failure = (struct emu_failure){.status = 500,
			.code = "INTERNAL_ERROR",
			.message = "Internal error. Please try again or contact Google Support."};
	return true;
}

static bool check_accelerators(struct emu_call *call, const cJSON *properties)
{
	const cJSON *card;
	int index = 0;

	cJSON_ArrayForEach(card, json_member(properties, "guestAccelerators"))
	{
		const char *type = json_text_or(card, "acceleratorType", "");

		if (strchr(type, '/'))
			return emu_refuse_field(&call->refusal,
				arena_printf(json_arena(), "properties.guestAccelerators[%d].acceleratorType", index),
				type, "Accelerator type must be a valid resource name (not an url).");
		index++;
	}
	if (!index || text_equal(json_text(properties, "scheduling.onHostMaintenance"), "TERMINATE"))
		return true;
	return emu_refuse(
		&call->refusal, 400, "invalid", "Instances with guest accelerators do not support live migration.");
}

static bool check_times(struct emu_call *call, const cJSON *scheduling)
{
	int64_t timeout = json_int(scheduling, "hostErrorTimeoutSeconds", 90);

	if (timeout < 90 || timeout > 330 || timeout % 30 != 0)
		return emu_refuse_field(&call->refusal, "properties.scheduling.hostErrorTimeoutSeconds",
			arena_printf(json_arena(), "%lld", (long long)timeout),
			"Must be between 90 and 330 seconds, in increments of 30 seconds.");
	if (json_has(scheduling, "maxRunDuration") && json_has(scheduling, "terminationTime"))
		return emu_refuse_field(&call->refusal, "properties.scheduling.terminationTime",
			json_text_or(scheduling, "terminationTime", ""),
			"At most one of maxRunDuration and terminationTime can be set.");
	return true;
}

static bool check_reservation(struct emu_call *call, const cJSON *properties)
{
	const cJSON *affinity = json_member(properties, "reservationAffinity");
	bool specific = text_equal(json_text(affinity, "consumeReservationType"), "SPECIFIC_RESERVATION");
	bool named = json_text(affinity, "key") && cJSON_GetArraySize(json_member(affinity, "values"));

	return !affinity || specific == named ||
	       emu_refuse_field(&call->refusal, "properties.reservationAffinity", json_print(affinity),
		       "Key and values go with SPECIFIC_RESERVATION, and only with it.");
}

static bool check_scheduling(struct emu_call *call, const cJSON *properties)
{
	bool preemptible = json_bool(properties, "scheduling.preemptible", false) ||
	                   text_equal(json_text(properties, "scheduling.provisioningModel"), "SPOT");

	if (!preemptible)
		return true;
	if (json_bool(properties, "scheduling.automaticRestart", false))
		return emu_refuse_field(&call->refusal, "properties.scheduling.preemptible", "true",
			"Scheduling must have preemptible be false when AutomaticRestart is true.");
	if (text_equal(json_text(properties, "scheduling.onHostMaintenance"), "MIGRATE"))
		return emu_refuse_field(&call->refusal, "properties.scheduling.preemptible", "true",
			"Scheduling must have preemptible be false when OnHostMaintenance isn't TERMINATE.");
	return true;
}

/* The image is looked up for its size and its state. Whether it exists at all is the references' question. */
static bool check_image(struct emu_call *call, const cJSON *disk, const char *at)
{
	const char *text = json_text(disk, "initializeParams.sourceImage");
	const char *path = text ? emu_link_path(text, call->route.project) : NULL;
	int64_t size = json_int(disk, "initializeParams.diskSizeGb", 0);
	struct emu_image image;
	cJSON *warning;

	if (!path || !emu_image_find(call->emulator, path, &image))
		return true;
	if (size && size < image.disk_gb)
		return emu_refuse_field(&call->refusal,
			arena_printf(json_arena(), "%s.initializeParams.diskSizeGb", at),
			arena_printf(json_arena(), "%d", (int)size),
			"Disk cannot be smaller than the chosen image '%s' (%d.0 GB).", image.name, image.disk_gb);
	if (!image.deprecated)
		return true;
	call->warnings = call->warnings ? call->warnings : cJSON_CreateArray();
	warning = json_add_object(call->warnings);
	json_set_text(warning, "code", "DEPRECATED_RESOURCE_USED");
	json_setf(warning, "message", "The resource 'projects/%s/global/images/%s' is deprecated.", image.project,
		image.name);
	return true;
}

/* Local SSDs are blank, and of one type. */
static bool check_scratch(struct emu_call *call, const cJSON *disk, const char *at)
{
	const char *type = json_text_or(disk, "initializeParams.diskType", "");

	if (!text_equal(json_text(disk, "type"), "SCRATCH"))
		return true;
	if (json_has(disk, "source") || json_has(disk, "initializeParams.sourceImage"))
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.type", at), "SCRATCH",
			"Scratch disks cannot have a source.");
	return text_equal(type, "local-ssd") ||
	       emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.initializeParams.diskType", at), type,
		       "Scratch disks must be of type local-ssd.");
}

static bool check_disks(struct emu_call *call, const cJSON *properties)
{
	const cJSON *disk;
	int index = 0;

	if (!json_has(properties, "disks"))
		return emu_refuse_required(&call->refusal, "properties.disks");
	if (!json_bool(properties, "disks[0].boot", false))
		return emu_refuse_field(&call->refusal, "properties.disks", "",
			"Boot disk must be the first disk attached to the instance.");
	cJSON_ArrayForEach(disk, json_member(properties, "disks"))
	{
		const char *at = arena_printf(json_arena(), "properties.disks[%d]", index++);

		if (json_has(disk, "source") && json_has(disk, "initializeParams"))
			return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.source", at),
				json_text_or(disk, "source", ""), "A disk has either source or initializeParams.");
		if (!check_image(call, disk, at) || !check_scratch(call, disk, at))
			return false;
	}
	return true;
}

static bool check_access(struct emu_call *call, const cJSON *configs, const char *at, const char *type)
{
	const cJSON *access;

	cJSON_ArrayForEach(access, configs)
	{
		if (!text_equal(json_text_or(access, "type", type), type))
			return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s[0].type", at),
				json_text(access, "type"), "Only %s is supported.", type);
	}
	return true;
}

/* Where a range lies is for each machine to find out: a template says its size. */
static bool check_aliases(struct emu_call *call, const cJSON *interface, const char *at)
{
	const cJSON *alias;

	cJSON_ArrayForEach(alias, json_member(interface, "aliasIpRanges"))
	{
		const char *range = json_text_or(alias, "ipCidrRange", "");

		if (range[0] != '/')
			return emu_refuse_field(&call->refusal,
				arena_printf(json_arena(), "%s.aliasIpRanges[0].ipCidrRange", at), range,
				"Alias IP CIDR range must be a netmask when used in an instance template.");
	}
	return true;
}

static bool check_addresses(struct emu_call *call, const cJSON *interface, const char *at)
{
	bool ipv6 = strstr(json_text_or(interface, "stackType", "IPV4_ONLY"), "IPV6") != NULL;

	if (json_has(interface, "ipv6AccessConfigs") && !ipv6)
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.ipv6AccessConfigs", at), "",
			"IPv6 access configs need a stack type with IPv6.");
	return check_access(call, json_member(interface, "accessConfigs"),
		       arena_printf(json_arena(), "%s.accessConfigs", at), "ONE_TO_ONE_NAT") &&
	       check_access(call, json_member(interface, "ipv6AccessConfigs"),
		       arena_printf(json_arena(), "%s.ipv6AccessConfigs", at), "DIRECT_IPV6") &&
	       check_aliases(call, interface, at);
}

static bool check_interface(struct emu_call *call, cJSON *interface, const char *at)
{
	const char *link = json_text(interface, "network");
	const char *path = link ? emu_link_path(link, call->route.project) : NULL;
	const struct emu_resource *network = path ? emu_store_find(&call->emulator->store, path) : NULL;

	if (!check_addresses(call, interface, at))
		return false;
	if (!network || json_has(interface, "subnetwork") ||
		json_bool(emu_resource_body(network), "autoCreateSubnetworks", false))
		return true;
	return emu_refuse_field(&call->refusal, at, link,
		"Network interface must specify a subnet if the network resource is in custom subnet mode.");
}

/* What an interface is in: the subnetwork when it has one, else the network; NULL: it is attached elsewhere. */
static const char *place_of(struct emu_call *call, const cJSON *interface)
{
	const char *link = json_text(interface, "subnetwork");

	link = link ? link : json_text(interface, "network");
	if (json_has(interface, "networkAttachment"))
		return NULL;
	return emu_link_path(link ? link : "global/networks/default", call->route.project);
}

static bool check_places(struct emu_call *call, const cJSON *interfaces, const cJSON *last, const char *at)
{
	const char *place = place_of(call, last);
	const cJSON *other;

	cJSON_ArrayForEach(other, interfaces)
	{
		if (other == last)
			return true;
		if (place && text_equal(place_of(call, other), place))
			return emu_refuse_field(
				&call->refusal, at, place, "Networks must be distinct for NICs attached to a VM.");
	}
	return true;
}

static bool check_interfaces(struct emu_call *call, const cJSON *properties)
{
	const cJSON *interfaces = json_member(properties, "networkInterfaces");
	cJSON *interface;
	int index = 0;

	if (!interfaces)
		return emu_refuse_required(&call->refusal, "properties.networkInterfaces");
	cJSON_ArrayForEach(interface, interfaces)
	{
		const char *at = arena_printf(json_arena(), NIC, index++);

		if (!check_interface(call, interface, at) || !check_places(call, interfaces, interface, at))
			return false;
	}
	return true;
}

static bool check_tags(struct emu_call *call, const cJSON *properties)
{
	const cJSON *tag;

	cJSON_ArrayForEach(
		tag, json_at(properties, "tags.items")) if (!text_is_label(tag->valuestring,
								    63)) return emu_refuse_field(&call->refusal,
		"properties.tags.items", tag->valuestring,
		"Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'");
	return cJSON_GetArraySize(json_member(properties, "serviceAccounts")) <= 1 ||
	       emu_refuse_field(
		       &call->refusal, "properties.serviceAccounts", "", "At most one service account is supported.");
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	cJSON *properties = json_member(body, "properties");

	if (!properties)
		return emu_refuse_required(&call->refusal, "properties");
	return check_machine_type(call, properties) && check_disks(call, properties) &&
	       check_interfaces(call, properties) && check_accelerators(call, properties) &&
	       check_scheduling(call, properties) && check_times(call, json_member(properties, "scheduling")) &&
	       check_reservation(call, properties) && emu_check_labels(call, body, "properties.labels") &&
	       check_tags(call, properties);
}

static void complete_disks(cJSON *properties)
{
	cJSON *disk;
	int index = 0;

	cJSON_ArrayForEach(disk, json_member(properties, "disks"))
	{
		json_set_text(disk, "kind", "compute#attachedDisk");
		emu_default_text(disk, "deviceName", arena_printf(json_arena(), "persistent-disk-%d", index));
		json_set_int(disk, "index", index++);
		emu_default_text(disk, "type", "PERSISTENT");
		emu_default_text(disk, "mode", "READ_WRITE");
	}
}

static void complete_interfaces(struct emu_call *call, cJSON *properties)
{
	cJSON *interface, *access;
	int index = 0;

	cJSON_ArrayForEach(interface, json_member(properties, "networkInterfaces"))
	{
		json_set_text(interface, "kind", "compute#networkInterface");
		json_setf(interface, "name", "nic%d", index++);
		if (!json_has(interface, "subnetwork"))
			emu_default_text(
				interface, "network", emu_link_url(emu_call_path(call, "networks", "default")));
		cJSON_ArrayForEach(access, json_member(interface, "accessConfigs"))
		{
			json_set_text(access, "kind", "compute#accessConfig");
			emu_default_text(access, "type", "ONE_TO_ONE_NAT");
		}
	}
}

static int by_key(const void *a, const void *b)
{
	return strcmp(json_text_or(*(cJSON *const *)a, "key", ""), json_text_or(*(cJSON *const *)b, "key", ""));
}

/* The server prints metadata in the order of its keys. */
static void complete_metadata(cJSON *properties)
{
	cJSON *metadata = emu_default_object(properties, "metadata"), *items = json_member(metadata, "items"), *sorted;
	int count = cJSON_GetArraySize(items);
	cJSON **all = arena_alloc(json_arena(), ((size_t)count + 1) * sizeof(*all));

	for (int i = 0; i < count; i++)
		all[i] = json_copy(cJSON_GetArrayItem(items, i));
	qsort(all, (size_t)count, sizeof(*all), by_key);
	sorted = count ? json_set_array(metadata, "items") : NULL;
	for (int i = 0; i < count; i++)
		json_add(sorted, all[i]);
	json_set_text(metadata, "fingerprint", emu_fingerprint_of(sorted));
	json_set_text(metadata, "kind", "compute#metadata");
}

static void complete_scheduling(cJSON *properties)
{
	cJSON *scheduling = emu_default_object(properties, "scheduling");
	bool spot = json_bool(scheduling, "preemptible", false) ||
	            text_equal(json_text(scheduling, "provisioningModel"), "SPOT");

	emu_default_bool(scheduling, "automaticRestart", !spot);
	emu_default_text(scheduling, "onHostMaintenance", spot ? "TERMINATE" : "MIGRATE");
	emu_default_bool(scheduling, "preemptible", spot);
	emu_default_text(scheduling, "provisioningModel", spot ? "SPOT" : "STANDARD");
}

static void complete(struct emu_call *call, cJSON *body)
{
	cJSON *properties = json_member(body, "properties");

	emu_default_text(body, "description", "");
	complete_disks(properties);
	complete_interfaces(call, properties);
	complete_metadata(properties);
	complete_scheduling(properties);
}

static void applied(struct emulator *emulator, struct emu_resource *resource, enum emu_effect effect)
{
	if (effect == EFFECT_INSERT)
		emu_template_remember(
			emulator, resource->own_path, json_member(emu_resource_body(resource), "properties"));
}

struct search {
	const char *template_path, *manager;
};

static void look_for_use(void *arg, struct emu_group *group)
{
	struct search *search = arg;

	if (group_uses_template(group->own_group, search->template_path))
		search->manager = arena_strdup(json_arena(), group->manager->own_path);
}

/* A group uses it as long as one of its machines was made of it. */
static const char *also_used_by(struct emulator *emulator, const struct emu_resource *resource)
{
	struct search search = {.template_path = resource->own_path};

	emu_groups_each(emulator, emu_link_project(resource->own_path), look_for_use, &search);
	return search.manager;
}

static const struct emu_reference references[] = {
	{.field = "properties.disks[].initializeParams.sourceImage",
		.collections = "images",
		.missing = MISSING_INVALID,
		.verbatim = true},
	{.field = "properties.networkInterfaces[].network", .collections = "networks", .missing = MISSING_INVALID},
	{.field = "properties.networkInterfaces[].subnetwork",
		.collections = "subnetworks",
		.missing = MISSING_INVALID},
	{.field = NULL},
};

const struct emu_kind emu_instance_template_kind = {
	.collection = "instanceTemplates",
	.message = "InstanceTemplate",
	.noun = "instance_template",
	.scopes = EMU_IN_GLOBAL | EMU_IN_REGION,
	.insert = {"compute.instanceTemplates.insert", 2000, 10000},
	.remove = {"compute.instanceTemplates.delete", 2000, 10000},
	.quota = "INSTANCE_TEMPLATES",
	.references = references,
	.check = check,
	.complete = complete,
	.applied = applied,
	.also_used_by = also_used_by,
};
