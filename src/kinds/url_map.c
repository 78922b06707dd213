/* URL maps: of one every request goes to the one backend service, the other sends clients of plain HTTP to HTTPS. */
#include "kinds/internal.h"

static const struct kind_member members[] = {
	{"defaultService", .rule = MEMBER_REFERENCE, .target = KIND_BACKEND_SERVICE},
	{"defaultUrlRedirect.redirectResponseCode", .rule = MEMBER_ABSENT_IS,
		.absent = "\"MOVED_PERMANENTLY_DEFAULT\""},
	{"defaultUrlRedirect.stripQuery", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	{0},
};

static const struct kind_source sources[] = {
	{"defaultUrlRedirect.redirectResponseCode", "spec.frontend.tls.redirectResponseCode"},
	{0},
};

/* What would send requests elsewhere. */
static const char *const must_be_unset[] = {
	"hostRules", "pathMatchers", "tests", "defaultUrlRedirect", "defaultRouteAction", "headerAction"};

static void add_redirect(const struct kind_context *context, struct wants *wants)
{
	static const char *const unset[] = {
		"defaultService", "hostRules", "pathMatchers", "tests", "defaultRouteAction", "headerAction"};
	static const char *const elsewhere[] = {"hostRedirect", "pathRedirect", "prefixRedirect"};
	const char *code = context->lb->spec.frontend.tls.redirect_response_code;
	cJSON *body = want_begin(wants, &kind_url_map, context, "redirect-map", "", NULL)->body, *redirect;

	redirect = json_set_object(body, "defaultUrlRedirect");
	json_set_bool(redirect, "httpsRedirect", true);
	json_set_text(redirect, "redirectResponseCode", code ? code : "MOVED_PERMANENTLY_DEFAULT");
	json_set_bool(redirect, "stripQuery", false);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		json_set(redirect, elsewhere[i], cJSON_CreateNull());
	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		json_set(body, unset[i], cJSON_CreateNull());
}

static void build(const struct kind_context *context, struct wants *wants)
{
	cJSON *body = want_begin(wants, &kind_url_map, context, "url-map", "", NULL)->body;

	json_set_text(body, "defaultService", wanted_path(wants, KIND_BACKEND_SERVICE, "backend-default"));
	for (size_t i = 0; i < sizeof(must_be_unset) / sizeof(must_be_unset[0]); i++)
		json_set(body, must_be_unset[i], cJSON_CreateNull());
	if (lb_redirects(&context->lb->spec.frontend))
		add_redirect(context, wants);
}

const struct kind kind_url_map = {
	.id = KIND_URL_MAP,
	.name = "UrlMap",
	.text = "URL map",
	.collection = "urlMaps",
	.fingerprint = true,
	.list_path = "global/urlMaps",
	.members = members,
	.sources = sources,
	.build = build,
};
