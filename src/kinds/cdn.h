/* Cloud CDN, as members of what has it. */
#pragma once

#include "base/json.h"

/* Rows of the members that backend services and backend buckets have alike. */
#define CDN_MEMBERS                                                                                                    \
	{"cdnPolicy.clientTtl", .rule = MEMBER_ABSENT_IS, .absent = "0"},                                              \
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

/* Sets `flag`, which each kind spells in its own way, and cdnPolicy. from has enableCDN and cdnPolicy as in the spec. Where the
 * cache is on all of the policy is said, so that no default of the cloud matters; where it is off the policy is left as it is.
 * full_key: the cache key has host, protocol and query to leave out. */
void cdn_set(cJSON *body, const char *flag, const cJSON *from, bool full_key);
