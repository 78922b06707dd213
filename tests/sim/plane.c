/* The watch over what serves. */
#include "sim/plane.h"

#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/kind.h"

static bool serves(const struct emu_resource *resource)
{
	static const char *const collections[] = {"addresses", "firewalls", "healthChecks", "instanceTemplates",
		"instanceGroupManagers", "autoscalers", "backendServices", "backendBuckets", "urlMaps",
		"targetHttpProxies", "targetHttpsProxies", "sslCertificates", "sslPolicies", "forwardingRules"};

	for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++) {
		if (resource->visible && text_equal(resource->kind->collection, collections[i]))
			return true;
	}
	return false;
}

/* Machines are no resources of their own: each stays the one that it is. */
static void add_machines(cJSON *body, const struct emu_resource *manager)
{
	const struct group *group = emu_group_of(manager)->own_group;
	cJSON *machines = json_set_object(body, "machines");

	for (size_t i = 0; i < group->instance_count; i++)
		json_setf(machines, group->own_instances[i]->name, "%s %llu", group->own_instances[i]->zone,
			(unsigned long long)group->own_instances[i]->id);
}

static char *body_of(const struct emu_resource *resource)
{
	cJSON *body = json_copy(emu_resource_body(resource));

	json_remove(body, "description");
	json_remove(body, "fingerprint");
	json_remove(body, "labels");
	json_remove(body, "labelFingerprint");
	json_remove(body, "recommendedSize"); /* an autoscaler says it anew with each look at its load */
	if (text_equal(resource->kind->collection, "instanceGroupManagers"))
		add_machines(body, resource);
	return json_print_canonical(body);
}

static void on_served(void *arg, struct replica *replica, struct fake_call *call)
{
	struct plane *plane = arg;
	const struct map *all = &plane->world->emulator->store.resources;
	size_t found = 0;
	JSON_WORK(work);

	for (size_t i = 0; i < all->count && !plane->world->complaints.count; i++) {
		const struct emu_resource *resource = all->own_entries[i].value;
		const char *before = map_find(&plane->bodies, resource->own_path);

		if (!serves(resource))
			continue;
		found++;
		if (!text_equal(before, body_of(resource)))
			world_complain(plane->world, "%s is not what it was:\n%s\n%s", resource->own_path,
				before ? before : "nothing", body_of(resource));
	}
	if (found != plane->bodies.count && !plane->world->complaints.count)
		world_complain(plane->world, "%d resources serve, %d before", (int)found, (int)plane->bodies.count);
}

void plane_watch(struct plane *plane, struct world *world)
{
	const struct map *all = &world->emulator->store.resources;
	JSON_WORK(work);

	*plane = (struct plane){.world = world};
	for (size_t i = 0; i < all->count; i++) {
		const struct emu_resource *resource = all->own_entries[i].value;

		if (serves(resource))
			map_put(&plane->bodies, resource->own_path, mem_strdup(body_of(resource)));
	}
	world->witness = (struct world_hooks){.served = on_served, .arg = plane};
}

void plane_done(struct plane *plane)
{
	plane->world->witness = (struct world_hooks){0};
	map_done(&plane->bodies, mem_free);
}
