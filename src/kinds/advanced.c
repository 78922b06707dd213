/* What only the global load balancer (EXTERNAL_MANAGED) has, and the classic one refuses (gce-compute-v1.md 13.2). */
#include <string.h>

#include "kinds/internal.h"

static bool is_set(const cJSON *object, const char *name)
{
	const cJSON *member = json_member(object, name);

	return member && !cJSON_IsNull(member);
}

static const char *const advanced[] = {"localityLbPolicy", "consistentHash", "strongSessionAffinityCookie",
	"customMetrics", "outlierDetection", "circuitBreakers", "maxStreamDuration", "ipAddressSelectionPolicy",
	"serviceLbPolicy"};
enum { ADVANCED = sizeof(advanced) / sizeof(advanced[0]) };

static bool has_advanced_affinity(const cJSON *body)
{
	const char *affinity = json_text(body, "sessionAffinity");

	return text_equal(affinity, "HEADER_FIELD") || text_equal(affinity, "HTTP_COOKIE") ||
	       text_equal(affinity, "STRONG_COOKIE_AFFINITY");
}

static bool has_advanced_protocol(const cJSON *body)
{
	return text_equal(json_text(body, "protocol"), "H2C");
}

bool service_is_advanced(const cJSON *body)
{
	for (size_t i = 0; i < ADVANCED; i++) {
		if (is_set(body, advanced[i]))
			return true;
	}
	return has_advanced_affinity(body) || has_advanced_protocol(body);
}

/* Anything but rewriting. */
static bool is_advanced_action(const cJSON *action)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, action)
	{
		if (!cJSON_IsNull(member) && strcmp(member->string, "urlRewrite") != 0)
			return true;
	}
	return false;
}

/* At any depth of a URL map. */
bool map_is_advanced(const cJSON *value)
{
	static const char *const words[] = {
		"routeRules", "headerAction", "customErrorResponsePolicy", "defaultCustomErrorResponsePolicy"};
	const cJSON *member;

	for (size_t i = 0; cJSON_IsObject(value) && i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_set(value, words[i]))
			return true;
	}
	if (cJSON_IsObject(value) && (is_advanced_action(json_member(value, "routeAction")) ||
					     is_advanced_action(json_member(value, "defaultRouteAction"))))
		return true;
	cJSON_ArrayForEach(member, value)
	{
		if (map_is_advanced(member))
			return true;
	}
	return false;
}

void service_withhold(cJSON *aim, const cJSON *seen)
{
	for (size_t i = 0; i < ADVANCED; i++) {
		if (is_set(aim, advanced[i]))
			json_remove(aim, advanced[i]);
	}
	if (has_advanced_affinity(aim)) {
		json_set_text(aim, "sessionAffinity", json_text_or(seen, "sessionAffinity", "NONE"));
		json_set_int(aim, "affinityCookieTtlSec", json_int(seen, "affinityCookieTtlSec", 0));
	}
	if (has_advanced_protocol(aim))
		json_set_text(aim, "protocol", json_text_or(seen, "protocol", "HTTP"));
}
