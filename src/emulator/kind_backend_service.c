/* backendServices: which groups serve, on which named port, checked by what. */
#include <string.h>

#include "base/str.h"
#include "emulator/armor.h"
#include "emulator/cdn.h"
#include "emulator/core.h"
#include "emulator/health.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/migration.h"
#include "emulator/resource.h"
#include "emulator/secret.h"

static bool is_external(const cJSON *body)
{
	return text_starts(json_text_or(body, "loadBalancingScheme", "EXTERNAL"), "EXTERNAL");
}

static bool check_health_checks(struct emu_call *call, const cJSON *body)
{
	int checks = cJSON_GetArraySize(json_member(body, "healthChecks"));

	if (checks > 1)
		return emu_refuse(&call->refusal, 400, "invalid",
			"Value for field 'resource.healthChecks' is too large: maximum size 1 element(s); actual size "
			"%d.",
			checks);
	if (checks || !json_member(body, "backends"))
		return true;
	return emu_refuse_field(&call->refusal, "healthChecks", "", "At least one health check needs to be specified.");
}

static bool check_scaler(struct emu_call *call, const cJSON *backend, const char *at)
{
	const cJSON *scaler = json_member(backend, "capacityScaler");
	double value = scaler ? scaler->valuedouble : 1;

	if (value == 0 && backend->prev == backend)
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.capacityScaler", at), "0",
			"The capacity scaler of the only backend can't be 0.");
	return value == 0 || (value >= 0.1 && value <= 1) ||
	       emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.capacityScaler", at), json_print(scaler),
		       "Must be 0, or between 0.1 and 1.");
}

static bool check_mode(struct emu_call *call, const cJSON *backend, const char *at)
{
	const char *mode = json_text_or(backend, "balancingMode", "UTILIZATION");
	const cJSON *utilization = json_member(backend, "maxUtilization");
	bool rate = json_has(backend, "maxRate") || json_has(backend, "maxRatePerInstance");

	if (!strcmp(mode, "CONNECTION"))
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.balancingMode", at), mode,
			"Balancing mode CONNECTION is not supported for protocol HTTP.");
	if (!strcmp(mode, "RATE") && !rate)
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.maxRate", at), "",
			"Either maxRate or maxRatePerInstance must be specified for balancing mode RATE.");
	if (utilization && (utilization->valuedouble < 0 || utilization->valuedouble > 1))
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.maxUtilization", at),
			json_print(utilization), "Must be between 0.0 and 1.0.");
	if (json_has(backend, "maxRate") && json_has(backend, "maxRatePerInstance"))
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.maxRate", at), "",
			"Only one of maxRate and maxRatePerInstance can be set.");
	if (!strcmp(mode, "CUSTOM_METRICS") && !json_has(backend, "customMetrics"))
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.customMetrics", at), "",
			"Custom metrics must be specified for balancing mode CUSTOM_METRICS.");
	if (utilization && strcmp(mode, "UTILIZATION") != 0)
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.maxUtilization", at),
			json_print(utilization), "Only balancing mode UTILIZATION has it.");
	return true;
}

static bool is_repeated(const struct emu_call *call, const cJSON *backend)
{
	const char *group = json_text_or(backend, "group", "");
	const char *path = emu_link_path(group, call->route.project);

	for (const cJSON *other = backend->next; other; other = other->next)
		if (path && text_equal(path, emu_link_path(json_text_or(other, "group", ""), call->route.project)))
			return true;
	return false;
}

static bool check_backend(struct emu_call *call, const cJSON *backend, const char *at)
{
	const char *field = arena_printf(json_arena(), "%s.group", at), *group = json_text(backend, "group");

	if (!group)
		return emu_refuse_required(&call->refusal, field);
	if (!strstr(group, "://"))
		return emu_refuse_field(&call->refusal, field, group, "The URL is malformed.");
	if (is_repeated(call, backend))
		return emu_refuse_field(&call->refusal, field, group, "Duplicate instance groups in backend service.");
	return check_mode(call, backend, at) && check_scaler(call, backend, at);
}

static bool check_backends(struct emu_call *call, const cJSON *body)
{
	const cJSON *backend;
	int index = 0;

	cJSON_ArrayForEach(backend,
		json_member(body,
			"backends")) if (!check_backend(call, backend,
						 arena_printf(json_arena(), "backends[%d]", index++))) return false;
	return true;
}

/* The first member that only the global external load balancer (EXTERNAL_MANAGED) has; NULL: none. */
static const char *managed_only(const cJSON *body)
{
	static const char *const members[] = {"localityLbPolicy", "outlierDetection", "circuitBreakers",
		"consistentHash", "serviceLbPolicy", "maxStreamDuration", "strongSessionAffinityCookie",
		"customMetrics", "ipAddressSelectionPolicy"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_member(body, members[i]))
			return members[i];
	return NULL;
}

static bool is_managed_affinity(const char *affinity)
{
	return text_equal(affinity, "HEADER_FIELD") || text_equal(affinity, "HTTP_COOKIE") ||
	       text_equal(affinity, "STRONG_COOKIE_AFFINITY");
}

bool emu_service_is_advanced(const cJSON *body)
{
	return managed_only(body) || is_managed_affinity(json_text(body, "sessionAffinity"));
}

static bool check_managed_only(struct emu_call *call, const cJSON *body)
{
	const char *member = managed_only(body);

	if (!member || !text_equal(json_text_or(body, "loadBalancingScheme", "EXTERNAL"), "EXTERNAL"))
		return true;
	return emu_refuse_field(&call->refusal, member, json_print(json_member(body, member)),
		"Not supported for load balancing scheme EXTERNAL.");
}

/* Which affinity and protocol go with what (schema: descriptions of sessionAffinity, consistentHash, localityLbPolicy). */
static bool check_affinity(struct emu_call *call, const cJSON *body)
{
	const char *affinity = json_text_or(body, "sessionAffinity", "NONE");
	const char *policy = json_text_or(body, "localityLbPolicy", "ROUND_ROBIN");
	bool hashed = text_equal(policy, "RING_HASH") || text_equal(policy, "MAGLEV");
	bool by_header = text_equal(affinity, "HEADER_FIELD"), by_cookie = text_equal(affinity, "HTTP_COOKIE");
	bool managed = !text_equal(json_text_or(body, "loadBalancingScheme", "EXTERNAL"), "EXTERNAL");

	if (!managed && is_managed_affinity(affinity))
		return emu_refuse_field(&call->refusal, "sessionAffinity", affinity,
			"Not supported for load balancing scheme EXTERNAL.");
	if ((by_header && !json_has(body, "consistentHash.httpHeaderName")) ||
		(by_cookie && !json_has(body, "consistentHash.httpCookie")))
		return emu_refuse_field(&call->refusal, "consistentHash", "", "Session affinity %s needs %s.", affinity,
			by_header ? "httpHeaderName" : "httpCookie");
	if (json_has(body, "consistentHash") && !hashed)
		return emu_refuse_field(&call->refusal, "consistentHash",
			json_print(json_member(body, "consistentHash")),
			"Only locality policies RING_HASH and MAGLEV have it.");
	if (json_has(body, "strongSessionAffinityCookie") != text_equal(affinity, "STRONG_COOKIE_AFFINITY"))
		return emu_refuse_field(&call->refusal, "strongSessionAffinityCookie", "",
			"Goes with session affinity STRONG_COOKIE_AFFINITY.");
	return true;
}

static bool check_outliers(struct emu_call *call, const cJSON *body)
{
	static const char *const shares[] = {"enforcingConsecutiveErrors", "enforcingConsecutiveGatewayFailure",
		"enforcingSuccessRate", "maxEjectionPercent"};

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		if (!emu_check_range(call, body, arena_printf(json_arena(), "outlierDetection.%s", shares[i]), 0, 100))
			return false;
	}
	return true;
}

static bool check_log(struct emu_call *call, const cJSON *body)
{
	const cJSON *rate = json_at(body, "logConfig.sampleRate");

	if (rate && (rate->valuedouble < 0 || rate->valuedouble > 1))
		return emu_refuse_field(
			&call->refusal, "logConfig.sampleRate", json_print(rate), "Must be between 0.0 and 1.0.");
	if (json_has(body, "logConfig.optionalFields") &&
		!text_equal(json_text(body, "logConfig.optionalMode"), "CUSTOM"))
		return emu_refuse_field(&call->refusal, "logConfig.optionalFields", "", "Needs optionalMode CUSTOM.");
	return true;
}

/* Answers to people who signed in must not be cached. */
static bool check_proxy(struct emu_call *call, const cJSON *body)
{
	return !json_bool(body, "iap.enabled", false) || !json_bool(body, "enableCDN", false) ||
	       emu_refuse_field(&call->refusal, "iap", "",
		       "Identity-Aware Proxy and Cloud CDN cannot be enabled on the same backend service.");
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	return emu_migration_check_service(call, body, before) &&
	       emu_check_range(call, body, "timeoutSec", 1, 2147483647) &&
	       emu_check_range(call, body, "affinityCookieTtlSec", 0, 1209600) &&
	       emu_check_range(call, body, "connectionDraining.drainingTimeoutSec", 0, 3600) &&
	       check_health_checks(call, body) && check_backends(call, body) && check_managed_only(call, body) &&
	       check_affinity(call, body) && check_outliers(call, body) && check_log(call, body) &&
	       emu_cdn_check(call, body) && check_proxy(call, body);
}

/* The secret itself is never shown again: only its digest, of the empty one, too. */
static void complete_iap(const struct emu_call *call, cJSON *iap)
{
	const char *secret = json_text(iap, "oauth2ClientSecret");

	emu_default_bool(iap, "enabled", false);
	emu_default_text(iap, "oauth2ClientId", "");
	if (secret)
		json_set_text(iap, "oauth2ClientSecretSha256", emu_secret_digest(call, secret));
	else
		emu_default_text(iap, "oauth2ClientSecretSha256", emu_secret_digest(call, ""));
	json_remove(iap, "oauth2ClientSecret");
}

static void complete(struct emu_call *call, cJSON *body)
{
	bool https = text_equal(json_text(body, "protocol"), "HTTPS");
	cJSON *backend;

	emu_default_text(body, "loadBalancingScheme", "EXTERNAL");
	emu_default_text(body, "protocol", "HTTP");
	emu_default_int(body, "port", https ? 443 : 80);
	emu_default_text(body, "portName", https ? "https" : "http");
	emu_default_int(body, "timeoutSec", 30);
	emu_default_text(body, "sessionAffinity", "NONE");
	emu_default_int(body, "affinityCookieTtlSec", 0);
	emu_default_text(body, "description", "");
	emu_default_int(emu_default_object(body, "connectionDraining"), "drainingTimeoutSec", 0);
	if (is_external(body))
		emu_default_bool(body, "enableCDN", false);
	emu_cdn_complete(body, "enableCDN", true);
	if (json_member(body, "iap"))
		complete_iap(call, json_member(body, "iap"));
	cJSON_ArrayForEach(backend, json_member(body, "backends"))
	{
		emu_default_text(backend, "balancingMode", "UTILIZATION");
		emu_default_int(backend, "capacityScaler", 1);
	}
}

static const struct emu_reference references[] = {
	{.field = "healthChecks[]", .collections = "healthChecks", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = "backends[].group", .collections = "instanceGroups", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = NULL},
};

static bool set_security_policy(struct emu_call *call, struct emu_resource *resource)
{
	return emu_set_policy(call, resource, "securityPolicy", "setSecurityPolicy");
}

static bool set_edge_security_policy(struct emu_call *call, struct emu_resource *resource)
{
	return emu_set_policy(call, resource, "edgeSecurityPolicy", "setEdgeSecurityPolicy");
}

static const struct emu_verb verbs[] = {
	{.name = "getHealth", .method = "POST", .fn = emu_get_health, .reads = true},
	{.name = "setSecurityPolicy", .method = "POST", .fn = set_security_policy},
	{.name = "setEdgeSecurityPolicy", .method = "POST", .fn = set_edge_security_policy},
	{.name = "addSignedUrlKey", .method = "POST", .fn = emu_add_url_key},
	{.name = "deleteSignedUrlKey", .method = "POST", .fn = emu_delete_url_key},
	{.name = NULL},
};

const struct emu_kind emu_backend_service_kind = {
	.collection = "backendServices",
	.message = "BackendService",
	.noun = "backend_service",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 5000, 40000},
	.patch = {"patch", 5000, 40000},
	.put = {"update", 5000, 40000},
	.remove = {"delete", 5000, 40000},
	.fingerprint = FINGERPRINT_NEEDED_BY_PUT,
	.quota = "BACKEND_SERVICES",
	.references = references,
	.verbs = verbs,
	.check = check,
	.before_put = emu_keep_url_keys,
	.complete = complete,
	.applied = emu_migration_applied,
	.render = emu_render_users,
	.forget = emu_health_forget,
};
