/* The proxy between rule and URL map. Its map is switched by a verb of its own, at once and without a fingerprint; the path of
 * that verb lacks "global/". */
#include "kinds/internal.h"

static const struct kind_verb set_url_map = {.name = "setUrlMap", .no_scope = true, .body = "urlMap"};

static const struct kind_member members[] = {
	{"description", .rule = MEMBER_INSERT_ONLY},
	{"urlMap", .rule = MEMBER_REFERENCE, .target = KIND_URL_MAP},
	{"urlMap", .rule = MEMBER_VERB, .verb = &set_url_map},
	{0},
};

static void build(const struct kind_context *context, struct wants *wants)
{
	cJSON *body = want_begin(wants, &kind_target_http_proxy, context, "http-proxy", "", NULL)->body;

	json_set_text(body, "urlMap", wanted_path(wants, KIND_URL_MAP, "url-map"));
}

const struct kind kind_target_http_proxy = {
	.id = KIND_TARGET_HTTP_PROXY,
	.name = "TargetHttpProxy",
	.text = "target HTTP proxy",
	.collection = "targetHttpProxies",
	.description_fixed = true,
	.fingerprint = true,
	.list_path = "global/targetHttpProxies",
	.members = members,
	.build = build,
};
