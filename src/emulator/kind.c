#include "emulator/kind.h"

#include <ctype.h>
#include <string.h>

#include "emulator/core.h"
#include "emulator/link.h"

static const struct emu_kind *const kinds[] = {
	&emu_accelerator_type_kind,
	&emu_address_kind,
	&emu_autoscaler_kind,
	&emu_backend_bucket_kind,
	&emu_backend_service_kind,
	&emu_firewall_kind,
	&emu_forwarding_rule_kind,
	&emu_group_manager_kind,
	&emu_health_check_kind,
	&emu_image_kind,
	&emu_instance_group_kind,
	&emu_instance_kind,
	&emu_instance_template_kind,
	&emu_machine_type_kind,
	&emu_network_kind,
	&emu_operation_kind,
	&emu_project_kind,
	&emu_region_kind,
	&emu_ssl_certificate_kind,
	&emu_ssl_policy_kind,
	&emu_subnetwork_kind,
	&emu_target_http_proxy_kind,
	&emu_target_https_proxy_kind,
	&emu_url_map_kind,
	&emu_zone_kind,
};

size_t emu_kind_count(void)
{
	return sizeof(kinds) / sizeof(kinds[0]);
}

const struct emu_kind *emu_kind_at(size_t index)
{
	return kinds[index];
}

const struct emu_kind *emu_kind_find(const char *collection)
{
	for (size_t i = 0; i < emu_kind_count(); i++)
		if (!strcmp(kinds[i]->collection, collection))
			return kinds[i];
	return NULL;
}

char *emu_kind_type(const struct emu_kind *kind, const char *suffix)
{
	return arena_printf(
		json_arena(), "compute#%c%s%s", tolower((unsigned char)kind->message[0]), kind->message + 1, suffix);
}

/* The kind whose collection a path is in: images may be named by family. */
static const struct emu_kind *kind_of_path(const char *path)
{
	const char *collection = emu_link_collection(path);

	return emu_kind_find(strcmp(collection, "family") == 0 ? "images" : collection);
}

enum emu_presence emu_presence_of(struct emulator *emulator, const char *path)
{
	const struct emu_resource *resource;
	const struct emu_kind *kind = kind_of_path(path);

	if (!kind || !emu_project_open(emulator, emu_link_project(path)))
		return PRESENCE_ABSENT;
	if (kind->presence)
		return kind->presence(emulator, path);
	if (kind->find)
		return kind->find(emulator, path) ? PRESENCE_HERE : PRESENCE_ABSENT;
	resource = emu_store_find(&emulator->store, path);
	if (!resource)
		return PRESENCE_ABSENT;
	if (!resource->visible)
		return PRESENCE_COMING;
	return resource->leaving ? PRESENCE_LEAVING : PRESENCE_HERE;
}
