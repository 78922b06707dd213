/* targetHttpsProxies: certificates and how they are shown, between a forwarding rule and a URL map. */
#include <string.h>

#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"

enum { CERTIFICATES_MAX = 15 };

static bool check_certificates(struct emu_call *call, const cJSON *body)
{
	int count = cJSON_GetArraySize(json_member(body, "sslCertificates"));

	if (count > CERTIFICATES_MAX)
		return emu_refuse(&call->refusal, 400, "invalid",
			"Value for field 'resource.sslCertificates' is too large: maximum size %d element(s); actual "
			"size %d.",
			CERTIFICATES_MAX, count);
	return count > 0 || json_has(body, "certificateMap") ||
	       emu_refuse_field(
		       &call->refusal, "sslCertificates", "", "At least one SSL certificate must be specified.");
}

/* Only the form of Certificate Manager; other forms are refused. */
static bool check_map(struct emu_call *call, const cJSON *body)
{
	const char *map = json_text(body, "certificateMap");

	return !map || text_starts(map, "//certificatemanager.googleapis.com/projects/") ||
	       emu_refuse_field(&call->refusal, "certificateMap", map, "The URL is malformed.");
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	return emu_check_present(call, body, "urlMap") &&
	       emu_check_range(call, body, "httpKeepAliveTimeoutSec", 5, 1200) && check_certificates(call, body) &&
	       check_map(call, body);
}

static void complete(struct emu_call *call, cJSON *body)
{
	emu_default_text(body, "tlsEarlyData", "DISABLED");
}

static bool set_certificates(struct emu_call *call, struct emu_resource *resource)
{
	static const struct emu_verb_rule rule = {"SetSslCertificates", 3000, 20000};

	return emu_set_member(call, resource, "TargetHttpsProxiesSetSslCertificatesRequest", "sslCertificates", &rule);
}

static bool set_policy(struct emu_call *call, struct emu_resource *resource)
{
	static const struct emu_verb_rule rule = {"setSslPolicy", 3000, 20000};

	return emu_set_member(call, resource, "SslPolicyReference", "sslPolicy", &rule);
}

static bool set_quic(struct emu_call *call, struct emu_resource *resource)
{
	static const struct emu_verb_rule rule = {"compute.targetHttpsProxies.setQuicOverride", 3000, 20000};

	return emu_set_member(call, resource, "TargetHttpsProxiesSetQuicOverrideRequest", "quicOverride", &rule);
}

static bool set_certificate_map(struct emu_call *call, struct emu_resource *resource)
{
	static const struct emu_verb_rule rule = {"compute.targetHttpsProxies.setCertificateMap", 3000, 20000};

	return emu_set_member(call, resource, "TargetHttpsProxiesSetCertificateMapRequest", "certificateMap", &rule);
}

static const struct emu_reference references[] = {
	{.field = "urlMap", .collections = "urlMaps", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = "sslCertificates[]", .collections = "sslCertificates", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = "sslPolicy", .collections = "sslPolicies", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = NULL},
};

static const struct emu_verb verbs[] = {
	{.name = "setUrlMap", .method = "POST", .fn = emu_set_url_map},
	{.name = "setSslCertificates", .method = "POST", .fn = set_certificates},
	{.name = "setSslPolicy", .method = "POST", .fn = set_policy},
	{.name = "setQuicOverride", .method = "POST", .fn = set_quic},
	{.name = "setCertificateMap", .method = "POST", .fn = set_certificate_map},
	{.name = NULL},
};

const struct emu_kind emu_target_https_proxy_kind = {
	.collection = "targetHttpsProxies",
	.message = "TargetHttpsProxy",
	.noun = "target_https_proxy",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 3000, 20000},
	.patch = {"patch", 3000, 20000},
	.remove = {"delete", 3000, 20000},
	.fingerprint = FINGERPRINT_NEEDED,
	.quota = "TARGET_HTTPS_PROXIES",
	.references = references,
	.verbs = verbs,
	.check = check,
	.complete = complete,
};
