/* The URL map: every request goes to the one backend service. */
#include "kinds/internal.h"

static const struct kind_member members[] = {
	{"defaultService", .rule = MEMBER_REFERENCE, .target = KIND_BACKEND_SERVICE},
	{0},
};

/* What would send requests elsewhere. */
static const char *const must_be_unset[] = {
	"hostRules", "pathMatchers", "tests", "defaultUrlRedirect", "defaultRouteAction", "headerAction"};

static void build(const struct kind_context *context, struct wants *wants)
{
	cJSON *body = want_begin(wants, &kind_url_map, context, "url-map", "", NULL)->body;

	json_set_text(body, "defaultService", wanted_path(wants, KIND_BACKEND_SERVICE, "backend-default"));
	for (size_t i = 0; i < sizeof(must_be_unset) / sizeof(must_be_unset[0]); i++)
		json_set(body, must_be_unset[i], cJSON_CreateNull());
}

const struct kind kind_url_map = {
	.id = KIND_URL_MAP,
	.name = "UrlMap",
	.text = "URL map",
	.collection = "urlMaps",
	.fingerprint = true,
	.list_path = "global/urlMaps",
	.members = members,
	.build = build,
};
