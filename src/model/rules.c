/* The rules themselves. Members that have a default are tested with has() in CEL all the same: the API server checks a rule
 * against `{}` where that is the default of the object it hangs on. */
#include "model/rules.h"

#include <string.h>

#include "base/str.h"

/* object */

static bool name_fits(const void *self, const void *old)
{
	const struct lb *lb = self;
	return lb->name && pattern_object_name.matches(lb->name);
}

const struct rule object_rules[] = {
	{
		.cel = "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
		.message = "metadata.name becomes part of Compute Engine names: at most 63 lower-case letters, digits "
			   "and dashes, "
			   "no dots",
		.field_path = ".metadata.name",
		.holds = name_fits,
	},
	{.cel = NULL},
};

/* spec */

static bool says_image(const struct lb_template *template)
{
	return template->image || rules_has(&template_type, template, "container");
}

/* These look at both halves as they are written: what comes of them is made only when they hold. */
static bool has_image(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (!says_image(&spec->template) && !says_image(&spec->pools.items[i].template))
			return false;
	}
	return true;
}

static bool containers_have_image(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_template *over = &spec->pools.items[i].template;
		if (rules_has(&template_type, over, "container") && !over->container.image &&
			!spec->template.container.image)
			return false;
	}
	return true;
}

static bool scopes_have_account(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->pools.count; i++) {
		const struct lb_template *base = &spec->template, *over = &spec->pools.items[i].template;
		bool own = rules_has(&template_type, over, "scopes");
		if ((own ? over->scopes.count : base->scopes.count) && !base->service_account && !over->service_account)
			return false;
	}
	return true;
}

static bool some_pool_follows(const struct lb_spec *spec)
{
	for (size_t i = 0; i < spec->pools.count; i++) {
		if (lb_pool_follows(&spec->pools.items[i]))
			return true;
	}
	return false;
}

/* Going back to the default is allowed, so that a manifest may drop the member. */
static bool replicas_has_effect(const void *self, const void *old)
{
	const struct lb_spec *spec = self, *before = old;
	return spec->replicas == before->replicas || spec->replicas == 3 || some_pool_follows(spec) ||
	       some_pool_follows(before);
}

static bool names_stay(const void *self, const void *old)
{
	const struct lb_spec *spec = self, *before = old;
	return (spec->resource_names.count > 0) == (before->resource_names.count > 0);
}

static bool origin_stays(const void *self, const void *old)
{
	const struct lb_spec *spec = self, *before = old;
	return !spec->move_from.name == !before->move_from.name;
}

const struct rule spec_rules[] = {
	{
		.cel = "self.pools.all(p, has(self.template.image) || has(self.template.container) || (has(p.template) "
		       "&& "
		       "(has(p.template.image) || has(p.template.container))))",
		.message =
			"template needs image or container; set it in spec.template, or in the template of every pool",
		.field_path = ".template",
		.reason = "FieldValueRequired",
		.holds = has_image,
	},
	{
		.cel = "has(self.template.container) || self.pools.all(p, !has(p.template) || "
		       "!has(p.template.container) || "
		       "has(p.template.container.image))",
		.message = "a container needs image",
		.field_path = ".template",
		.holds = containers_have_image,
	},
	{
		.cel = "self.pools.all(p, has(self.template.serviceAccount) || (has(p.template) && "
		       "has(p.template.serviceAccount)) || (has(p.template) && has(p.template.scopes) ? "
		       "size(p.template.scopes) == 0 : !has(self.template.scopes) || size(self.template.scopes) == 0))",
		.message = "scopes need serviceAccount",
		.field_path = ".template",
		.holds = scopes_have_account,
	},
	{
		.cel = "self.replicas == oldSelf.replicas || self.replicas == 3 || self.pools.exists(p, "
		       "!has(p.replicas) && !has(p.autoscaling)) || oldSelf.pools.exists(p, !has(p.replicas) && "
		       "!has(p.autoscaling))",
		.message = "replicas has no effect here: every pool sets replicas or autoscaling of its own; change "
			   "those instead",
		.field_path = ".replicas",
		.transition = true,
		.holds = replicas_has_effect,
	},
	{
		.cel = "(has(self.resourceNames) && size(self.resourceNames) > 0) == (has(oldSelf.resourceNames) && "
		       "size(oldSelf.resourceNames) > 0)",
		.message = "resourceNames is set when the object is created, and stays",
		.field_path = ".resourceNames",
		.transition = true,
		.holds = names_stay,
	},
	{
		.cel = "has(self.moveFrom) == has(oldSelf.moveFrom)",
		.message = "moveFrom is set when the object is created, and stays",
		.field_path = ".moveFrom",
		.transition = true,
		.holds = origin_stays,
	},
	{.cel = NULL},
};

static bool text_unchanged(const void *self, const void *old)
{
	return text_equal(*(char *const *)self, *(char *const *)old);
}

const struct rule project_rules[] = {
	{
		.cel = "self == oldSelf",
		.message = "project cannot be changed; create another TFLoadBalancer in the other project",
		.transition = true,
		.holds = text_unchanged,
	},
	{.cel = NULL},
};

/* serving, healthCheck */

static bool cookie_life_has_cookie(const void *self, const void *old)
{
	const struct lb_serving *serving = self;
	return serving->affinity_cookie_ttl_sec == LB_ABSENT ||
	       text_equal(serving->session_affinity, "GENERATED_COOKIE");
}

const struct rule serving_rules[] = {
	{
		.cel = "!has(self.sessionAffinity) || !has(self.affinityCookieTtlSec) || "
		       "self.sessionAffinity == 'GENERATED_COOKIE'",
		.message = "affinityCookieTtlSec needs sessionAffinity GENERATED_COOKIE",
		.field_path = ".affinityCookieTtlSec",
		.whole = true,
		.holds = cookie_life_has_cookie,
	},
	{.cel = NULL},
};

static bool timeout_fits_interval(const void *self, const void *old)
{
	const struct lb_health_check *check = self;
	return check->timeout_sec <= check->check_interval_sec;
}

const struct rule health_check_rules[] = {
	{
		.cel = "!has(self.timeoutSec) || !has(self.checkIntervalSec) || self.timeoutSec <= "
		       "self.checkIntervalSec",
		.message = "timeoutSec must not exceed checkIntervalSec",
		.field_path = ".timeoutSec",
		.whole = true,
		.holds = timeout_fits_interval,
	},
	{.cel = NULL},
};

/* resourceNames */

static const char *map_value(const struct lb_map *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++) {
		if (text_equal(map->items[i].key, key))
			return map->items[i].value;
	}
	return NULL;
}

static bool map_unchanged(const void *self, const void *old)
{
	const struct lb_map *map = self, *before = old;
	for (size_t i = 0; i < map->count; i++) {
		if (!text_equal(map->items[i].value, map_value(before, map->items[i].key)))
			return false;
	}
	return map->count == before->count;
}

static bool is_role(const char *key)
{
	static const char *const roles[] = {"address", "firewall", "health-check", "healing", "url-map", "redirect-map",
		"ssl-policy", "http-proxy", "https-proxy", "http-rule", "https-rule", "ipv6-address", "ipv6-http-rule",
		"ipv6-https-rule", "backend/default"};
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		if (text_equal(key, roles[i]))
			return true;
	}
	return text_starts(key, "group/") && text_is_label(key + strlen("group/"), 30);
}

static bool keys_are_roles(const void *self, const void *old)
{
	return rules_all_keys(self, is_role);
}

/* Both checks are of one kind, and so are both maps, all rules, both addresses, and all groups. */
static bool same_kind(const char *a, const char *b)
{
	static const char *const ends[] = {"-map", "-rule", "address"};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		if (text_ends(a, ends[i]) && text_ends(b, ends[i]))
			return true;
	}
	return (text_starts(a, "group/") && text_starts(b, "group/")) ||
	       (text_starts(a, "heal") && text_starts(b, "heal"));
}

static bool names_differ(const void *self, const void *old)
{
	const struct lb_map *map = self;
	for (size_t i = 0; i < map->count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (same_kind(map->items[i].key, map->items[j].key) &&
				text_equal(map->items[i].value, map->items[j].value))
				return false;
		}
	}
	return true;
}

static bool object_unchanged(const void *self, const void *old)
{
	const struct lb_object *object = self, *before = old;
	return text_equal(object->namespace, before->namespace) && text_equal(object->name, before->name);
}

const struct rule move_from_rules[] = {
	{
		.cel = "self == oldSelf",
		.message = "moveFrom cannot be changed",
		.transition = true,
		.holds = object_unchanged,
	},
	{.cel = NULL},
};

const struct rule resource_names_rules[] = {
	{
		.cel = "self == oldSelf",
		.message = "resourceNames cannot be changed",
		.transition = true,
		.holds = map_unchanged,
	},
	{
		.cel = "self.all(k, k in ['address', 'firewall', 'health-check', 'healing', 'url-map', 'redirect-map', "
		       "'ssl-policy', 'http-proxy', 'https-proxy', 'http-rule', 'https-rule', 'ipv6-address', "
		       "'ipv6-http-rule', 'ipv6-https-rule', 'backend/default'] || "
		       "k.matches('^group/[a-z]([-a-z0-9]{0,28}[a-z0-9])?$'))",
		.message = "the keys of resourceNames are roles: address, firewall, health-check, healing, url-map, "
			   "redirect-map, ssl-policy, http-proxy, https-proxy, http-rule, https-rule, ipv6-address, "
			   "ipv6-http-rule, ipv6-https-rule, backend/default, or group/POOL for the group of a pool",
		.holds = keys_are_roles,
	},
	{
		.cel = "self.all(a, self.all(b, a == b || self[a] != self[b] || !((a.startsWith('group/') && "
		       "b.startsWith('group/')) || (a.startsWith('heal') && b.startsWith('heal')) || "
		       "(a.endsWith('-map') && b.endsWith('-map')) || (a.endsWith('-rule') && b.endsWith('-rule')) || "
		       "(a.endsWith('address') && b.endsWith('address')))))",
		.message = "two resources of one kind need two names: health-check and healing are two, and so are "
			   "addresses, maps, rules, and each group",
		.holds = names_differ,
	},
	{.cel = NULL},
};
