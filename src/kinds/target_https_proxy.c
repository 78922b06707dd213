/* The proxy of HTTPS. Its map is switched by a verb, at once and without a fingerprint; everything else goes by PATCH, so that
 * certificates and a map of certificates change places in one call. As long as a wanted certificate does not serve, the one
 * before it stays. */
#include <string.h>

#include "kinds/internal.h"
#include "kinds/migration.h"

enum { CERTIFICATES_MAX = 15 };

static const struct kind_member members[] = {
	{"description", .rule = MEMBER_INSERT_ONLY},
	{"urlMap", .rule = MEMBER_REFERENCE, .target = KIND_URL_MAP},
	{"urlMap", .rule = MEMBER_VERB, .verb = &set_url_map},
	{"sslCertificates[]", .rule = MEMBER_REFERENCE, .target = KIND_SSL_CERTIFICATE},
	{"sslPolicy", .rule = MEMBER_REFERENCE, .target = KIND_SSL_POLICY},
	{"certificateMap", .rule = MEMBER_LINK},
	{"serverTlsPolicy", .rule = MEMBER_LINK},
	{"quicOverride", .rule = MEMBER_ABSENT_IS, .absent = "\"NONE\""},
	{"tlsEarlyData", .rule = MEMBER_ABSENT_IS, .absent = "\"DISABLED\""},
	{0},
};

static const struct kind_source sources[] = {
	{"sslCertificates", "spec.frontend.tls.certificates"},
	{"certificateMap", "spec.frontend.tls.certificateMap"},
	{"sslPolicy", "spec.frontend.tls.sslPolicy"},
	{"quicOverride", "spec.frontend.tls.quicOverride"},
	{"tlsEarlyData", "spec.frontend.tls.tlsEarlyData"},
	{"serverTlsPolicy", "spec.frontend.tls.serverTlsPolicy"},
	{"httpKeepAliveTimeoutSec", "spec.frontend.httpKeepAliveTimeoutSec"},
	{0},
};

void set_keep_alive(cJSON *body, const struct lb_frontend *frontend)
{
	set_int(body, "httpKeepAliveTimeoutSec", frontend->http_keep_alive_timeout_sec);
}

static void set_certificates(cJSON *body, const struct wants *wants)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < wants->count; i++) {
		if (wants->items[i].kind->id == KIND_SSL_CERTIFICATE)
			json_add_text(array, want_path(&wants->items[i]));
	}
	json_set(body, "sslCertificates", array->child ? array : cJSON_CreateNull());
}

/* Certificate Manager's own form, as Compute Engine takes it. */
static const char *map_link(const struct lb *lb)
{
	const char *map = lb->spec.frontend.tls.certificate_map;

	return map ? arena_printf(json_arena(),
			     "//certificatemanager.googleapis.com/projects/%s/locations/global/certificateMaps/%s",
			     lb->spec.project, map)
	           : NULL;
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_tls *tls = &context->lb->spec.frontend.tls;
	const struct want *policy = wants_find(wants, KIND_SSL_POLICY, "ssl-policy");
	cJSON *body;

	if (!lb_has_tls(&context->lb->spec.frontend))
		return;
	body = want_begin(wants, &kind_target_https_proxy, context, "https-proxy", "", NULL)->body;
	json_set_text(body, "urlMap", wanted_path(wants, KIND_URL_MAP, "url-map"));
	set_certificates(body, wants);
	set_text(body, "certificateMap", map_link(context->lb));
	set_text(body, "sslPolicy", policy ? want_path(policy) : NULL);
	json_set_text(body, "quicOverride", tls->quic_override);
	json_set_text(body, "tlsEarlyData", tls->tls_early_data);
	set_text(body, "serverTlsPolicy",
		tls->server_tls_policy
			? arena_printf(json_arena(), "//networksecurity.googleapis.com/%s", tls->server_tls_policy)
			: NULL);
	set_keep_alive(body, &context->lb->spec.frontend);
}

static bool is_late(const struct node *node)
{
	switch (node->kind->id) {
	case KIND_SSL_CERTIFICATE:
		return !certificate_serves(node);
	case KIND_TARGET_HTTPS_PROXY:
		return !node_usable(node);
	case KIND_FORWARDING_RULE:
		return text_ends(node->own_role, "https-rule") && !node_usable(node);
	default:
		return false;
	}
}

const struct node *https_late(const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i]->wanted && is_late(nodes->items[i]))
			return nodes->items[i];
	}
	return NULL;
}

/* The wanted certificate of the entry that this one is of; NULL: the entry is gone, or bears another name now. */
static const struct node *successor(const struct nodes *nodes, const struct node *old)
{
	for (size_t i = 0; old && i < nodes->count; i++) {
		if (nodes->items[i]->kind->id == KIND_SSL_CERTIFICATE && nodes->items[i]->wanted &&
			text_equal(nodes->items[i]->own_role, old->own_role))
			return nodes->items[i];
	}
	return NULL;
}

/* What is shown now stays until that of the same entry serves, however long others take; without one, until all do. */
static bool must_stay(const struct node *old, const struct node *next)
{
	return (!old || old->presence != NODE_ABSENT) && !(next && certificate_serves(next));
}

static bool has_link(const cJSON *array, const char *link, const char *project)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array)
	{
		if (link_equal(item->valuestring, link, project))
			return true;
	}
	return false;
}

static void add_once(cJSON *array, const char *link, const char *project)
{
	if (!has_link(array, link, project))
		json_add_text(array, link);
}

/* One that is shown and no longer wanted: it stays, or the next one takes its place. */
static void add_shown(cJSON *array, const struct node *proxy, const struct nodes *nodes, const char *link, int *room)
{
	const struct node *old = nodes_target(nodes, KIND_SSL_CERTIFICATE, link), *next = successor(nodes, old);

	if (must_stay(old, next) && (*room)-- > 0)
		json_add_text(array, link_path(link, proxy->own_project));
	else if (next && node_usable(next))
		add_once(array, node_path(next), proxy->own_project);
}

/* Those that serve now come first: to clients that name no host the first is shown. What is being obtained must be shown, too,
 * or Google never finds it; when there is no room, in the place of what is no longer wanted. */
static cJSON *on_the_way(const struct node *proxy, const struct nodes *nodes)
{
	const cJSON *wanted = json_member(proxy->want, "sslCertificates"), *item;
	cJSON *array = cJSON_CreateArray();
	int room = CERTIFICATES_MAX - cJSON_GetArraySize(wanted);

	cJSON_ArrayForEach(item, json_member(proxy->seen, "sslCertificates"))
	{
		if (has_link(wanted, item->valuestring, proxy->own_project))
			add_once(array, link_path(item->valuestring, proxy->own_project), proxy->own_project);
		else
			add_shown(array, proxy, nodes, item->valuestring, &room);
	}
	cJSON_ArrayForEach(item, wanted)
	{
		const struct node *node = nodes_target(nodes, KIND_SSL_CERTIFICATE, item->valuestring);

		if (node && node_usable(node))
			add_once(array, item->valuestring, proxy->own_project);
	}
	return array;
}

static void show_what_serves(const struct node *node, const struct nodes *nodes, cJSON *body)
{
	cJSON *shown = on_the_way(node, nodes);

	json_set(body, "sslCertificates", shown->child ? shown : cJSON_CreateNull());
	if (!shown->child) /* a map stays until there is something to take its place */
		set_text(body, "certificateMap", json_text(node->seen, "certificateMap"));
}

static cJSON *toward(const struct node *node, const struct nodes *nodes)
{
	bool late = node->seen && json_has(node->want, "sslCertificates") && !certificates_serve(nodes);
	bool migrates = migration_runs(nodes);
	cJSON *body;

	if (!late && !migrates)
		return NULL;
	body = json_copy(node->want);
	if (late)
		show_what_serves(node, nodes, body);
	if (migrates)
		migration_aim_proxy(nodes, body);
	return body;
}

const struct kind kind_target_https_proxy = {
	.id = KIND_TARGET_HTTPS_PROXY,
	.name = "TargetHttpsProxy",
	.text = "target HTTPS proxy",
	.collection = "targetHttpsProxies",
	.description_fixed = true,
	.fingerprint = true,
	.list_path = "global/targetHttpsProxies",
	.members = members,
	.sources = sources,
	.build = build,
	.toward = toward,
};
