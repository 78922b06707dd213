/* The table of spec.serving, healthCheck and backends. */
#include "model/types_internal.h"

static const char *const protocol_words[] = {"HTTP", "HTTPS", "HTTP2", "H2C", NULL};
static const struct type protocol = {.kind = TYPE_STRING, .words = protocol_words};
static const struct type seconds_to_answer = INTEGER(1, 2147483647);
static const struct type seconds_to_drain = INTEGER(0, 3600);
static const char *const affinity_words[] = {
	"NONE", "CLIENT_IP", "GENERATED_COOKIE", "HEADER_FIELD", "HTTP_COOKIE", "STRONG_COOKIE_AFFINITY", NULL};
static const struct type affinity = {.kind = TYPE_STRING, .words = affinity_words};
static const struct type cookie_life = INTEGER(0, 1209600);

static const struct type client_id = TEXT(1, 256, .pattern = &pattern_one_line);
static const struct field iap_fields[] = {
	{"enabled", &type_flag, AT(bool, struct lb_iap, enabled), .required = true, .change = CHANGE_PLACE,
		.text = "Let in only who has signed in and has the role iap.httpsResourceAccessor."},
	{"oauth2ClientId", &client_id, AT(char *, struct lb_iap, oauth2_client_id), .change = CHANGE_PLACE,
		.text = "OAuth client of your own. Unset: Google's."},
	{"oauth2ClientSecretRef", &type_secret_key, AT(struct lb_secret_key, struct lb_iap, oauth2_client_secret_ref),
		.text = "Secret of that client."},
};
const struct type type_iap = {
	.kind = TYPE_OBJECT, FIELDS(iap_fields), .size = sizeof(struct lb_iap), .rules = iap_rules};

static const struct field serving_fields[] = {
	{"port", &type_port, AT(int64_t, struct lb_serving, port), .fallback = "80", .change = CHANGE_PLACE,
		.text = "Port on which the machines serve."},
	{"portName", &type_label, AT(char *, struct lb_serving, port_name), .fallback = "http", .change = CHANGE_PLACE,
		.text = "Name of that port in the instance groups, by which the backend service finds it."},
	{"protocol", &protocol, AT(char *, struct lb_serving, protocol), .fallback = "HTTP", .change = CHANGE_PLACE,
		.text = "Protocol between load balancer and machines. gRPC needs HTTP2, or H2C where the machines "
			"have no certificate; both need machines that speak it."},
	{"timeoutSec", &seconds_to_answer, AT(int64_t, struct lb_serving, timeout_sec), .fallback = "30",
		.unit = "seconds", .change = CHANGE_PLACE,
		.text = "Time in which the answer to a request must be complete; else the client gets a 502 or 504."},
	{"drainingTimeoutSec", &seconds_to_drain, AT(int64_t, struct lb_serving, draining_timeout_sec),
		.fallback = "300", .unit = "seconds", .change = CHANGE_PLACE,
		.text = "Time that a machine which leaves has for the requests it has begun."},
	{"sessionAffinity", &affinity, AT(char *, struct lb_serving, session_affinity), .fallback = "NONE",
		.change = CHANGE_PLACE,
		.text = "What keeps a client at one machine: nothing, its address, a cookie that the load balancer "
			"makes, a header or cookie of its own (HEADER_FIELD and HTTP_COOKIE: consistentHash says "
			"which), or a cookie that also survives new machines (STRONG_COOKIE_AFFINITY)."},
	{"affinityCookieTtlSec", &cookie_life, AT(int64_t, struct lb_serving, affinity_cookie_ttl_sec),
		.unit = "seconds", .change = CHANGE_PLACE,
		.text = "Life of the cookie of sessionAffinity GENERATED_COOKIE. Unset or 0: as long as the "
			"browser's session."},
	TRAFFIC_FIELDS(struct lb_serving),
	{"enableCDN", &type_flag, AT(bool, struct lb_serving, enable_cdn), .change = CHANGE_PLACE,
		.text = "Keep answers in Cloud CDN. Unset: false."},
	{"cdnPolicy", &type_cdn_policy, AT(struct lb_cdn_policy, struct lb_serving, cdn_policy),
		.text = "What Cloud CDN keeps, and for how long; needs enableCDN."},
	{"iap", &type_iap, AT(struct lb_iap, struct lb_serving, iap),
		.text = "Identity-Aware Proxy; needs frontend.tls to be of use. Unset: off."},
};
const struct type type_serving = {
	.kind = TYPE_OBJECT, FIELDS(serving_fields), .size = sizeof(struct lb_serving), .rules = serving_rules};

static const char *const check_words[] = {"HTTP", "HTTPS", "HTTP2", "TCP", "SSL", "GRPC", NULL};
static const struct type check_type = {.kind = TYPE_STRING, .words = check_words};
static const struct type host = TEXT(1, 253, .pattern = &pattern_one_line);
static const struct type words_to_send = TEXT(0, 1024, .pattern = &pattern_one_line);
static const char *const proxy_header_words[] = {"NONE", "PROXY_V1", NULL};
static const struct type proxy_header = {.kind = TYPE_STRING, .words = proxy_header_words};
static const struct field check_log_fields[] = {
	{"enable", &type_flag, AT(bool, struct lb_check_log, enable), .change = CHANGE_PLACE,
		.text = "Log each change of a machine's health. Unset: false."},
};
static const struct type check_log = {
	.kind = TYPE_OBJECT, FIELDS(check_log_fields), .size = sizeof(struct lb_check_log)};
static const struct type request_path = TEXT(1, 1024, .pattern = &pattern_request_path);
static const struct type probe_seconds = INTEGER(1, 300);
static const struct type threshold = INTEGER(1, 10);

/* Of the load balancer's probe, and of the one that groups go by. */
#define CHECK_FIELDS(kind, interval, wait, good, bad)                                                                  \
	{"type", &check_type, AT(char *, struct lb_health_check, type), .fallback = (kind),                            \
		.change = CHANGE_HEALTH_CHECK, .text = "Protocol of the probe."},                                      \
		{"port", &type_port, AT(int64_t, struct lb_health_check, port), .change = CHANGE_PLACE,                \
			.text = "Port to probe. Unset: that of portName, or else serving.port, followed when that "    \
				"changes."},                                                                           \
		{"portName", &type_label, AT(char *, struct lb_health_check, port_name), .change = CHANGE_PLACE,       \
			.text = "Probe the port of this name instead: the portName of some backend."},                 \
		{"requestPath", &request_path, AT(char *, struct lb_health_check, request_path),                       \
			.change = CHANGE_PLACE,                                                                        \
			.text = "Path to ask for, with HTTP, HTTPS and HTTP2; healthy is who answers with status "     \
				"200. Unset: "                                                                         \
				"/."},                                                                                 \
		{"host", &host, AT(char *, struct lb_health_check, host), .change = CHANGE_PLACE,                      \
			.text = "Host header to send, with HTTP, HTTPS and HTTP2. Unset: the machine's address."},     \
		{"request", &words_to_send, AT(char *, struct lb_health_check, request), .change = CHANGE_PLACE,       \
			.text = "Text to send once connected, with TCP and SSL. Unset: none; who accepts is "          \
				"healthy."},                                                                           \
		{"response", &words_to_send, AT(char *, struct lb_health_check, response), .change = CHANGE_PLACE,     \
			.text = "Text that the answer must hold in its first 1024 bytes; not with GRPC. Unset: any "   \
				"answer."},                                                                            \
		{"grpcServiceName", &words_to_send, AT(char *, struct lb_health_check, grpc_service_name),             \
			.change = CHANGE_PLACE,                                                                        \
			.text = "Service that the gRPC health protocol is asked about, with GRPC. Unset: the server "  \
				"as a "                                                                                \
				"whole."},                                                                             \
		{"proxyHeader", &proxy_header, AT(char *, struct lb_health_check, proxy_header),                       \
			.change = CHANGE_PLACE,                                                                        \
			.text = "Header of the PROXY protocol to send first; not with GRPC. Unset: NONE."},            \
		{"checkIntervalSec", &probe_seconds, AT(int64_t, struct lb_health_check, check_interval_sec),          \
			.fallback = (interval), .unit = "seconds", .change = CHANGE_PLACE,                             \
			.text = "Time from one probe to the next."},                                                   \
		{"timeoutSec", &probe_seconds, AT(int64_t, struct lb_health_check, timeout_sec), .fallback = (wait),   \
			.unit = "seconds", .change = CHANGE_PLACE,                                                     \
			.text = "Time to wait for an answer; at most checkIntervalSec."},                              \
		{"healthyThreshold", &threshold, AT(int64_t, struct lb_health_check, healthy_threshold),               \
			.fallback = (good), .unit = "answers", .change = CHANGE_PLACE,                                 \
			.text = "Good answers in a row that make a machine healthy."},                                 \
		{"unhealthyThreshold", &threshold, AT(int64_t, struct lb_health_check, unhealthy_threshold),           \
			.fallback = (bad), .unit = "answers", .change = CHANGE_PLACE,                                  \
			.text = "Bad answers in a row that make a machine unhealthy."},                                \
	{                                                                                                              \
		"logConfig", &check_log, AT(struct lb_check_log, struct lb_health_check, log_config),                  \
			.text = "Logging of changes in health."                                                        \
	}
static const struct field health_check_fields[] = {CHECK_FIELDS("HTTP", "5", "5", "2", "2")};
const struct type type_health_check = {.kind = TYPE_OBJECT,
	FIELDS(health_check_fields),
	.size = sizeof(struct lb_health_check),
	.rules = health_check_rules};
static const struct field healing_check_fields[] = {CHECK_FIELDS(NULL, "30", "10", "2", "5")};
const struct type type_healing_check = {.kind = TYPE_OBJECT,
	FIELDS(healing_check_fields),
	.size = sizeof(struct lb_health_check),
	.rules = healing_check_rules};

static const struct type bucket_name = TEXT(3, 222, .pattern = &pattern_bucket);
#define BUCKET(c_type, member) AT(c_type, struct lb_bucket, member), .change = CHANGE_PLACE
static const struct field bucket_fields[] = {
	{"bucketName", &bucket_name, BUCKET(char *, bucket_name), .required = true,
		.text = "Name of the bucket. It stays yours: who may read it is said there, and it is never deleted."},
	{"enableCDN", &type_flag, BUCKET(bool, enable_cdn), .as = "spec.serving.enableCDN",
		.text = "Keep answers in Cloud CDN. Unset: false."},
	{"cdnPolicy", &type_bucket_cdn_policy, AT(struct lb_cdn_policy, struct lb_bucket, cdn_policy),
		.as = "spec.serving.cdnPolicy", .text = "What Cloud CDN keeps, and for how long; needs enableCDN."},
	{"compressionMode", &type_compression, BUCKET(char *, compression_mode), .as = "spec.serving.compressionMode",
		.text = "Compress answers where the client takes it. Unset: DISABLED."},
	{"customResponseHeaders", &type_header_lines, BUCKET(struct lb_texts, custom_response_headers),
		.as = "spec.serving.customResponseHeaders", .text = "Headers added to answers, at most 16."},
	{"edgeSecurityPolicy", &type_label, BUCKET(char *, edge_security_policy),
		.as = "spec.serving.edgeSecurityPolicy", .text = "Name of a Cloud Armor edge policy of the project."},
};
const struct type type_bucket = {
	.kind = TYPE_OBJECT, FIELDS(bucket_fields), .size = sizeof(struct lb_bucket), .rules = bucket_rules};

const struct type type_backend_name = TEXT(1, 30, .pattern = &pattern_label);
static const struct field backend_fields[] = {
	{"name", &type_backend_name, AT(char *, struct lb_backend, name), .required = true, .change = CHANGE_PLACE,
		.text = "Name of the backend, unique in this object: at most 30 lower-case letters, digits and "
			"dashes. pools[].backends says who serves it."},
	{"serving", &type_serving, AT(struct lb_serving, struct lb_backend, serving), .over = "spec.serving",
		.text = "What this backend has instead of spec.serving's, member by member: objects merge, lists and "
			"plain values replace. With a port and no portName, the name of the port is that of the "
			"backend. What goes with another sessionAffinity or localityLbPolicy, or with enableCDN "
			"where that is false here, is dropped."},
	{"healthCheck", &type_health_check, AT(struct lb_health_check, struct lb_backend, health_check),
		.over = "spec.healthCheck",
		.text = "What the probe of this backend has instead of spec.healthCheck's, member by member. Another "
			"type drops requestPath, host, request, response, grpcServiceName and proxyHeader; of port "
			"and portName, the one that is set drops the other."},
	{"bucket", &type_bucket, AT(struct lb_bucket, struct lb_backend, bucket),
		.text = "Serve a bucket of Cloud Storage instead of machines. Routes lead there; serving and "
			"healthCheck "
			"are for machines."},
};
static const struct type backend = {
	.kind = TYPE_OBJECT, FIELDS(backend_fields), .size = sizeof(struct lb_backend), .rules = backend_rules};
const struct type type_backends = {.kind = TYPE_LIST,
	.least = 0,
	.most = 16,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &backend,
	.item_text = "One backend."};

static const struct field pool_backend_fields[] = {
	{"name", &type_backend_name, AT(char *, struct lb_pool_backend, name), .required = true, .change = CHANGE_PLACE,
		.text = "Name of an entry of spec.backends, or default."},
};
static const struct type pool_backend = {
	.kind = TYPE_OBJECT, FIELDS(pool_backend_fields), .size = sizeof(struct lb_pool_backend)};
const struct type type_pool_backends = {.kind = TYPE_LIST,
	.least = 0,
	.most = 8,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &pool_backend,
	.item_text = "One backend."};
