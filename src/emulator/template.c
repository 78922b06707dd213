#include "emulator/template.h"

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/core.h"
#include "emulator/link.h"

static void template_free(void *value)
{
	struct emu_template *template = value;

	if (!template)
		return;
	mem_free(template->own_properties);
	mem_free(template->own_machine_type);
	mem_free(template->own_network);
	mem_free(template->own_account);
	mem_free(template->own_card);
	vec_done(&template->tags, mem_free);
	mem_free(template);
}

/* The network of an interface that names only its subnetwork is that one's. */
static const char *network_of(const struct emulator *emulator, const char *path, const cJSON *interface)
{
	const char *network = json_text(interface, "network"), *subnetwork = json_text(interface, "subnetwork");
	const char *subnetwork_path = subnetwork ? emu_link_path(subnetwork, emu_link_project(path)) : NULL;
	const struct emu_resource *found = subnetwork_path ? emu_store_find(&emulator->store, subnetwork_path) : NULL;

	return !network && found ? json_text(emu_resource_body(found), "network") : network;
}

void emu_template_remember(struct emulator *emulator, const char *path, const cJSON *properties)
{
	struct emu_template *template = mem_alloc(sizeof(*template));
	const cJSON *tag;

	template->own_properties = json_print_owned(properties);
	template->own_machine_type = mem_strdup(json_text_or(properties, "machineType", ""));
	template->own_network = mem_strdup(network_of(emulator, path, json_at(properties, "networkInterfaces[0]")));
	template->own_account = mem_strdup(json_text(properties, "serviceAccounts[0].email"));
	template->own_card = mem_strdup(json_text(properties, "guestAccelerators[0].acceleratorType"));
	template->cards = (int)json_int(properties, "guestAccelerators[0].acceleratorCount", 0);
	template->spot = text_equal(json_text(properties, "scheduling.provisioningModel"), "SPOT");
	cJSON_ArrayForEach(tag, json_at(properties, "tags.items"))
		vec_add(&template->tags, mem_strdup(tag->valuestring));
	template_free(map_put(&emulator->templates, path, template));
}

const struct emu_template *emu_template_find(const struct emulator *emulator, const char *path)
{
	return path ? map_find(&emulator->templates, path) : NULL;
}

cJSON *emu_template_properties(const struct emulator *emulator, const char *path)
{
	const struct emu_template *template = emu_template_find(emulator, path);

	return template ? json_parse_text(template->own_properties) : NULL;
}

void emu_templates_done(struct map *templates)
{
	map_done(templates, template_free);
}
