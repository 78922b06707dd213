/* What spec.serving says of how requests are spread, as members of a backend service. */
#include "kinds/serving.h"

#include "kinds/body.h"
#include "kinds/cdn.h"
#include "kinds/internal.h"
#include "model/model.h"

static void set_cookie(cJSON *to, const char *name, const cJSON *from)
{
	static const char *const alike[] = {"name", "path", NULL};
	cJSON *cookie;

	if (!body_object(from, name)) {
		json_set(to, name, cJSON_CreateNull());
		return;
	}
	cookie = json_set_object(to, name);
	body_take_all(cookie, body_object(from, name), alike);
	body_take_seconds(cookie, "ttl", body_object(from, name), "ttlSec");
}

static void set_hash(cJSON *body, const cJSON *from)
{
	cJSON *hash;

	if (!from) {
		json_set(body, "consistentHash", cJSON_CreateNull());
		return;
	}
	hash = json_set_object(body, "consistentHash");
	body_take(hash, from, "httpHeaderName");
	set_cookie(hash, "httpCookie", from);
	body_take_int64(hash, from, "minimumRingSize");
}

static void set_outliers(cJSON *body, const cJSON *from)
{
	static const char *const alike[] = {"consecutiveErrors", "consecutiveGatewayFailure",
		"enforcingConsecutiveErrors", "enforcingConsecutiveGatewayFailure", "enforcingSuccessRate",
		"maxEjectionPercent", "successRateMinimumHosts", "successRateRequestVolume", "successRateStdevFactor",
		NULL};
	cJSON *outliers;

	if (!from) {
		json_set(body, "outlierDetection", cJSON_CreateNull());
		return;
	}
	outliers = json_set_object(body, "outlierDetection");
	body_take_seconds(outliers, "baseEjectionTime", from, "baseEjectionTimeSec");
	body_take_seconds(outliers, "interval", from, "intervalSec");
	body_take_all(outliers, from, alike);
}

/* Logging is said to be off, not left out: the cloud may print it either way. */
static void set_log(cJSON *body, const cJSON *from)
{
	static const char *const alike[] = {"optionalMode", "optionalFields", NULL};
	cJSON *log = json_set_object(body, "logConfig");

	json_set_bool(log, "enable", json_bool(from, "enable", false));
	body_take_percent(log, "sampleRate", from, "sampleRatePercent");
	body_take_all(log, from, alike);
}

/* A policy by its name; null: none. */
static void set_policy(cJSON *body, const char *member, const char *collection, const char *name)
{
	if (name)
		json_setf(body, member, "%s/%s", collection, name);
	else
		json_set(body, member, cJSON_CreateNull());
}

void serving_set_policy(cJSON *body, const char *member, const struct lb *lb, const char *name)
{
	set_policy(body, member, arena_printf(json_arena(), "projects/%s/global/securityPolicies", lb->spec.project),
		name);
}

/* Without a client of the user's own Google's is used, and none is left with the cloud. What stands stays while the secret is not known. */
static void set_iap(struct want *want, const struct kind_context *context, const cJSON *from, const struct lb_iap *iap)
{
	const struct lb_secret_key *ref = &iap->oauth2_client_secret_ref;
	const struct kind_value *value = ref->name ? secret_value(context, ref->name, ref->key) : NULL;
	cJSON *to = json_set_object(want->body, "iap");

	body_take(to, from, "enabled");
	body_take(to, from, "oauth2ClientId");
	if (ref->name && !(value && value->digest[0]))
		return;
	set_text(to, "oauth2ClientSecretSha256", value ? value->digest : NULL);
	want_secret(want, "iap.oauth2ClientSecretSha256", value ? value->value : "");
}

void serving_set(struct want *want, const struct kind_context *context, const struct lb_serving *serving)
{
	static const char *const alike[] = {"localityLbPolicy", "customMetrics", "circuitBreakers", "compressionMode",
		"customRequestHeaders", "customResponseHeaders", "ipAddressSelectionPolicy", NULL};
	const cJSON *tree = model_serving_tree(serving);
	const struct lb *lb = context->lb;
	const char *spread = arena_printf(json_arena(),
		"//networkservices.googleapis.com/projects/%s/locations/global/serviceLbPolicies", lb->spec.project);
	cJSON *body = want->body;

	body_take_all(body, tree, alike);
	set_cookie(body, "strongSessionAffinityCookie", tree);
	set_hash(body, body_object(tree, "consistentHash"));
	set_outliers(body, body_object(tree, "outlierDetection"));
	body_take_seconds(body, "maxStreamDuration", tree, "maxStreamDurationSec");
	set_log(body, body_object(tree, "logConfig"));
	cdn_set(want, "enableCDN", tree, true, context);
	set_iap(want, context, body_object(tree, "iap"), &serving->iap);
	serving_set_policy(body, "securityPolicy", lb, serving->security_policy);
	serving_set_policy(body, "edgeSecurityPolicy", lb, serving->edge_security_policy);
	set_policy(body, "serviceLbPolicy", spread, serving->service_lb_policy);
}
