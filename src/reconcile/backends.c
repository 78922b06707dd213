/* status.backends[]: the machines behind each backend service, and the buckets. */
#include "reconcile/status.h"

static const struct node *node_of(const struct status_input *input, enum kind_id kind, const char *backend)
{
	const struct nodes *nodes = &input->entry->nodes;

	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i]->wanted && nodes->items[i]->kind->id == kind &&
			text_equal(nodes->items[i]->own_part, backend))
			return nodes->items[i];
	}
	return NULL;
}

static bool has_front(const struct node *group, const char *role)
{
	for (size_t i = 0; group->fronts && group->fronts[i]; i++) {
		if (text_equal(group->fronts[i], role))
			return true;
	}
	return false;
}

static bool pool_serves(const struct lb_spec *spec, const char *name, const char *backend)
{
	const struct lb_pool *pool = lb_pool_named(spec, name);

	return pool && lb_pool_serves(pool, backend);
}

static void add_machines(cJSON *item, const struct status_input *input, const struct node *service)
{
	const struct nodes *nodes = &input->entry->nodes;
	int64_t existing = 0, healthy = 0;
	bool probed = false;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *group = nodes->items[i];

		if (group->kind->id != KIND_GROUP || !group->wanted || group->presence != NODE_PRESENT ||
			!pool_serves(&input->lb->spec, group->own_part, service->own_part))
			continue;
		existing += group_sight(group).existing;
		healthy += group_healthy_at(group, service->own_role);
		probed |= has_front(group, service->own_role);
	}
	json_set_int(item, "replicas", existing);
	if (probed)
		json_set_int(item, "readyReplicas", healthy);
}

/* Nobody runs behind a bucket. */
static void add_buckets(cJSON *backends, const struct status_input *input)
{
	const struct lb_backends *entries = &input->lb->spec.backends;

	for (size_t i = 0; i < entries->count; i++) {
		const struct node *node = node_of(input, KIND_BACKEND_BUCKET, entries->items[i].name);
		cJSON *item;

		if (!entries->items[i].bucket.bucket_name)
			continue;
		item = json_add_object(backends);
		json_set_text(item, "name", entries->items[i].name);
		json_set_text(item, "service", node ? node->own_name : NULL);
	}
}

cJSON *backends_make(const struct status_input *input)
{
	const struct lb_services *services = &input->lb->spec.services;
	cJSON *backends = cJSON_CreateArray();

	for (size_t i = 0; lb_has_front(&input->lb->spec) && i < services->count; i++) {
		const struct node *service = node_of(input, KIND_BACKEND_SERVICE, services->items[i].name);
		cJSON *item = json_add_object(backends);

		json_set_text(item, "name", services->items[i].name);
		if (!service)
			continue;
		json_set_text(item, "service", service->own_name);
		add_machines(item, input, service);
	}
	add_buckets(backends, input);
	return backends;
}
