/* Rules of the spec about the machines of all pools: what templates that lie one over the other say together, and which of them are one
 * training cluster. */
#include "model/types_internal.h"

#include "base/str.h"

static bool says_image(const struct lb_template *template)
{
	return template->image || rules_has(&template_type, template, "container");
}

/* These look at both halves as they are written: what comes of them is made only when they hold. */
bool rules_has_image(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (!says_image(&spec->template) && !says_image(&spec->pools.items[i].template))
			return false;
	}
	return true;
}

static bool has_bare_container(const struct lb_template *template)
{
	return rules_has(&template_type, template, "container") && !template->container.image;
}

bool rules_containers_have_image(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count && !spec->template.container.image; i++) {
		const struct lb_template *over = &spec->pools.items[i].template;
		if (has_bare_container(over) ||
			(!over->container.image && has_bare_container(&spec->pools.items[i].canary.template)))
			return false;
	}
	return true;
}

/* Of templates that lie one over the other. */
static bool scopes_lack_account(const struct lb_template *const *layers, size_t count)
{
	bool scopes = false;
	for (size_t i = 0; i < count; i++) {
		if (layers[i]->service_account)
			return false;
		if (rules_has(&template_type, layers[i], "scopes"))
			scopes = layers[i]->scopes.count > 0;
	}
	return scopes;
}

bool rules_scopes_have_account(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];
		const struct lb_template *layers[] = {&spec->template, &pool->template, &pool->canary.template};
		if (scopes_lack_account(layers, 2) || scopes_lack_account(layers, 3))
			return false;
	}
	return true;
}

static bool stands_in_one_zone(const struct lb_template *template)
{
	for (size_t i = 0; i < template->additional_disks.count; i++) {
		if (template->additional_disks.items[i].storage_pool || template->additional_disks.items[i].source)
			return true;
	}
	return template->disk.storage_pool != NULL;
}

bool rules_regions_have_no_zonal_disks(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_pool *pool = &spec->pools.items[i];
		if (pool->region && (stands_in_one_zone(&spec->template) || stands_in_one_zone(&pool->template) ||
					    stands_in_one_zone(&pool->canary.template)))
			return false;
	}
	return true;
}

/* Pools with that role; NULL: with any. */
static size_t count_roles(const struct lb_spec *spec, const char *role)
{
	size_t count = 0;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const char *has = spec->pools.items[i].role;
		count += role ? text_equal(has, role) : has != NULL;
	}
	return count;
}

bool rules_roles_have_training(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	return rules_has(&spec_type, spec, "training") || count_roles(spec, NULL) == 0;
}

bool rules_training_has_roles(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	return !rules_has(&spec_type, spec, "training") || count_roles(spec, NULL) > 0;
}

bool rules_single_roles_stand_once(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	return count_roles(spec, "CHIEF") <= 1 && count_roles(spec, "EVALUATOR") <= 1;
}
