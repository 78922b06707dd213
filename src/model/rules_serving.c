/* Rules of spec.serving and healthCheck, which hold for each backend's, too, once they are merged. */
#include "model/rules.h"

#include "base/str.h"
#include "model/types_internal.h"

static bool cookie_life_has_cookie(const void *self, const void *old)
{
	const struct lb_serving *serving = self;
	return serving->affinity_cookie_ttl_sec == LB_ABSENT ||
	       text_equal(serving->session_affinity, "GENERATED_COOKIE");
}

static bool has(const struct lb_serving *serving, const char *member)
{
	return rules_has(&type_serving, serving, member);
}

static bool affinity_is(const struct lb_serving *serving, const char *affinity)
{
	return text_equal(serving->session_affinity, affinity);
}

static bool strong_cookie_goes_with_affinity(const void *self, const void *old)
{
	const struct lb_serving *serving = self;
	return has(serving, "strongSessionAffinityCookie") == affinity_is(serving, "STRONG_COOKIE_AFFINITY");
}

static bool header_affinity_has_header(const void *self, const void *old)
{
	const struct lb_serving *serving = self;
	return !affinity_is(serving, "HEADER_FIELD") || serving->consistent_hash.http_header_name;
}

static bool cookie_affinity_has_cookie(const void *self, const void *old)
{
	const struct lb_serving *serving = self;
	return !affinity_is(serving, "HTTP_COOKIE") || serving->consistent_hash.http_cookie.name;
}

static bool hashes(const struct lb_serving *serving)
{
	return text_equal(serving->locality_lb_policy, "RING_HASH") ||
	       text_equal(serving->locality_lb_policy, "MAGLEV");
}

static bool own_affinity_has_hash(const void *self, const void *old)
{
	const struct lb_serving *serving = self;
	return (!affinity_is(serving, "HEADER_FIELD") && !affinity_is(serving, "HTTP_COOKIE")) || hashes(serving);
}

static bool hash_has_policy(const void *self, const void *old)
{
	const struct lb_serving *serving = self;
	return !has(serving, "consistentHash") || hashes(serving);
}

static bool hash_goes_by_one(const void *self, const void *old)
{
	const struct lb_consistent_hash *hash = self;
	return !hash->http_header_name || !rules_has(&type_consistent_hash, hash, "httpCookie");
}

const struct rule consistent_hash_rules[] = {
	{
		.cel = "!has(self.httpHeaderName) || !has(self.httpCookie)",
		.message = "set at most one of httpHeaderName and httpCookie",
		.holds = hash_goes_by_one,
	},
	{.cel = NULL},
};

static bool fields_go_with_custom(const void *self, const void *old)
{
	const struct lb_request_log *log = self;
	return !rules_has(&type_request_log, log, "optionalFields") || text_equal(log->optional_mode, "CUSTOM");
}

const struct rule request_log_rules[] = {
	{
		.cel = "!has(self.optionalFields) || (has(self.optionalMode) && self.optionalMode == 'CUSTOM')",
		.message = "optionalFields needs optionalMode CUSTOM",
		.field_path = ".optionalFields",
		.whole = true,
		.holds = fields_go_with_custom,
	},
	{.cel = NULL},
};

static bool policy_has_cache(const void *self, const void *old)
{
	const struct lb_serving *serving = self;
	return !has(serving, "cdnPolicy") || serving->enable_cdn;
}

static bool proxy_has_no_cache(const void *self, const void *old)
{
	const struct lb_serving *serving = self;
	return !serving->iap.enabled || !serving->enable_cdn;
}

static bool client_has_secret(const void *self, const void *old)
{
	const struct lb_iap *iap = self;
	return (iap->oauth2_client_id != NULL) == (iap->oauth2_client_secret_ref.name != NULL);
}

const struct rule iap_rules[] = {
	{
		.cel = "has(self.oauth2ClientId) == has(self.oauth2ClientSecretRef)",
		.message = "oauth2ClientId and oauth2ClientSecretRef go together",
		.whole = true,
		.holds = client_has_secret,
	},
	{.cel = NULL},
};

const struct rule serving_rules[] = {
	{
		.cel = "!has(self.sessionAffinity) || !has(self.affinityCookieTtlSec) || "
		       "self.sessionAffinity == 'GENERATED_COOKIE'",
		.message = "affinityCookieTtlSec needs sessionAffinity GENERATED_COOKIE",
		.field_path = ".affinityCookieTtlSec",
		.whole = true,
		.holds = cookie_life_has_cookie,
	},
	{
		.cel = "has(self.strongSessionAffinityCookie) == (has(self.sessionAffinity) && "
		       "self.sessionAffinity == 'STRONG_COOKIE_AFFINITY')",
		.message = "strongSessionAffinityCookie goes with sessionAffinity STRONG_COOKIE_AFFINITY: set both, or "
			   "neither",
		.field_path = ".sessionAffinity",
		.whole = true,
		.holds = strong_cookie_goes_with_affinity,
	},
	{
		.cel = "!has(self.sessionAffinity) || self.sessionAffinity != 'HEADER_FIELD' || "
		       "(has(self.consistentHash) && has(self.consistentHash.httpHeaderName))",
		.message = "sessionAffinity HEADER_FIELD needs consistentHash.httpHeaderName",
		.field_path = ".sessionAffinity",
		.whole = true,
		.holds = header_affinity_has_header,
	},
	{
		.cel = "!has(self.sessionAffinity) || self.sessionAffinity != 'HTTP_COOKIE' || "
		       "(has(self.consistentHash) && has(self.consistentHash.httpCookie))",
		.message = "sessionAffinity HTTP_COOKIE needs consistentHash.httpCookie",
		.field_path = ".sessionAffinity",
		.whole = true,
		.holds = cookie_affinity_has_cookie,
	},
	{
		.cel = "!has(self.sessionAffinity) || !(self.sessionAffinity in ['HEADER_FIELD', 'HTTP_COOKIE']) || "
		       "(has(self.localityLbPolicy) && self.localityLbPolicy in ['RING_HASH', 'MAGLEV'])",
		.message = "sessionAffinity HEADER_FIELD and HTTP_COOKIE need localityLbPolicy RING_HASH or MAGLEV",
		.field_path = ".sessionAffinity",
		.whole = true,
		.holds = own_affinity_has_hash,
	},
	{
		.cel = "!has(self.consistentHash) || (has(self.localityLbPolicy) && self.localityLbPolicy in "
		       "['RING_HASH', 'MAGLEV'])",
		.message = "consistentHash needs localityLbPolicy RING_HASH or MAGLEV",
		.field_path = ".consistentHash",
		.whole = true,
		.holds = hash_has_policy,
	},
	{
		.cel = "!has(self.cdnPolicy) || (has(self.enableCDN) && self.enableCDN)",
		.message = RULE_CDN,
		.field_path = ".cdnPolicy",
		.whole = true,
		.holds = policy_has_cache,
	},
	{
		.cel = "!has(self.iap) || !has(self.iap.enabled) || !self.iap.enabled || !has(self.enableCDN) || "
		       "!self.enableCDN",
		.message = "iap and enableCDN exclude each other",
		.field_path = ".iap",
		.whole = true,
		.holds = proxy_has_no_cache,
	},
	{.cel = NULL},
};

static bool timeout_fits_interval(const void *self, const void *old)
{
	const struct lb_health_check *check = self;
	return check->timeout_sec <= check->check_interval_sec;
}

/* What the classic load balancer does not have. */
static bool is_classic(const struct lb_serving *serving)
{
	static const char *const members[] = {"localityLbPolicy", "consistentHash", "strongSessionAffinityCookie",
		"customMetrics", "outlierDetection", "circuitBreakers", "maxStreamDurationSec",
		"ipAddressSelectionPolicy", "serviceLbPolicy"};
	if (text_equal(serving->protocol, "H2C") || affinity_is(serving, "HEADER_FIELD") ||
		affinity_is(serving, "HTTP_COOKIE") || affinity_is(serving, "STRONG_COOKIE_AFFINITY"))
		return false;
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		if (has(serving, members[i]))
			return false;
	}
	return true;
}

bool rules_serving_fits_scheme(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	return !text_equal(spec->frontend.load_balancing_scheme, "EXTERNAL") || is_classic(&spec->serving);
}

bool rules_backends_fit_scheme(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->backends.count; i++) {
		if (text_equal(spec->frontend.load_balancing_scheme, "EXTERNAL") &&
			!is_classic(&spec->backends.items[i].serving))
			return false;
	}
	return true;
}

/* What a backend says of a cache, where there is one. */
bool rules_backend_caches(const void *self, const void *old)
{
	const struct lb_spec *spec = self;
	for (size_t i = 0; i < spec->backends.count; i++) {
		const struct lb_serving *over = &spec->backends.items[i].serving;
		if (has(over, "cdnPolicy") && !(has(over, "enableCDN") ? over->enable_cdn : spec->serving.enable_cdn))
			return false;
	}
	return true;
}

static bool one_port(const void *self, const void *old)
{
	const struct lb_health_check *check = self;
	return check->port == LB_ABSENT || !check->port_name;
}

static bool type_is_one_of(const struct lb_health_check *check, const char *const *types)
{
	for (; *types; types++) {
		if (text_equal(check->type, *types))
			return true;
	}
	return false;
}

static bool path_fits_type(const void *self, const void *old)
{
	static const char *const types[] = {"HTTP", "HTTPS", "HTTP2", NULL};
	const struct lb_health_check *check = self;
	return (!check->request_path && !check->host) || type_is_one_of(check, types);
}

static bool request_fits_type(const void *self, const void *old)
{
	static const char *const types[] = {"TCP", "SSL", NULL};
	const struct lb_health_check *check = self;
	return !check->request || type_is_one_of(check, types);
}

static bool service_fits_type(const void *self, const void *old)
{
	const struct lb_health_check *check = self;
	return !check->grpc_service_name || text_equal(check->type, "GRPC");
}

static bool response_fits_type(const void *self, const void *old)
{
	const struct lb_health_check *check = self;
	return (!check->response && !check->proxy_header) || !text_equal(check->type, "GRPC");
}

#define ONE_PORT_IN_TIME                                                                                               \
	{                                                                                                              \
		.cel = "!has(self.timeoutSec) || !has(self.checkIntervalSec) || self.timeoutSec <= "                   \
		       "self.checkIntervalSec",                                                                        \
		.message = "timeoutSec must not exceed checkIntervalSec",                                              \
		.field_path = ".timeoutSec",                                                                           \
		.whole = true,                                                                                         \
		.holds = timeout_fits_interval,                                                                        \
	},                                                                                                             \
	{                                                                                                              \
		.cel = "!has(self.port) || !has(self.portName)", .message = "set at most one of port and portName",    \
		.field_path = ".portName", .holds = one_port,                                                          \
	}

/* What else belongs together is asked of what the backend says, too. */
const struct rule healing_check_rules[] = {
	ONE_PORT_IN_TIME,
	{.cel = NULL},
};

const struct rule health_check_rules[] = {
	ONE_PORT_IN_TIME,
	{
		.cel = "!(has(self.requestPath) || has(self.host)) || !has(self.type) || self.type in ['HTTP', "
		       "'HTTPS', "
		       "'HTTP2']",
		.message = "requestPath and host belong to types HTTP, HTTPS and HTTP2",
		.field_path = ".type",
		.whole = true,
		.holds = path_fits_type,
	},
	{
		.cel = "!has(self.request) || (has(self.type) && self.type in ['TCP', 'SSL'])",
		.message = "request belongs to types TCP and SSL",
		.field_path = ".request",
		.whole = true,
		.holds = request_fits_type,
	},
	{
		.cel = "!has(self.grpcServiceName) || (has(self.type) && self.type == 'GRPC')",
		.message = "grpcServiceName belongs to type GRPC",
		.field_path = ".grpcServiceName",
		.whole = true,
		.holds = service_fits_type,
	},
	{
		.cel = "!(has(self.response) || has(self.proxyHeader)) || !has(self.type) || self.type != 'GRPC'",
		.message = "response and proxyHeader do not exist for type GRPC",
		.field_path = ".type",
		.whole = true,
		.holds = response_fits_type,
	},
	{.cel = NULL},
};
