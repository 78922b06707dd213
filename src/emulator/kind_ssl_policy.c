/* sslPolicies: which versions and ciphers a front takes. */
#include <string.h>

#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/resource.h"

/* The ciphers by profile, as listAvailableFeatures has them; each profile is a part of the one before. */
static const char *const features[] = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
	"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	/* MODERN */
	"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
	"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
	/* COMPATIBLE */
	"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_256_GCM_SHA384"};
enum { RESTRICTED = 6, MODERN = 10, ALL = sizeof(features) / sizeof(features[0]) };

static bool is_feature(const char *name)
{
	for (size_t i = 0; i < ALL; i++)
		if (!strcmp(features[i], name))
			return true;
	return false;
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	const cJSON *custom = json_member(body, "customFeatures"), *feature;
	bool is_custom = text_equal(json_text_or(body, "profile", "COMPATIBLE"), "CUSTOM");

	if (is_custom != (custom != NULL))
		return emu_refuse_field(&call->refusal, "customFeatures", custom ? json_print(custom) : "",
			"Must be specified if, and only if, the profile is CUSTOM.");
	cJSON_ArrayForEach(feature, custom)
	{
		if (!is_feature(feature->valuestring))
			return emu_refuse_field(
				&call->refusal, "customFeatures", feature->valuestring, "There is no such feature.");
	}
	return true;
}

static void complete(struct emu_call *call, cJSON *body)
{
	emu_default_text(body, "profile", "COMPATIBLE");
	emu_default_text(body, "minTlsVersion", "TLS_1_0");
}

static void render(struct emulator *emulator, const struct emu_resource *resource, cJSON *body)
{
	const char *profile = json_text_or(body, "profile", "");
	const cJSON *custom = json_member(body, "customFeatures");
	size_t count = !strcmp(profile, "RESTRICTED") ? RESTRICTED : !strcmp(profile, "MODERN") ? MODERN : ALL;
	cJSON *enabled;

	if (custom) {
		json_set(body, "enabledFeatures", json_copy(custom));
		return;
	}
	enabled = json_set_array(body, "enabledFeatures");
	for (size_t i = 0; i < count; i++)
		json_add_text(enabled, features[i]);
}

const struct emu_kind emu_ssl_policy_kind = {
	.collection = "sslPolicies",
	.message = "SslPolicy",
	.noun = "ssl_policy",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 2000, 10000},
	.patch = {"compute.sslPolicies.patch", 2000, 10000},
	.remove = {"delete", 2000, 10000},
	.fingerprint = FINGERPRINT_NEEDED,
	.quota = "SSL_POLICIES",
	.check = check,
	.complete = complete,
	.render = render,
};
