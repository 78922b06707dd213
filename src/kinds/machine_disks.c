/* The disks of a machine: the boot disk first, then further ones in their order, then local SSDs. */
#include "kinds/internal.h"
#include "kinds/machine.h"

/* Members that a disk is made with; those that say how it is attached stand beside them. */
static void set_made(cJSON *disk, const cJSON *from, const struct lb_pool *pool, const char *project)
{
	static const char *const alike[] = {"diskType", "labels", "resourcePolicies", "architecture",
		"resourceManagerTags", "enableConfidentialCompute", "sourceImageEncryptionKey",
		"sourceSnapshotEncryptionKey"};
	static const char *const numbers[] = {"diskSizeGb", "provisionedIops", "provisionedThroughput"};
	cJSON *made = json_member(disk, "initializeParams");

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		machine_take(made, from, alike[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		machine_take_int64(made, from, numbers[i]);
	if (json_text(from, "storagePool"))
		json_setf(made, "storagePool", "projects/%s/zones/%s/storagePools/%s", project, pool->zone,
			json_text(from, "storagePool"));
}

static void set_attached(cJSON *disk, const cJSON *from)
{
	static const char *const alike[] = {"deviceName", "interface", "diskEncryptionKey"};
	const cJSON *feature;
	cJSON *features;

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		machine_take(disk, from, alike[i]);
	if (!cJSON_GetArraySize(json_member(from, "guestOsFeatures")))
		return;
	features = json_set_array(disk, "guestOsFeatures");
	cJSON_ArrayForEach(feature, json_member(from, "guestOsFeatures"))
		json_set_text(json_add_object(features), "type", feature->valuestring);
}

static cJSON *add_disk(cJSON *disks, bool delete, const char *mode)
{
	cJSON *disk = json_add_object(disks);

	json_set_bool(disk, "autoDelete", delete);
	json_set_text(disk, "type", "PERSISTENT");
	json_set_text(disk, "mode", mode);
	return disk;
}

static void add_further(cJSON *disks, const struct lb *lb, const struct lb_pool *pool, const cJSON *from)
{
	const char *source = json_text(from, "source"), *image = json_text(from, "sourceImage");
	const char *snapshot = json_text(from, "sourceSnapshot");
	cJSON *disk = add_disk(disks, json_bool(from, "autoDelete", !source), json_text_or(from, "mode", "READ_WRITE"));

	if (source) {
		json_set_text(disk, "source", source);
	} else {
		json_set_object(disk, "initializeParams");
		if (image)
			json_set_text(json_member(disk, "initializeParams"), "sourceImage",
				link_path(image, lb->spec.project));
		if (snapshot)
			json_set_text(json_member(disk, "initializeParams"), "sourceSnapshot",
				link_path(snapshot, lb->spec.project));
		set_made(disk, from, pool, lb->spec.project);
	}
	set_attached(disk, from);
}

static void add_scratch(cJSON *disks, const struct lb_local_ssd *ssd)
{
	for (int64_t i = 0; ssd->count != LB_ABSENT && i < ssd->count; i++) {
		cJSON *disk = json_add_object(disks);

		json_set_bool(disk, "autoDelete", true);
		json_set_text(disk, "type", "SCRATCH");
		json_set_text(disk, "mode", "READ_WRITE");
		json_set_text(disk, "interface", ssd->interface);
		json_set_text(json_set_object(disk, "initializeParams"), "diskType", "local-ssd");
	}
}

void machine_set_disks(cJSON *properties, const struct lb *lb, const struct lb_pool *pool, const cJSON *tree)
{
	const struct lb_template *template = lb_pool_template(&lb->spec, pool);
	cJSON *disks = json_set_array(properties, "disks"), *boot;
	const cJSON *further;

	boot = json_add_object(disks);
	json_set_bool(boot, "boot", true);
	json_set_bool(boot, "autoDelete", template->disk.auto_delete);
	json_set_text(boot, "type", "PERSISTENT");
	json_set_text(boot, "mode", "READ_WRITE");
	json_set_text(json_set_object(boot, "initializeParams"), "sourceImage", image_path(lb, pool));
	set_made(boot, json_member(tree, "disk"), pool, lb->spec.project);
	set_attached(boot, json_member(tree, "disk"));
	cJSON_ArrayForEach(further, json_member(tree, "additionalDisks")) add_further(disks, lb, pool, further);
	add_scratch(disks, &template->local_ssd);
}
