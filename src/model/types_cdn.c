/* The table of Cloud CDN. Members are named as in Compute Engine. */
#include "model/types_internal.h"

enum { YEAR = 31622400, WEEK = 604800, HALF_HOUR = 1800 };

static const struct type ttl = INTEGER(0, YEAR);
static const struct type stale = INTEGER(0, WEEK);
static const char *const mode_words[] = {"CACHE_ALL_STATIC", "USE_ORIGIN_HEADERS", "FORCE_CACHE_ALL", NULL};
static const struct type mode = {.kind = TYPE_STRING, .words = mode_words};

static const struct type code = {.kind = TYPE_INTEGER, .least = 300, .most = 501, .rules = negative_code_rules};
static const struct type short_ttl = INTEGER(0, HALF_HOUR);
static const struct field negative_fields[] = {
	{"code", &code, AT(int64_t, struct lb_negative_caching, code), .required = true, .change = CHANGE_PLACE,
		.text = "Status code of the answer."},
	{"ttl", &short_ttl, AT(int64_t, struct lb_negative_caching, ttl), .required = true, .unit = "seconds",
		.change = CHANGE_PLACE, .text = "Time to keep it."},
};
static const struct type negative = {
	.kind = TYPE_OBJECT, FIELDS(negative_fields), .size = sizeof(struct lb_negative_caching)};
static const struct type negatives = {.kind = TYPE_LIST,
	.most = 11,
	.form = LIST_KEYED,
	.keys = {"code"},
	.item = &negative,
	.item_text = "One status code."};

static const struct field bypass_fields[] = {
	{"headerName", &type_header_name, AT(char *, struct lb_bypass_header, header_name), .required = true,
		.change = CHANGE_PLACE, .text = "Name of the header."},
};
static const struct type bypass = {.kind = TYPE_OBJECT, FIELDS(bypass_fields), .size = sizeof(struct lb_bypass_header)};
static const struct type bypasses = {.kind = TYPE_LIST,
	.most = 5,
	.form = LIST_KEYED,
	.keys = {"headerName"},
	.item = &bypass,
	.item_text = "One header."};

/* signedUrlKeys */

static const struct type secret_member = TEXT(1, 253, .pattern = &pattern_secret_member);
static const struct field secret_key_fields[] = {
	{"name", &type_secret_name, AT(char *, struct lb_secret_key, name), .required = true, .change = CHANGE_PLACE,
		.text = "Secret in this namespace."},
	{"key", &secret_member, AT(char *, struct lb_secret_key, key), .required = true, .change = CHANGE_PLACE,
		.text = "Member of its data."},
};
const struct type type_secret_key = {
	.kind = TYPE_OBJECT, FIELDS(secret_key_fields), .size = sizeof(struct lb_secret_key)};

static const struct field url_key_fields[] = {
	{"name", &type_label, AT(char *, struct lb_url_key, name), .required = true, .change = CHANGE_PLACE,
		.text = "KeyName of signed URLs. Rotate by a key of another name: another value under this name has a "
			"gap."},
	{"secretRef", &type_secret_key, AT(struct lb_secret_key, struct lb_url_key, secret_ref), .required = true,
		.text = "Key: 16 random bytes in base64url."},
};
static const struct type url_key = {.kind = TYPE_OBJECT, FIELDS(url_key_fields), .size = sizeof(struct lb_url_key)};
static const struct type url_keys = {
	.kind = TYPE_LIST, .most = 3, .form = LIST_KEYED, .keys = {"name"}, .item = &url_key, .item_text = "One key."};

/* cacheKeyPolicy */

static const struct type key_name = TEXT(1, 128, .pattern = &pattern_one_line);
static const struct type key_headers = {
	.kind = TYPE_LIST, .most = 5, .form = LIST_SET, .item = &type_header_name, .item_text = "A header."};
static const struct type key_cookies = {
	.kind = TYPE_LIST, .most = 5, .form = LIST_SET, .item = &key_name, .item_text = "A cookie."};
static const struct type key_parameters = {
	.kind = TYPE_LIST, .most = 10, .form = LIST_SET, .item = &key_name, .item_text = "A parameter."};

#define KEY(c_type, member) AT(c_type, struct lb_cache_key, member), .change = CHANGE_PLACE
#define BUCKET_KEY_FIELDS                                                                                              \
	{"queryStringWhitelist", &key_parameters, KEY(struct lb_texts, query_string_whitelist),                        \
		.text = "Parameters of the query that tell answers apart; no others do. At most 10."},                 \
	{                                                                                                              \
		"includeHttpHeaders", &key_headers, KEY(struct lb_texts, include_http_headers),                        \
			.text = "Request headers that tell answers apart, too; at most 5."                             \
	}
static const struct field key_fields[] = {
	{"includeHost", &type_flag, KEY(bool, include_host), .text = "The host tells answers apart. Unset: true."},
	{"includeProtocol", &type_flag, KEY(bool, include_protocol),
		.text = "Whether it came by HTTP or HTTPS tells answers apart. Unset: true."},
	{"includeQueryString", &type_flag, KEY(bool, include_query_string),
		.text = "The query tells answers apart. Unset: true."},
	BUCKET_KEY_FIELDS,
	{"queryStringBlacklist", &key_parameters, KEY(struct lb_texts, query_string_blacklist),
		.text = "Parameters of the query that do not tell answers apart; all others do. At most 10."},
	{"includeNamedCookies", &key_cookies, KEY(struct lb_texts, include_named_cookies),
		.text = "Cookies that tell answers apart, too; at most 5."},
};
const struct type type_cache_key = {
	.kind = TYPE_OBJECT, FIELDS(key_fields), .size = sizeof(struct lb_cache_key), .rules = cache_key_rules};

/* cdnPolicy */

#define CDN(c_type, member) AT(c_type, struct lb_cdn_policy, member), .change = CHANGE_PLACE
#define CDN_FIELDS(key_type)                                                                                           \
	{"cacheMode", &mode, CDN(char *, cache_mode),                                                                  \
		.text = "What is kept: static content, what the answers' headers allow, or everything, private "       \
			"answers too. Unset: CACHE_ALL_STATIC."},                                                      \
		{"clientTtl", &ttl, CDN(int64_t, client_ttl), .unit = "seconds",                                       \
			.text = "Most time that clients keep an answer. Unset: 3600, or maxTtl if that is less."},     \
		{"defaultTtl", &ttl, CDN(int64_t, default_ttl), .unit = "seconds",                                     \
			.text = "Time to keep an answer that names none. Unset: 3600, or maxTtl if that is less."},    \
		{"maxTtl", &ttl, CDN(int64_t, max_ttl), .unit = "seconds",                                             \
			.text = "Most time to keep an answer. Unset: 86400, or the other two if they are more."},      \
		{"negativeCaching", &type_flag, CDN(bool, negative_caching),                                           \
			.text = "Keep errors and redirects, too. Unset: true."},                                       \
		{"negativeCachingPolicy", &negatives, CDN(struct lb_negative_cachings, negative_caching_policy),       \
			.text = "Times by status code; others are not kept then. Unset: Google's."},                   \
		{"bypassCacheOnRequestHeaders", &bypasses,                                                             \
			CDN(struct lb_bypass_headers, bypass_cache_on_request_headers),                                \
			.text = "Requests with one of these headers go past the cache; at most 5."},                   \
		{"requestCoalescing", &type_flag, CDN(bool, request_coalescing),                                       \
			.text = "Ask the backend once for many like requests. Unset: true."},                          \
		{"serveWhileStale", &stale, CDN(int64_t, serve_while_stale), .unit = "seconds",                        \
			.text = "Time that old answers are served while a new one is asked for. Unset: 86400."},       \
		{"signedUrlCacheMaxAgeSec", &ttl, CDN(int64_t, signed_url_cache_max_age_sec), .unit = "seconds",       \
			.text = "Time to keep answers to signed URLs. Unset: 3600."},                                  \
		{"signedUrlKeys", &url_keys, CDN(struct lb_url_keys, signed_url_keys),                                 \
			.text = "Keys that URLs may be signed with. Unset: none."},                                    \
	{                                                                                                              \
		"cacheKeyPolicy", key_type, AT(struct lb_cache_key, struct lb_cdn_policy, cache_key_policy),           \
			.text = "What tells answers apart."                                                            \
	}
static const struct field policy_fields[] = {CDN_FIELDS(&type_cache_key)};
const struct type type_cdn_policy = {
	.kind = TYPE_OBJECT, FIELDS(policy_fields), .size = sizeof(struct lb_cdn_policy), .rules = cdn_policy_rules};

/* A bucket's is the same, but for what its key can leave out. The rules tell presence by the order of members, which is one. */
static const struct field bucket_key_fields[] = {BUCKET_KEY_FIELDS};
static const struct type bucket_key = {
	.kind = TYPE_OBJECT, FIELDS(bucket_key_fields), .size = sizeof(struct lb_cache_key)};
static const struct field bucket_policy_fields[] = {CDN_FIELDS(&bucket_key)};
const struct type type_bucket_cdn_policy = {.kind = TYPE_OBJECT,
	FIELDS(bucket_policy_fields),
	.size = sizeof(struct lb_cdn_policy),
	.rules = cdn_policy_rules};
