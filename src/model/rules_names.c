/* Rules of resourceNames: which resources it may name, and how. */
#include "model/types_internal.h"

#include <string.h>

#include "base/str.h"

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
		"ipv6-https-rule"};
	static const char *const of_one[] = {"group/", "backend/", "bucket/", "check/", "healing/", "heal/", "scaler/"};
	for (size_t i = 0; i < sizeof of_one / sizeof of_one[0]; i++) {
		if (text_starts(key, of_one[i]))
			return text_is_label(key + strlen(of_one[i]), 30);
	}
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		if (text_equal(key, roles[i]))
			return true;
	}
	return false;
}

static bool keys_are_roles(const void *self, const void *old)
{
	return rules_all_keys(self, is_role);
}

static bool is_check(const char *key)
{
	return text_starts(key, "heal") || text_starts(key, "check/");
}

/* All checks are of one kind, and so are both maps, all rules, both addresses, all groups and all backends. */
static bool same_kind(const char *a, const char *b)
{
	static const char *const ends[] = {"-map", "-rule", "address"};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		if (text_ends(a, ends[i]) && text_ends(b, ends[i]))
			return true;
	}
	static const char *const begins[] = {"group/", "backend/", "bucket/", "scaler/"};
	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
		if (text_starts(a, begins[i]) && text_starts(b, begins[i]))
			return true;
	}
	return is_check(a) && is_check(b);
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
		       "'ipv6-http-rule', 'ipv6-https-rule'] || "
		       "k.matches('^(group|backend|bucket|check|heal|healing|scaler)/"
		       "[a-z]([-a-z0-9]{0,28}[a-z0-9])?$'))",
		.message =
			"the keys of resourceNames are roles: address, firewall, health-check, healing, url-map, "
			"redirect-map, ssl-policy, http-proxy, https-proxy, http-rule, https-rule, ipv6-address, "
			"ipv6-http-rule, ipv6-https-rule, group/POOL, scaler/POOL and heal/POOL for group, "
			"autoscaler and own probe of a pool, and backend/NAME, bucket/NAME, check/NAME, healing/NAME "
			"for what belongs to a backend",
		.holds = keys_are_roles,
	},
	{
		.cel = "self.all(a, self.all(b, a == b || self[a] != self[b] || !((a.startsWith('group/') && "
		       "b.startsWith('group/')) || (a.startsWith('backend/') && b.startsWith('backend/')) || "
		       "(a.startsWith('bucket/') && b.startsWith('bucket/')) || "
		       "(a.startsWith('scaler/') && b.startsWith('scaler/')) || "
		       "(a.matches('^(heal|check/)') && b.matches('^(heal|check/)')) || "
		       "(a.endsWith('-map') && b.endsWith('-map')) || (a.endsWith('-rule') && b.endsWith('-rule')) || "
		       "(a.endsWith('address') && b.endsWith('address')))))",
		.message = "two resources of one kind need two names: health-check and healing are two, and so are "
			   "addresses, maps, rules, and each group, backend and check",
		.holds = names_differ,
	},
	{.cel = NULL},
};
