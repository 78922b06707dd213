/* Images and their families. Which family resolves, and to what, is the catalogue's word, unless the world has another. */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "emulator/catalog.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"

enum state { STATE_ACTIVE, STATE_DEPRECATED, STATE_WITHDRAWN };

/* All tf-* families were withdrawn by Google; the base images with CUDA 12.8 and the CPU ones are deprecated. */
static const struct row {
	const char *project, *family, *version;
	int disk_gb;
	enum state state;
} rows[] = {
	{"cos-cloud", "cos-stable", "cos-stable-121-18867-199-52", 10, STATE_ACTIVE},
	{"debian-cloud", "debian-11", "debian-11-bullseye-v20260609", 10, STATE_ACTIVE},
	{"debian-cloud", "debian-12", "debian-12-bookworm-v20260609", 10, STATE_ACTIVE},
	{"deeplearning-platform-release", "common-cpu", "common-cpu-v20250901", 50, STATE_DEPRECATED},
	{"deeplearning-platform-release", "common-cu128-ubuntu-2204-nvidia-570",
		"common-cu128-ubuntu-2204-nvidia-570-v20260401", 50, STATE_DEPRECATED},
	{"deeplearning-platform-release", "common-cu129-ubuntu-2204-nvidia-580",
		"common-cu129-ubuntu-2204-nvidia-580-v20260601", 50, STATE_ACTIVE},
	{"deeplearning-platform-release", "common-cu129-ubuntu-2404-nvidia-580",
		"common-cu129-ubuntu-2404-nvidia-580-v20260601", 50, STATE_ACTIVE},
	{"deeplearning-platform-release", "pytorch-2-9-cu129-ubuntu-2204-nvidia-580",
		"pytorch-2-9-cu129-ubuntu-2204-nvidia-580-v20260601", 50, STATE_ACTIVE},
	{"deeplearning-platform-release", "tf-2-17-cpu", "tf-2-17-cpu-v20250710", 50, STATE_WITHDRAWN},
	{"deeplearning-platform-release", "tf-2-17-cu123", "tf-2-17-cu123-v20250710", 50, STATE_WITHDRAWN},
	{"deeplearning-platform-release", "tf-latest-cpu", "tf-latest-cpu-v20250710", 50, STATE_WITHDRAWN},
	{"deeplearning-platform-release", "tf-latest-gpu", "tf-latest-gpu-v20250710", 50, STATE_WITHDRAWN},
	{"deeplearning-platform-release", "tf2-latest-cpu", "tf2-latest-cpu-v20250710", 50, STATE_WITHDRAWN},
	{"ubuntu-os-cloud", "ubuntu-2204-lts", "ubuntu-2204-jammy-v20260601", 10, STATE_ACTIVE},
	{"ubuntu-os-cloud", "ubuntu-2404-lts-amd64", "ubuntu-2404-noble-amd64-v20260601", 10, STATE_ACTIVE},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static enum state state_of(const struct emulator *emulator, const struct row *row)
{
	const char *said =
		map_find(&emulator->world.families, arena_printf(json_arena(), "%s %s", row->project, row->family));

	if (said)
		return !strcmp(said, "ACTIVE") ? STATE_ACTIVE : STATE_WITHDRAWN;
	return row->state;
}

static bool take(const struct row *row, enum state state, struct emu_image *out)
{
	*out = (struct emu_image){.project = row->project,
		.family = row->family,
		.name = row->version,
		.disk_gb = row->disk_gb,
		.deprecated = state == STATE_DEPRECATED};
	return true;
}

/* Families that only the world knows have one image: the family's name with a date. */
static bool find_said(
	const struct emulator *emulator, const char *project, const char *name, bool by_family, struct emu_image *out)
{
	static const char date[] = "-v20260601";
	size_t length = strlen(name);
	const char *family, *said;

	if (!by_family && !text_ends(name, date))
		return false;
	family = by_family ? name : arena_strndup(json_arena(), name, length - strlen(date));
	said = map_find(&emulator->world.families, arena_printf(json_arena(), "%s %s", project, family));
	if (!said || strcmp(said, "ACTIVE") != 0)
		return false;
	*out = (struct emu_image){.project = arena_strdup(json_arena(), project),
		.family = family,
		.name = arena_printf(json_arena(), "%s%s", family, date),
		.disk_gb = 10};
	return true;
}

static const char *said_of(const struct map *map, const char *project, const char *name)
{
	return map_find(map, arena_printf(json_arena(), "%s %s", project, name));
}

static bool is_gone(const struct emulator *emulator, const char *project, const char *name)
{
	return said_of(&emulator->world.gone_images, project, name);
}

static int disk_of(const char *project, const char *family)
{
	for (size_t i = 0; i < ROWS; i++)
		if (!strcmp(rows[i].project, project) && !strcmp(rows[i].family, family))
			return rows[i].disk_gb;
	return 10;
}

/* One that was published beside the catalogue's. */
static bool find_published(
	const struct emulator *emulator, const char *project, const char *name, struct emu_image *out)
{
	const char *said = said_of(&emulator->world.images, project, name), *created = said ? strchr(said, ' ') : NULL;

	if (!said || is_gone(emulator, project, name))
		return false;
	*out = (struct emu_image){.project = arena_strdup(json_arena(), project),
		.family = arena_strndup(json_arena(), said, (size_t)(created - said)),
		.name = arena_strdup(json_arena(), name),
		.created = created + 1};
	out->disk_gb = disk_of(project, out->family);
	return true;
}

static bool find_newest(const struct emulator *emulator, const char *project, const char *family, struct emu_image *out)
{
	const char *name = said_of(&emulator->world.newest, project, family);
	const char *state = said_of(&emulator->world.families, project, family);

	return name && !(state && !strcmp(state, "WITHDRAWN")) && find_published(emulator, project, name, out);
}

bool emu_image_find(const struct emulator *emulator, const char *path, struct emu_image *out)
{
	const char *project = emu_link_project(path), *name = emu_link_name(path);
	bool by_family = strcmp(emu_link_collection(path), "family") == 0;

	if (by_family ? find_newest(emulator, project, name, out) : find_published(emulator, project, name, out))
		return true;
	for (size_t i = 0; i < ROWS; i++) {
		enum state state;

		if (strcmp(rows[i].project, project) != 0 ||
			strcmp(by_family ? rows[i].family : rows[i].version, name) != 0)
			continue;
		state = state_of(emulator, &rows[i]);
		if (state == STATE_WITHDRAWN || (by_family && state == STATE_DEPRECATED) ||
			is_gone(emulator, project, rows[i].version))
			return false;
		return take(&rows[i], state, out);
	}
	return find_said(emulator, project, name, by_family, out);
}

static void add_features(cJSON *body)
{
	static const char *const types[] = {"UEFI_COMPATIBLE", "VIRTIO_SCSI_MULTIQUEUE", "GVNIC"};
	cJSON *features = json_set_array(body, "guestOsFeatures");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		json_set_text(json_add_object(features), "type", types[i]);
}

static cJSON *image_json(const struct emu_image *image)
{
	const char *path = arena_printf(json_arena(), "projects/%s/global/images/%s", image->project, image->name);
	cJSON *body = cJSON_CreateObject(), *disk;

	json_set_text(body, "kind", "compute#image");
	json_setf(body, "id", "%" PRIu64,
		UINT64_C(1000000000000000000) + hash_text(path) % UINT64_C(8000000000000000000));
	json_set_text(body, "name", image->name);
	json_set_text(body, "family", image->family);
	json_set_text(body, "creationTimestamp", image->created ? image->created : "2026-06-01T01:00:00.000-07:00");
	json_set_text(body, "description", "");
	json_set_text(body, "architecture", "X86_64");
	json_setf(body, "diskSizeGb", "%d", image->disk_gb);
	json_set_text(body, "archiveSizeBytes", "2063659776");
	json_set_text(body, "sourceType", "RAW");
	json_set_text(body, "status", "READY");
	add_features(body);
	disk = json_set_object(body, "rawDisk");
	json_set_text(disk, "source", "");
	json_set_text(disk, "containerType", "TAR");
	json_set_text(json_set_object(body, "labels"), "public-image", "true");
	json_set_text(body, "labelFingerprint", "42WmSpB8rSM=");
	if (image->deprecated)
		json_set_text(json_set_object(body, "deprecated"), "state", "DEPRECATED");
	json_set_text(body, "selfLink", emu_link_url(path));
	return body;
}

static cJSON *image_find(struct emulator *emulator, const char *path)
{
	struct emu_image image;

	return emu_image_find(emulator, path, &image) ? image_json(&image) : NULL;
}

static cJSON *render(struct emulator *emulator, const void *thing)
{
	return image_json(thing);
}

static void collect_published(struct emulator *emulator, const char *project, struct emu_items *items)
{
	const struct map *images = &emulator->world.images;

	for (size_t i = 0; i < images->count; i++) {
		struct emu_image *image = arena_alloc(json_arena(), sizeof(*image));
		const char *key = images->own_entries[i].own_key, *name = strchr(key, ' ') + 1;

		if (!strcmp(arena_strndup(json_arena(), key, (size_t)(name - 1 - key)), project) &&
			find_published(emulator, project, name, image))
			emu_items_add(items, image->name, 0, image);
	}
}

static void collect(struct emulator *emulator, const char *scope_path, struct emu_items *items)
{
	const char *project = emu_link_project(scope_path);

	items->render = render;
	for (size_t i = 0; i < ROWS; i++) {
		struct emu_image *image = arena_alloc(json_arena(), sizeof(*image));
		enum state state = state_of(emulator, &rows[i]);

		if (!strcmp(rows[i].project, project) && state != STATE_WITHDRAWN &&
			!is_gone(emulator, project, rows[i].version) && take(&rows[i], state, image))
			emu_items_add(items, image->name, 0, image);
	}
	collect_published(emulator, project, items);
}

/* GET images/family/F: the newest image of a family that still has one. */
static bool get_from_family(struct emu_call *call, struct emu_resource *none)
{
	const char *path = arena_printf(
		json_arena(), "projects/%s/global/images/family/%s", call->route.project, call->route.name);
	cJSON *body = image_find(call->emulator, path);

	return body ? emu_answer(call, "Image", body) : emu_refuse_not_found(&call->refusal, path);
}

static const struct emu_verb verbs[] = {
	{.name = "family", .method = "GET", .fn = get_from_family, .free_standing = true},
	{.name = NULL},
};

const struct emu_kind emu_image_kind = {
	.collection = "images",
	.message = "Image",
	.noun = "image",
	.scopes = EMU_IN_GLOBAL,
	.verbs = verbs,
	.find = image_find,
	.collect = collect,
};
