/* What Cloud CDN keeps, and for how long: cdnPolicy of spec.serving and of a bucket. Part of struct lb (lb.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/lb_template.h"

struct lb_negative_caching {
	uint64_t present;
	int64_t code, ttl;
};
struct lb_negative_cachings {
	struct lb_negative_caching *items;
	size_t count;
};

struct lb_bypass_header {
	uint64_t present;
	char *header_name;
};
struct lb_bypass_headers {
	struct lb_bypass_header *items;
	size_t count;
};

struct lb_cache_key {
	uint64_t present;
	bool include_host, include_protocol, include_query_string; /* of a bucket: never */
	struct lb_texts query_string_whitelist, query_string_blacklist;
	struct lb_texts include_http_headers, include_named_cookies;
};

/* A member of a Secret in the object's namespace. */
struct lb_secret_key {
	uint64_t present;
	char *name, *key;
};

struct lb_url_key {
	uint64_t present;
	char *name;
	struct lb_secret_key secret_ref;
};
struct lb_url_keys {
	struct lb_url_key *items;
	size_t count;
};

struct lb_cdn_policy {
	uint64_t present;
	char *cache_mode;
	int64_t client_ttl, default_ttl, max_ttl;
	bool negative_caching;
	struct lb_negative_cachings negative_caching_policy;
	struct lb_bypass_headers bypass_cache_on_request_headers;
	bool request_coalescing;
	int64_t serve_while_stale, signed_url_cache_max_age_sec;
	struct lb_url_keys signed_url_keys;
	struct lb_cache_key cache_key_policy;
};
