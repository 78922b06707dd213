/* What several builds read off the spec. */
#include <string.h>

#include "kinds/internal.h"
#include "kinds/routes.h"

bool is_bare_name(const char *name)
{
	return name && !strchr(name, '/');
}

char *pool_role(const char *what, const struct lb_pool *pool)
{
	return arena_printf(json_arena(), "%s-%s", what, pool->name);
}

char *pool_region(const struct lb_pool *pool)
{
	if (pool->region)
		return pool->region;
	return arena_strndup(json_arena(), pool->zone, (size_t)(strrchr(pool->zone, '-') - pool->zone));
}

char *full_network(const struct lb *lb, const char *network)
{
	if (!network)
		network = "default";
	if (is_bare_name(network))
		return arena_printf(json_arena(), "projects/%s/global/networks/%s", lb->spec.project, network);
	return link_path(network, lb->spec.project);
}

char *full_subnetwork(const struct lb *lb, const struct lb_pool *pool, const char *network, const char *subnetwork)
{
	const char *full = full_network(lb, network);

	if (!subnetwork)
		return NULL;
	if (!is_bare_name(subnetwork))
		return link_path(subnetwork, lb->spec.project);
	return arena_printf(json_arena(), "%.*s/regions/%s/subnetworks/%s", (int)(strstr(full, "/global/") - full),
		full, pool_region(pool), subnetwork);
}

char *network_path(const struct lb *lb, const struct lb_pool *pool)
{
	return full_network(lb, lb_pool_template(&lb->spec, pool)->network);
}

char *subnetwork_path(const struct lb *lb, const struct lb_pool *pool)
{
	const struct lb_template *template = lb_pool_template(&lb->spec, pool);

	return full_subnetwork(lb, pool, template->network, template->subnetwork);
}

char *image_path(const struct lb *lb, const struct lb_pool *pool)
{
	const char *image = lb_pool_template(&lb->spec, pool)->image;

	/* What containers run on. */
	return link_path(image ? image : "projects/cos-cloud/global/images/family/cos-stable", lb->spec.project);
}

bool names_only_subnetwork(const struct lb *lb, const struct lb_pool *pool)
{
	const struct lb_template *template = lb_pool_template(&lb->spec, pool);

	return template->subnetwork && !template->network;
}

bool is_first_in_network(const struct lb *lb, const struct lb_pool *pool)
{
	const struct lb_template *template = lb_pool_template(&lb->spec, pool);

	for (const struct lb_pool *other = lb->spec.pools.items; other < pool; other++) {
		const struct lb_template *before = lb_pool_template(&lb->spec, other);

		if (text_equal(before->network, template->network) &&
			text_equal(before->subnetwork, template->subnetwork))
			return false;
	}
	return true;
}

void each_make(const struct kind_context *context, struct wants *wants, make_fn fn)
{
	for (size_t i = 0; i < context->lb->spec.pools.count; i++) {
		const struct lb_pool *pool = &context->lb->spec.pools.items[i];

		fn(context, wants, pool);
		if (pool->trial)
			fn(context, wants, pool->trial);
	}
}

char *machine_tag(const struct identity *who)
{
	return arena_printf(json_arena(), "tflb-%s", who->id);
}

static bool is_default(const struct lb_service *service)
{
	return text_equal(service->name, "default");
}

char *service_role(const char *what, const struct lb_service *service)
{
	return arena_printf(json_arena(), "%s-%s", what, service->name);
}

char *check_role(const struct lb_service *service)
{
	return is_default(service) ? arena_strdup(json_arena(), "health-check") : service_role("check", service);
}

char *healing_role(const struct lb_service *service)
{
	return is_default(service) ? arena_strdup(json_arena(), "healing") : service_role("healing", service);
}

char *pool_healing_role(const struct lb_spec *spec, const struct lb_pool *pool)
{
	return pool->own_probe ? pool_role("heal", pool) : healing_role(lb_pool_service(spec, pool));
}

bool is_routed(const struct lb *lb, const struct lb_service *service)
{
	return routes_lead_to(&lb->spec, service->name);
}
