/* Versions of TLS and ciphers: a policy that we make, or an existing one that the user names. */
#include "kinds/internal.h"

static const struct kind_member members[] = {
	{"description", .rule = MEMBER_INSERT_ONLY},
	{"customFeatures", .rule = MEMBER_SET},
	{"profile", .rule = MEMBER_ABSENT_IS, .absent = "\"COMPATIBLE\""},
	{"minTlsVersion", .rule = MEMBER_ABSENT_IS, .absent = "\"TLS_1_0\""},
	{0},
};

static const struct kind_source sources[] = {
	{"profile", "spec.frontend.tls.sslPolicy.profile"},
	{"minTlsVersion", "spec.frontend.tls.sslPolicy.minTlsVersion"},
	{"customFeatures", "spec.frontend.tls.sslPolicy.customFeatures"},
	{0},
};

static const char role[] = "ssl-policy";

static void add_made(const struct kind_context *context, struct wants *wants, const struct lb_ssl_policy *policy)
{
	cJSON *body = want_begin(wants, &kind_ssl_policy, context, role, "", NULL)->body, *features;

	json_set_text(body, "profile", policy->profile);
	json_set_text(body, "minTlsVersion", policy->min_tls_version ? policy->min_tls_version : "TLS_1_2");
	if (!policy->custom_features.count) {
		json_set(body, "customFeatures", cJSON_CreateNull());
		return;
	}
	features = json_set_array(body, "customFeatures");
	for (size_t i = 0; i < policy->custom_features.count; i++)
		json_add_text(features, policy->custom_features.items[i]);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_frontend *frontend = &context->lb->spec.frontend;
	const struct lb_ssl_policy *policy = &frontend->tls.ssl_policy;
	struct want *want;

	if (!lb_has_tls(frontend))
		return;
	if (policy->profile) {
		add_made(context, wants, policy);
	} else if (policy->name) {
		want = wants_add(wants, &kind_ssl_policy, context);
		want->role = role;
		text_copy(want->name, sizeof(want->name), policy->name);
	}
}

const struct kind kind_ssl_policy = {
	.id = KIND_SSL_POLICY,
	.name = "SslPolicy",
	.text = "SSL policy",
	.collection = "sslPolicies",
	.description_fixed = true,
	.fingerprint = true,
	.list_path = "global/sslPolicies",
	.members = members,
	.sources = sources,
	.build = build,
};
