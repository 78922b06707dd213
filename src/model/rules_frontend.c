/* Rules of spec.frontend. */
#include "base/str.h"
#include "model/rules.h"
#include "model/types_internal.h"

static bool name_goes_with_named(const void *self, const void *old)
{
	const struct lb_address *address = self;
	return text_equal(address->type, "Named") == (address->name != NULL);
}

const struct rule address_rules[] = {
	{
		.cel = "(has(self.type) && self.type == 'Named') == has(self.name)",
		.message = "name goes with type Named: set both to use an existing address, or neither",
		.field_path = ".name",
		.whole = true,
		.holds = name_goes_with_named,
	},
	{.cel = NULL},
};

/* tls */

static bool ports_differ(const void *self, const void *old)
{
	const struct lb_frontend *frontend = self;
	return !lb_has_tls(frontend) || !lb_has_http(frontend) || frontend->tls.port != frontend->port;
}

static bool can_share(const struct lb_frontend *frontend, const struct lb_address *address)
{
	return !text_equal(address->type, "Ephemeral") || !lb_has_tls(frontend) || !lb_has_http(frontend);
}

static bool ports_share_address(const void *self, const void *old)
{
	const struct lb_frontend *frontend = self;
	return can_share(frontend, &frontend->address);
}

static bool ports_share_ipv6(const void *self, const void *old)
{
	const struct lb_frontend *frontend = self;
	return !lb_has_ipv6(frontend) || can_share(frontend, &frontend->ipv6.address);
}

static bool addresses_differ(const void *self, const void *old)
{
	const struct lb_frontend *frontend = self;
	const char *name = lb_has_ipv6(frontend) ? frontend->ipv6.address.name : NULL;
	return !name || !text_equal(name, frontend->address.name);
}

static bool keep_alive_fits_scheme(const void *self, const void *old)
{
	const struct lb_frontend *frontend = self;
	return frontend->http_keep_alive_timeout_sec == LB_ABSENT ||
	       text_equal(frontend->load_balancing_scheme, "EXTERNAL_MANAGED");
}

#define SHARE_MESSAGE                                                                                                  \
	"two ports share one address only if it is Reserved or Named; with Ephemeral set tls.httpPolicy Disable"

const struct rule frontend_rules[] = {
	{
		.cel = "!has(self.tls) || !has(self.port) || self.tls.httpPolicy == 'Disable' || self.tls.port != "
		       "self.port",
		.message = "tls.port and port must differ",
		.field_path = ".tls.port",
		.holds = ports_differ,
	},
	{
		.cel = "!has(self.tls) || !has(self.address) || self.address.type != 'Ephemeral' || "
		       "self.tls.httpPolicy == "
		       "'Disable'",
		.message = SHARE_MESSAGE,
		.field_path = ".address.type",
		.holds = ports_share_address,
	},
	{
		.cel = "!has(self.tls) || !has(self.ipv6) || self.ipv6.address.type != 'Ephemeral' || "
		       "self.tls.httpPolicy == 'Disable'",
		.message = SHARE_MESSAGE,
		.field_path = ".ipv6.address.type",
		.holds = ports_share_ipv6,
	},
	{
		.cel = "!has(self.ipv6) || !has(self.ipv6.address.name) || !has(self.address) || "
		       "!has(self.address.name) || "
		       "self.ipv6.address.name != self.address.name",
		.message = "an address is of one version: name another one for ipv6",
		.field_path = ".ipv6.address.name",
		.holds = addresses_differ,
	},
	{
		.cel = "!has(self.httpKeepAliveTimeoutSec) || !has(self.loadBalancingScheme) || "
		       "self.loadBalancingScheme == "
		       "'EXTERNAL_MANAGED'",
		.message = "httpKeepAliveTimeoutSec needs loadBalancingScheme EXTERNAL_MANAGED",
		.field_path = ".httpKeepAliveTimeoutSec",
		.holds = keep_alive_fits_scheme,
	},
	{.cel = NULL},
};

static bool has_one_source(const void *self, const void *old)
{
	const struct lb_tls *tls = self;
	return (tls->certificates.count > 0) != (tls->certificate_map != NULL);
}

static bool code_has_redirect(const void *self, const void *old)
{
	const struct lb_tls *tls = self;
	return !tls->redirect_response_code || text_equal(tls->http_policy, "Redirect");
}

static bool redirect_leads_to_443(const void *self, const void *old)
{
	const struct lb_tls *tls = self;
	return tls->port == 443 || !text_equal(tls->http_policy, "Redirect");
}

const struct rule tls_rules[] = {
	{
		.cel = "has(self.certificates) != has(self.certificateMap)",
		.message = "set exactly one of certificates and certificateMap",
		.holds = has_one_source,
	},
	{
		.cel = "!has(self.redirectResponseCode) || self.httpPolicy == 'Redirect'",
		.message = "redirectResponseCode needs httpPolicy Redirect",
		.field_path = ".redirectResponseCode",
		.holds = code_has_redirect,
	},
	{
		.cel = "self.port == 443 || self.httpPolicy != 'Redirect'",
		.message = "a redirect leads to port 443: with another tls.port set httpPolicy to Serve or Disable",
		.field_path = ".httpPolicy",
		.holds = redirect_leads_to_443,
	},
	{.cel = NULL},
};

static bool is_one_certificate(const void *self, const void *old)
{
	const struct lb_certificate *certificate = self;
	return (certificate->domains.count > 0) + (certificate->secret_ref.name != NULL) +
	               (certificate->ssl_certificate != NULL) ==
	       1;
}

const struct rule certificate_rules[] = {
	{
		.cel = "(has(self.domains) ? 1 : 0) + (has(self.secretRef) ? 1 : 0) + (has(self.sslCertificate) ? 1 : "
		       "0) == "
		       "1",
		.message = "set exactly one of domains, secretRef and sslCertificate",
		.holds = is_one_certificate,
	},
	{.cel = NULL},
};

static bool is_named_or_made(const void *self, const void *old)
{
	const struct lb_ssl_policy *policy = self;
	return (policy->name != NULL) != (policy->profile != NULL);
}

static bool version_has_profile(const void *self, const void *old)
{
	const struct lb_ssl_policy *policy = self;
	return policy->profile || (!policy->min_tls_version && !policy->custom_features.count);
}

static bool features_are_custom(const void *self, const void *old)
{
	const struct lb_ssl_policy *policy = self;
	return (policy->custom_features.count > 0) == text_equal(policy->profile, "CUSTOM");
}

const struct rule ssl_policy_rules[] = {
	{
		.cel = "has(self.name) != has(self.profile)",
		.message = "set exactly one of name, to use an existing SSL policy, and profile, to have one made",
		.holds = is_named_or_made,
	},
	{
		.cel = "has(self.profile) || (!has(self.minTlsVersion) && !has(self.customFeatures))",
		.message = "minTlsVersion and customFeatures need profile",
		.field_path = ".profile",
		.reason = "FieldValueRequired",
		.holds = version_has_profile,
	},
	{
		.cel = "has(self.customFeatures) == (has(self.profile) && self.profile == 'CUSTOM')",
		.message = "customFeatures goes with profile CUSTOM",
		.field_path = ".customFeatures",
		.holds = features_are_custom,
	},
	{.cel = NULL},
};

static bool metadata_is_logged(const void *self, const void *old)
{
	const struct lb_firewall_log *log = self;
	return !log->metadata || log->enable;
}

const struct rule firewall_log_rules[] = {
	{
		.cel = "!has(self.metadata) || (has(self.enable) && self.enable)",
		.message = "metadata needs enable: true",
		.field_path = ".metadata",
		.holds = metadata_is_logged,
	},
	{.cel = NULL},
};
