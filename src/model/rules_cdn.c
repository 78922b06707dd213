/* Rules of Cloud CDN and of buckets. */
#include "base/str.h"
#include "model/rules.h"
#include "model/types_internal.h"

static bool can_be_kept(const void *self, const void *old)
{
	static const int64_t codes[] = {300, 301, 302, 307, 308, 404, 405, 410, 421, 451, 501};
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		if (*(const int64_t *)self == codes[i])
			return true;
	}
	return false;
}

const struct rule negative_code_rules[] = {
	{
		.cel = "self in [300, 301, 302, 307, 308, 404, 405, 410, 421, 451, 501]",
		.message = "only 300, 301, 302, 307, 308, 404, 405, 410, 421, 451 and 501 can be kept",
		.holds = can_be_kept,
	},
	{.cel = NULL},
};

static bool has(const struct lb_cache_key *key, const char *member)
{
	return rules_has(&type_cache_key, key, member);
}

static bool one_list_of_parameters(const void *self, const void *old)
{
	return !has(self, "queryStringWhitelist") || !has(self, "queryStringBlacklist");
}

static bool parameters_are_in_key(const void *self, const void *old)
{
	const struct lb_cache_key *key = self;
	bool excluded = has(key, "includeQueryString") && !key->include_query_string;
	return !excluded || (!has(key, "queryStringWhitelist") && !has(key, "queryStringBlacklist"));
}

const struct rule cache_key_rules[] = {
	{
		.cel = "!has(self.queryStringWhitelist) || !has(self.queryStringBlacklist)",
		.message = "set at most one of queryStringWhitelist and queryStringBlacklist",
		.holds = one_list_of_parameters,
	},
	{
		.cel = "!has(self.includeQueryString) || self.includeQueryString || "
		       "!(has(self.queryStringWhitelist) || has(self.queryStringBlacklist))",
		.message = "queryStringWhitelist and queryStringBlacklist need includeQueryString",
		.whole = true,
		.holds = parameters_are_in_key,
	},
	{.cel = NULL},
};

static bool errors_are_kept(const void *self, const void *old)
{
	const struct lb_cdn_policy *policy = self;
	return !rules_has(&type_cdn_policy, policy, "negativeCachingPolicy") || policy->negative_caching;
}

static bool times_go_with_mode(const void *self, const void *old)
{
	const struct lb_cdn_policy *policy = self;
	if (text_equal(policy->cache_mode, "USE_ORIGIN_HEADERS"))
		return policy->client_ttl == LB_ABSENT && policy->default_ttl == LB_ABSENT &&
		       policy->max_ttl == LB_ABSENT;
	return policy->max_ttl == LB_ABSENT || !text_equal(policy->cache_mode, "FORCE_CACHE_ALL");
}

static bool times_stay_below_most(const void *self, const void *old)
{
	const struct lb_cdn_policy *policy = self;
	return policy->max_ttl == LB_ABSENT ||
	       (policy->default_ttl <= policy->max_ttl && policy->client_ttl <= policy->max_ttl);
}

const struct rule cdn_policy_rules[] = {
	{
		.cel = "!has(self.negativeCachingPolicy) || (has(self.negativeCaching) && self.negativeCaching)",
		.message = "negativeCachingPolicy needs negativeCaching: true",
		.field_path = ".negativeCachingPolicy",
		.whole = true,
		.holds = errors_are_kept,
	},
	{
		.cel = "!has(self.cacheMode) || self.cacheMode == 'CACHE_ALL_STATIC' || !(has(self.maxTtl) || "
		       "(self.cacheMode == 'USE_ORIGIN_HEADERS' && (has(self.clientTtl) || has(self.defaultTtl))))",
		.message = "cacheMode USE_ORIGIN_HEADERS has no clientTtl and no defaultTtl, and only "
			   "CACHE_ALL_STATIC has maxTtl",
		.field_path = ".cacheMode",
		.whole = true,
		.holds = times_go_with_mode,
	},
	{
		.cel = "!has(self.maxTtl) || ((!has(self.defaultTtl) || self.defaultTtl <= self.maxTtl) && "
		       "(!has(self.clientTtl) || self.clientTtl <= self.maxTtl))",
		.message = "defaultTtl and clientTtl must not exceed maxTtl",
		.field_path = ".maxTtl",
		.whole = true,
		.holds = times_stay_below_most,
	},
	{.cel = NULL},
};

static bool bucket_policy_has_cache(const void *self, const void *old)
{
	const struct lb_bucket *bucket = self;
	return !rules_has(&type_bucket, bucket, "cdnPolicy") || bucket->enable_cdn;
}

const struct rule bucket_rules[] = {
	{
		.cel = "!has(self.cdnPolicy) || (has(self.enableCDN) && self.enableCDN)",
		.message = RULE_CDN,
		.field_path = ".cdnPolicy",
		.holds = bucket_policy_has_cache,
	},
	{.cel = NULL},
};

static bool bucket_stands_alone(const void *self, const void *old)
{
	const struct lb_backend *backend = self;
	return !backend->bucket.bucket_name || (!rules_has(type_backends.item, backend, "serving") &&
						       !rules_has(type_backends.item, backend, "healthCheck"));
}

static bool default_has_machines(const void *self, const void *old)
{
	const struct lb_backend *backend = self;
	return !backend->bucket.bucket_name || !text_equal(backend->name, "default");
}

const struct rule backend_rules[] = {
	{
		.cel = "!has(self.bucket) || (!has(self.serving) && !has(self.healthCheck))",
		.message = "a backend with bucket has no serving and no healthCheck",
		.field_path = ".bucket",
		.holds = bucket_stands_alone,
	},
	{
		.cel = "self.name != 'default' || !has(self.bucket)",
		.message = "the backend named default serves machines; give the bucket another name and route to it",
		.field_path = ".bucket",
		.holds = default_has_machines,
	},
	{.cel = NULL},
};
