/* One machine of a group as compute#instance: its template's properties, completed as the cloud completes them. */
#include <assert.h>
#include <string.h>

#include "emulator/fingerprint.h"
#include "emulator/group_json_internal.h"

/* It changes with the content. */
static void set_fingerprint(cJSON *object, const char *name, const cJSON *content)
{
	json_set_text(object, name, emu_fingerprint_of(content));
}

static void copy_member(cJSON *to, const cJSON *from, const char *name)
{
	const cJSON *member = json_member(from, name);

	if (member)
		json_set(to, name, json_copy(member));
}

/* A bare name becomes the link of that zone's resource. */
static const char *zonal_link(
	const struct group_place *place, const char *zone, const char *collection, const char *name)
{
	if (!name || strchr(name, '/'))
		return group_link(place, name);
	return arena_printf(
		json_arena(), "%s/projects/%s/zones/%s/%s/%s", place->base, place->project, zone, collection, name);
}

/* Region of "us-central1-a": what stands before the last dash. */
static const char *region_of(const char *zone)
{
	const char *dash = strrchr(zone, '-');

	return dash ? arena_strndup(json_arena(), zone, (size_t)(dash - zone)) : zone;
}

static void write_access(const struct group_instance *instance, cJSON *interface, const cJSON *configs)
{
	const cJSON *config = NULL;
	cJSON *written = json_set_array(interface, "accessConfigs");

	cJSON_ArrayForEach(config, configs)
	{
		cJSON *item = json_add(written, json_copy(config));
		json_set_text(item, "kind", "compute#accessConfig");
		json_set_text(item, "type", json_text_or(config, "type", "ONE_TO_ONE_NAT"));
		json_set_text(item, "name", json_text_or(config, "name", "External NAT"));
		json_set_text(item, "networkTier", json_text_or(config, "networkTier", "PREMIUM"));
		if (instance->nat_ip[0])
			json_set_text(item, "natIP", instance->nat_ip);
	}
}

static const char *subnetwork_of(
	const struct group_place *place, const struct group_instance *instance, const cJSON *source)
{
	const char *given = json_text(source, "subnetwork"), *network = json_text_or(source, "network", "default");

	if (given)
		return group_link(place, given);
	const char *slash =
		strrchr(network, '/'); /* an automatic network has a subnetwork of its name in each region */
	return arena_printf(json_arena(), "%s/projects/%s/regions/%s/subnetworks/%s", place->base, place->project,
		region_of(instance->zone), slash ? slash + 1 : network);
}

static void write_interface(const struct group_place *place, const struct group_instance *instance, const cJSON *source,
	int index, cJSON *items)
{
	cJSON *interface = json_add(items, json_copy(source));

	json_set_text(interface, "kind", "compute#networkInterface");
	json_setf(interface, "name", "nic%d", index);
	json_set_text(interface, "network", group_link(place, json_text(source, "network")));
	json_set_text(interface, "subnetwork", subnetwork_of(place, instance, source));
	json_set_text(interface, "stackType", json_text_or(source, "stackType", "IPV4_ONLY"));
	if (index == 0)
		json_set_text(interface, "networkIP", instance->ip);
	if (json_has(source, "accessConfigs"))
		write_access(instance, interface, json_member(source, "accessConfigs"));
	set_fingerprint(interface, "fingerprint", interface);
}

static void write_interfaces(
	const struct group_place *place, const struct group_instance *instance, cJSON *body, const cJSON *properties)
{
	const cJSON *source = NULL;
	cJSON *items = json_set_array(body, "networkInterfaces");
	int index = 0;

	cJSON_ArrayForEach(source, json_member(properties, "networkInterfaces"))
		write_interface(place, instance, source, index++, items);
}

/* The boot disk bears the machine's name, the others a number behind it. */
static void write_disk(const struct group_place *place, const struct group_instance *instance, const cJSON *source,
	int index, cJSON *items)
{
	cJSON *disk = json_add_object(items);
	const char *name = index == 0 ? instance->name : arena_printf(json_arena(), "%s-%d", instance->name, index);
	const cJSON *size = json_at(source, "initializeParams.diskSizeGb");

	json_set_text(disk, "kind", "compute#attachedDisk");
	json_set_text(disk, "type", json_text_or(source, "type", "PERSISTENT"));
	json_set_text(disk, "mode", json_text_or(source, "mode", "READ_WRITE"));
	json_set_text(disk, "source", zonal_link(place, instance->zone, "disks", json_text_or(source, "source", name)));
	json_set_text(disk, "deviceName",
		json_text_or(source, "deviceName", arena_printf(json_arena(), "persistent-disk-%d", index)));
	json_set_int(disk, "index", index);
	json_set_bool(disk, "boot", json_bool(source, "boot", index == 0));
	json_set_bool(disk, "autoDelete", json_bool(source, "autoDelete", false));
	json_set_text(disk, "interface", json_text_or(source, "interface", "SCSI"));
	if (size)
		json_setf(disk, "diskSizeGb", "%lld", (long long)json_int(source, "initializeParams.diskSizeGb", 0));
}

static void write_disks(
	const struct group_place *place, const struct group_instance *instance, cJSON *body, const cJSON *properties)
{
	const cJSON *source = NULL;
	cJSON *items = json_set_array(body, "disks");
	int index = 0;

	cJSON_ArrayForEach(source, json_member(properties, "disks"))
		write_disk(place, instance, source, index++, items);
}

static void add_metadata(cJSON *items, const char *key, const char *value)
{
	cJSON *item = json_add_object(items);

	json_set_text(item, "key", key);
	json_set_text(item, "value", value);
}

static cJSON *find_metadata(cJSON *items, const char *key)
{
	cJSON *item;

	cJSON_ArrayForEach(item, items)
	{
		if (text_equal(json_text(item, "key"), key))
			return item;
	}
	return NULL;
}

/* What the group says of all its machines stands over the template's, key by key. */
static cJSON *configured(const struct group_instance *instance, const cJSON *properties)
{
	const cJSON *config = instance->own_machine_config ? json_parse_text(instance->own_machine_config) : NULL,
		    *pair;
	cJSON *all = properties ? json_copy(properties) : cJSON_CreateObject(), *metadata, *items;

	if (!config)
		return all;
	if (json_has(config, "labels")) {
		if (!json_has(all, "labels"))
			json_set_object(all, "labels");
		json_merge(json_member(all, "labels"), json_copy(json_member(config, "labels")));
	}
	metadata = json_has(all, "metadata") ? json_member(all, "metadata") : json_set_object(all, "metadata");
	items = json_has(metadata, "items") ? json_member(metadata, "items") : json_set_array(metadata, "items");
	cJSON_ArrayForEach(pair, json_member(config, "metadata"))
	{
		cJSON *item = find_metadata(items, pair->string);
		if (item)
			json_set_text(item, "value", pair->valuestring);
		else
			add_metadata(items, pair->string, pair->valuestring);
	}
	return all;
}

/* Machines of a group carry, beside the template's items, which template and which manager they come from. */
static void write_metadata(
	const struct group_place *place, const struct group_instance *instance, cJSON *body, const cJSON *properties)
{
	const char *scope = place->region ? "regions" : "zones",
		   *where = place->region ? place->region : instance->zone;
	const char *name = strrchr(instance->own_machine_template, '/');
	cJSON *metadata = json_set_object(body, "metadata"), *items = json_set_array(metadata, "items");
	const cJSON *item = NULL;

	json_set_text(metadata, "kind", "compute#metadata");
	cJSON_ArrayForEach(item, json_at(properties, "metadata.items")) json_add(items, json_copy(item));
	add_metadata(items, "instance-template",
		arena_printf(json_arena(), "projects/%s/global/instanceTemplates/%s", place->project_number,
			name ? name + 1 : instance->own_machine_template));
	add_metadata(items, "created-by",
		arena_printf(json_arena(), "projects/%s/%s/%s/instanceGroupManagers/%s", place->project_number, scope,
			where, place->name));
	set_fingerprint(metadata, "fingerprint", items);
}

static void write_tags(cJSON *body, const cJSON *properties)
{
	cJSON *tags = json_set_object(body, "tags");

	copy_member(tags, json_member(properties, "tags"), "items");
	set_fingerprint(tags, "fingerprint", json_member(tags, "items"));
}

static void write_accelerators(
	const struct group_place *place, const struct group_instance *instance, cJSON *body, const cJSON *properties)
{
	const cJSON *source = NULL;

	if (!json_has(properties, "guestAccelerators"))
		return;
	cJSON *items = json_set_array(body, "guestAccelerators");
	cJSON_ArrayForEach(source, json_member(properties, "guestAccelerators"))
	{
		cJSON *item = json_add(items, json_copy(source));
		json_set_text(item, "acceleratorType",
			zonal_link(place, instance->zone, "acceleratorTypes", json_text(source, "acceleratorType")));
	}
}

/* What the template says and the cloud repeats as it is. */
static void write_copies(cJSON *body, const cJSON *properties)
{
	static const char *const names[] = {"description", "labels", "scheduling", "serviceAccounts", "minCpuPlatform",
		"shieldedInstanceConfig", "confidentialInstanceConfig", "advancedMachineFeatures",
		"reservationAffinity", "networkPerformanceConfig", "keyRevocationActionType"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		copy_member(body, properties, names[i]);
	json_set_bool(body, "canIpForward", json_bool(properties, "canIpForward", false));
	set_fingerprint(body, "labelFingerprint", json_member(properties, "labels"));
}

static void write_identity(const struct group_place *place, const struct group_instance *instance, cJSON *body)
{
	json_set_text(body, "kind", "compute#instance");
	json_setf(body, "id", "%llu", (unsigned long long)instance->id);
	group_set_time(place, body, "creationTimestamp", instance->created_at);
	json_set_text(body, "name", instance->name);
	json_set_text(body, "status", group_status_name(instance->status));
	json_setf(body, "zone", "%s/projects/%s/zones/%s", place->base, place->project, instance->zone);
	json_set_text(body, "selfLink", group_instance_link(place, instance->zone, instance->name));
	json_set_bool(body, "startRestricted", false);
	json_set_bool(body, "deletionProtection", false);
	group_set_time(place, body, "lastStartTimestamp",
		instance->running_at > instance->created_at ? instance->running_at : instance->created_at);
}

cJSON *group_instance_json(
	const struct group_place *place, const struct group_instance *instance, const cJSON *of_template)
{
	cJSON *body = cJSON_CreateObject(), *properties = configured(instance, of_template);

	assert(instance->id);
	write_identity(place, instance, body);
	json_set_text(body, "machineType",
		zonal_link(place, instance->zone, "machineTypes",
			instance->own_machine_type ? instance->own_machine_type
						   : json_text(properties, "machineType")));
	write_copies(body, properties);
	write_tags(body, properties);
	write_metadata(place, instance, body, properties);
	write_interfaces(place, instance, body, properties);
	write_disks(place, instance, body, properties);
	write_accelerators(place, instance, body, properties);
	set_fingerprint(body, "fingerprint", body);
	return body;
}
