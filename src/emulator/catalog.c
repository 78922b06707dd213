#include "emulator/catalog.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "emulator/call.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/quota.h"

const struct emu_region emu_regions[] = {
	{"asia-east1", "abc", 140},
	{"asia-southeast1", "abc", 148},
	{"europe-west1", "bcd", 132},
	{"europe-west3", "abc", 156},
	{"europe-west4", "abc", 164},
	{"us-central1", "abcf", 128},
	{"us-east1", "bcd", 142},
	{"us-east4", "abc", 150},
	{"us-west1", "abc", 138},
	{"us-west4", "abc", 182},
	{NULL, NULL, 0},
};

/* When the catalogue's things say they were made: long before the emulated world began. */
static const char long_ago[] = "1969-12-31T16:00:00.000-08:00";

const struct emu_region *emu_region_find(const char *name)
{
	for (const struct emu_region *region = emu_regions; region->name; region++)
		if (!strcmp(region->name, name))
			return region;
	return NULL;
}

char *emu_zone_region(const char *zone)
{
	const char *dash = strrchr(zone, '-');

	return arena_strndup(json_arena(), zone, dash ? (size_t)(dash - zone) : 0);
}

const char *const emu_cpu_platforms[] = {"AMD Milan", "AMD Rome", "Intel Broadwell", "Intel Cascade Lake",
	"Intel Haswell", "Intel Ice Lake", "Intel Sapphire Rapids", "Intel Skylake", NULL};

bool emu_zone_exists(const char *zone)
{
	const struct emu_region *region = emu_region_find(emu_zone_region(zone));
	const char *dash = strrchr(zone, '-');

	return region && dash && dash[1] && !dash[2] && strchr(region->zones, dash[1]);
}

enum { SCOPES_MAX = 128 };

const char *const *emu_catalog_scopes(unsigned scopes)
{
	const char **names = arena_alloc(json_arena(), SCOPES_MAX * sizeof(*names));
	size_t count = 0;

	if (scopes & EMU_IN_GLOBAL)
		names[count++] = "global";
	for (const struct emu_region *region = emu_regions; region->name; region++) {
		if (scopes & EMU_IN_REGION)
			names[count++] = arena_printf(json_arena(), "regions/%s", region->name);
		for (const char *letter = region->zones; (scopes & EMU_IN_ZONE) && *letter; letter++)
			names[count++] = arena_printf(json_arena(), "zones/%s-%c", region->name, *letter);
	}
	return names;
}

bool emu_catalog_check_scope(struct emu_call *call)
{
	const char *location = call->route.location;
	bool zone = call->route.scope == EMU_ZONE;

	if (!location || (zone ? emu_zone_exists(location) : emu_region_find(location) != NULL))
		return true;
	return emu_refuse(&call->refusal, 400, "invalid", "Invalid value for field '%s': '%s'. Unknown %s.",
		zone ? "zone" : "region", location, zone ? "zone" : "region");
}

cJSON *emu_catalog_thing(const struct emu_kind *kind, const char *path)
{
	cJSON *body = cJSON_CreateObject();

	json_set_text(body, "kind", emu_kind_type(kind, ""));
	json_setf(body, "id", "%" PRIu64, 1000 + hash_text(path) % 100000);
	json_set_text(body, "name", emu_link_name(path));
	json_set_text(body, "creationTimestamp", long_ago);
	json_set_text(body, "selfLink", emu_link_url(path));
	return body;
}

/* "projects/P/regions/R" */
static cJSON *region_find(struct emulator *emulator, const char *path)
{
	const struct emu_region *region = emu_region_find(emu_link_name(path));
	const char *project = emu_link_project(path);
	cJSON *body, *zones;

	if (!region)
		return NULL;
	body = emu_catalog_thing(&emu_region_kind, path);
	json_set_text(body, "description", region->name);
	json_set_text(body, "status", "UP");
	zones = json_set_array(body, "zones");
	for (const char *letter = region->zones; *letter; letter++)
		json_add_text(zones, arena_printf(json_arena(), EMU_LINK_BASE "projects/%s/zones/%s-%c", project,
					     region->name, *letter));
	json_set(body, "quotas", emu_quotas_json(emulator, project, region->name));
	return body;
}

static cJSON *zone_find(struct emulator *emulator, const char *path)
{
	const char *zone = emu_link_name(path);
	cJSON *body, *platforms;

	if (!emu_zone_exists(zone))
		return NULL;
	body = emu_catalog_thing(&emu_zone_kind, path);
	json_set_text(body, "description", zone);
	json_set_text(body, "status", "UP");
	json_setf(
		body, "region", EMU_LINK_BASE "projects/%s/regions/%s", emu_link_project(path), emu_zone_region(zone));
	platforms = json_set_array(body, "availableCpuPlatforms");
	for (size_t i = 0; emu_cpu_platforms[i]; i++)
		json_add_text(platforms, emu_cpu_platforms[i]);
	json_set_bool(body, "supportsPzs", false);
	return body;
}

static cJSON *project_find(struct emulator *emulator, const char *path)
{
	const char *project = emu_link_name(path);
	cJSON *body = emu_catalog_thing(&emu_project_kind, path);
	char number[16];

	emu_project_number(project, number);
	json_setf(body, "id", "%" PRIu64,
		UINT64_C(1000000000000000000) + hash_text(project) % UINT64_C(8000000000000000000));
	json_setf(body, "defaultServiceAccount", "%s-compute@developer.gserviceaccount.com", number);
	json_set_text(body, "defaultNetworkTier", "PREMIUM");
	json_set_text(body, "xpnProjectStatus", "UNSPECIFIED_XPN_PROJECT_STATUS");
	json_set_text(body, "vmDnsSetting", "ZONAL_ONLY");
	json_set_text(body, "cloudArmorTier", "CA_STANDARD");
	json_set_text(json_set_object(body, "commonInstanceMetadata"), "kind", "compute#metadata");
	json_set_text(json_member(body, "commonInstanceMetadata"), "fingerprint", "hgYhdR_O9zg=");
	json_set(body, "quotas", emu_quotas_json(emulator, project, NULL));
	return body;
}

/* What collect_paths keeps of an item: which kind it is of, and its path. */
struct thing {
	const struct emu_kind *kind;
	const char *path;
};

static cJSON *render_thing(struct emulator *emulator, const void *pointer)
{
	const struct thing *thing = pointer;

	return thing->kind->find(emulator, thing->path);
}

void emu_catalog_collect(struct emu_items *items, const struct emu_kind *kind, const char *path)
{
	struct thing *thing = arena_alloc(json_arena(), sizeof(*thing));

	*thing = (struct thing){.kind = kind, .path = path};
	items->render = render_thing;
	emu_items_add(items, emu_link_name(path), 0, thing);
}

static void collect_scopes(const struct emu_kind *kind, const char *scope_path, struct emu_items *items)
{
	unsigned bits = kind == &emu_zone_kind ? EMU_IN_ZONE : EMU_IN_REGION;

	for (const char *const *scope = emu_catalog_scopes(bits); *scope; scope++)
		emu_catalog_collect(items, kind, arena_printf(json_arena(), "%s/%s", scope_path, *scope));
}

static void region_collect(struct emulator *emulator, const char *scope_path, struct emu_items *items)
{
	collect_scopes(&emu_region_kind, scope_path, items);
}

static void zone_collect(struct emulator *emulator, const char *scope_path, struct emu_items *items)
{
	collect_scopes(&emu_zone_kind, scope_path, items);
}

static const struct emu_machine_type machine_types[] = {
	{"a2-highgpu-1g", 12, 87040, "nvidia-tesla-a100", 1},
	{"c2-standard-4", 4, 16384, NULL, 0},
	{"c2-standard-8", 8, 32768, NULL, 0},
	{"c3-standard-4", 4, 16384, NULL, 0},
	{"c3-standard-8", 8, 32768, NULL, 0},
	{"c3-standard-22", 22, 90112, NULL, 0},
	{"e2-medium", 2, 4096, NULL, 0},
	{"e2-micro", 2, 1024, NULL, 0},
	{"e2-small", 2, 2048, NULL, 0},
	{"e2-standard-2", 2, 8192, NULL, 0},
	{"e2-standard-4", 4, 16384, NULL, 0},
	{"e2-standard-8", 8, 32768, NULL, 0},
	{"e2-standard-16", 16, 65536, NULL, 0},
	{"g2-standard-4", 4, 16384, "nvidia-l4", 1},
	{"g2-standard-8", 8, 32768, "nvidia-l4", 1},
	{"g2-standard-12", 12, 49152, "nvidia-l4", 1},
	{"g2-standard-16", 16, 65536, "nvidia-l4", 1},
	{"g2-standard-24", 24, 98304, "nvidia-l4", 2},
	{"g2-standard-48", 48, 196608, "nvidia-l4", 4},
	{"n1-highcpu-8", 8, 7372, NULL, 0},
	{"n1-highmem-4", 4, 26624, NULL, 0},
	{"n1-highmem-8", 8, 53248, NULL, 0},
	{"n1-standard-1", 1, 3840, NULL, 0},
	{"n1-standard-2", 2, 7680, NULL, 0},
	{"n1-standard-4", 4, 15360, NULL, 0},
	{"n1-standard-8", 8, 30720, NULL, 0},
	{"n1-standard-16", 16, 61440, NULL, 0},
	{"n1-standard-32", 32, 122880, NULL, 0},
	{"n2-standard-2", 2, 8192, NULL, 0},
	{"n2-standard-4", 4, 16384, NULL, 0},
	{"n2-standard-8", 8, 32768, NULL, 0},
	{"n2-standard-16", 16, 65536, NULL, 0},
	{"n2-standard-32", 32, 131072, NULL, 0},
	{"n2d-standard-4", 4, 16384, NULL, 0},
	{"n2d-standard-8", 8, 32768, NULL, 0},
};
enum { MACHINE_TYPES = sizeof(machine_types) / sizeof(machine_types[0]) };

const struct emu_machine_type *emu_machine_type_find(
	const struct emulator *emulator, const char *zone, const char *name)
{
	const struct map *missing = &emulator->world.machine_types;

	if (map_find(missing, name) || map_find(missing, arena_printf(json_arena(), "%s %s", zone, name)))
		return NULL;
	for (size_t i = 0; i < MACHINE_TYPES; i++)
		if (!strcmp(machine_types[i].name, name))
			return &machine_types[i];
	return NULL;
}

static cJSON *machine_type_find(struct emulator *emulator, const char *path)
{
	const char *zone = emu_link_location(path);
	const struct emu_machine_type *type = emu_machine_type_find(emulator, zone, emu_link_name(path));
	cJSON *body, *card;

	if (!type)
		return NULL;
	body = emu_catalog_thing(&emu_machine_type_kind, path);
	json_setf(body, "description", "%d vCPUs, %d MB RAM", type->cpus, type->memory_mb);
	json_set_int(body, "guestCpus", type->cpus);
	json_set_int(body, "memoryMb", type->memory_mb);
	json_set_int(body, "imageSpaceGb", 0);
	json_set_int(body, "maximumPersistentDisks", 128);
	json_set_text(body, "maximumPersistentDisksSizeGb", "263168");
	json_set_bool(body, "isSharedCpu", text_starts(type->name, "e2-m") || !strcmp(type->name, "e2-small"));
	json_set_text(body, "architecture", "X86_64");
	json_set_text(body, "zone", zone);
	if (type->accelerator) {
		card = json_add_object(json_set_array(body, "accelerators"));
		json_set_text(card, "guestAcceleratorType", type->accelerator);
		json_set_int(card, "guestAcceleratorCount", type->accelerators);
	}
	return body;
}

static void machine_type_collect(struct emulator *emulator, const char *scope_path, struct emu_items *items)
{
	const char *zone = emu_link_name(scope_path);

	for (size_t i = 0; i < MACHINE_TYPES; i++)
		if (emu_machine_type_find(emulator, zone, machine_types[i].name))
			emu_catalog_collect(items, &emu_machine_type_kind,
				arena_printf(json_arena(), "%s/machineTypes/%s", scope_path, machine_types[i].name));
}

const struct emu_kind emu_project_kind = {.collection = "projects",
	.message = "Project",
	.noun = "project",
	.scopes = EMU_IN_PROJECT,
	.find = project_find};

const struct emu_kind emu_region_kind = {.collection = "regions",
	.message = "Region",
	.noun = "region",
	.scopes = EMU_IN_PROJECT,
	.find = region_find,
	.collect = region_collect};

const struct emu_kind emu_zone_kind = {.collection = "zones",
	.message = "Zone",
	.noun = "zone",
	.scopes = EMU_IN_PROJECT,
	.find = zone_find,
	.collect = zone_collect};

const struct emu_kind emu_machine_type_kind = {.collection = "machineTypes",
	.message = "MachineType",
	.noun = "machine_type",
	.scopes = EMU_IN_ZONE,
	.find = machine_type_find,
	.collect = machine_type_collect};
