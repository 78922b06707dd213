/* Cloud CDN, as members of what has it. */
#pragma once

#include "kinds/kind.h"

/* Rows of the members that backend services and backend buckets have alike. */
#define CDN_MEMBERS                                                                                                    \
	{"cdnPolicy.signedUrlKeyNames", .rule = MEMBER_NAMES, .names = &cdn_url_keys},                                 \
		{"cdnPolicy.clientTtl", .rule = MEMBER_ABSENT_IS, .absent = "0"},                                      \
		{"cdnPolicy.defaultTtl", .rule = MEMBER_ABSENT_IS, .absent = "0"},                                     \
		{"cdnPolicy.maxTtl", .rule = MEMBER_ABSENT_IS, .absent = "0"},                                         \
		{"cdnPolicy.negativeCaching", .rule = MEMBER_ABSENT_IS, .absent = "false"},                            \
		{"cdnPolicy.requestCoalescing", .rule = MEMBER_ABSENT_IS, .absent = "false"},                          \
		{"cdnPolicy.serveWhileStale", .rule = MEMBER_ABSENT_IS, .absent = "0"},                                \
		{"cdnPolicy.signedUrlCacheMaxAgeSec", .rule = MEMBER_ABSENT_IS, .absent = "\"3600\""},                 \
		{"cdnPolicy.negativeCachingPolicy", .rule = MEMBER_KEYED, .key = "code"},                              \
		{"cdnPolicy.negativeCachingPolicy[].ttl", .rule = MEMBER_ABSENT_IS, .absent = "0"},                    \
		{"cdnPolicy.bypassCacheOnRequestHeaders", .rule = MEMBER_KEYED, .key = "headerName"},                  \
		{"cdnPolicy.cacheKeyPolicy.queryStringWhitelist", .rule = MEMBER_SET},                                 \
	{                                                                                                              \
		"cdnPolicy.cacheKeyPolicy.includeHttpHeaders", .rule = MEMBER_SET                                      \
	}

extern const struct kind_names cdn_url_keys;

/* Sets `flag`, which each kind spells in its own way, and cdnPolicy. from has enableCDN and cdnPolicy as in the spec. Where the
 * cache is on all of the policy is said, so that no default of the cloud matters; where it is off the policy is left as it is.
 * Keys of signed URLs become secrets of the want. full_key: the cache key has host, protocol and query to leave out. */
void cdn_set(struct want *want, const char *flag, const cJSON *from, bool full_key, const struct kind_context *context);
/* The keys to aim for now. aim: a copy of the goal; seen NULL: there is nothing yet. One whose name is there with another value, or with
 * one that the note does not tell, goes before it comes back; the note tells of one before it comes. While a Secret is not known what
 * is made of it stays. */
void cdn_aim(cJSON *aim, const cJSON *seen);
/* Has the cloud a key of that name, and is it, by the note, the one whose value has this SHA-256? */
bool cdn_has_key(const cJSON *body, const char *name);
bool cdn_key_is(const cJSON *body, const char *name, const char *digest);
