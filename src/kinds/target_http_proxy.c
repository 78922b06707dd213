/* The proxy between rule and URL map. Its map is switched by a verb of its own, at once and without a fingerprint; the path of
 * that verb lacks "global/". Clients are sent to HTTPS only when HTTPS serves, and HTTPS goes only when none are sent there. */
#include "kinds/internal.h"
#include "kinds/migration.h"

const struct kind_verb set_url_map = {.name = "setUrlMap", .no_scope = true, .body = "urlMap"};

static const struct kind_member members[] = {
	{"description", .rule = MEMBER_INSERT_ONLY},
	{"urlMap", .rule = MEMBER_REFERENCE, .target = KIND_URL_MAP},
	{"urlMap", .rule = MEMBER_VERB, .verb = &set_url_map},
	{0},
};

static const struct kind_source sources[] = {
	{"httpKeepAliveTimeoutSec", "spec.frontend.httpKeepAliveTimeoutSec"},
	{0},
};

static const char redirect_map[] = "redirect-map";

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_frontend *frontend = &context->lb->spec.frontend;
	cJSON *body;

	if (!lb_has_http(frontend))
		return;
	body = want_begin(wants, &kind_target_http_proxy, context, "http-proxy", "", NULL)->body;
	json_set_text(
		body, "urlMap", wanted_path(wants, KIND_URL_MAP, lb_redirects(frontend) ? redirect_map : "url-map"));
	set_keep_alive(body, frontend);
}

static const char *map_role(const struct nodes *nodes, const cJSON *body)
{
	const char *link = json_text(body, "urlMap");
	const struct node *map = link ? nodes_target(nodes, KIND_URL_MAP, link) : NULL;

	return map ? map->own_role : NULL;
}

/* It is to send clients to HTTPS, which does not serve yet. */
static bool is_early(const struct node *node, const struct nodes *nodes)
{
	return text_equal(map_role(nodes, node->want), redirect_map) &&
	       text_equal(map_role(nodes, node->seen), "url-map") && https_late(nodes);
}

static cJSON *toward(const struct node *node, const struct nodes *nodes)
{
	bool early = is_early(node, nodes), migrates = migration_runs(nodes);
	cJSON *body;

	if (!early && !migrates)
		return NULL;
	body = json_copy(node->want);
	if (early)
		json_set_text(body, "urlMap", json_text(node->seen, "urlMap"));
	if (migrates)
		migration_aim_proxy(nodes, body);
	return body;
}

/* Whoever is still sent to HTTPS must find it there. A map that nobody knows may send clients anywhere. */
static bool holds(const struct node *node, const struct nodes *nodes, const struct node *target)
{
	const char *seen = json_text(node->seen, "urlMap"), *want = json_text(node->want, "urlMap");
	const char *role = map_role(nodes, node->seen);

	if (!text_ends(target->own_role, "https-rule") || !seen || (role && !text_equal(role, redirect_map)))
		return false;
	return !want || !link_equal(seen, want, node->own_project);
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
	.sources = sources,
	.build = build,
	.toward = toward,
	.holds = holds,
};
