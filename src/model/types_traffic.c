/* The table of how requests are spread over machines: affinity, outliers, limits, headers, logs. Members are named as in Compute
 * Engine; durations end in Sec here. */
#include "model/types_internal.h"

enum { DURATION_MAX = 315576000 };

static const struct type seconds = INTEGER(0, DURATION_MAX);
static const struct type some_seconds = INTEGER(1, DURATION_MAX);
static const struct type many = INTEGER(1, 2147483647);
static const struct type many_or_none = INTEGER(0, 2147483647);

const struct type type_header_name = TEXT(1, 128, .pattern = &pattern_header_name);
static const struct type cookie_name = TEXT(1, 256, .pattern = &pattern_header_name);
static const struct type cookie_path = TEXT(1, 1024, .pattern = &pattern_url_path);

static const struct field cookie_fields[] = {
	{"name", &cookie_name, AT(char *, struct lb_cookie, name), .required = true, .change = CHANGE_PLACE,
		.text = "Name of the cookie."},
	{"path", &cookie_path, AT(char *, struct lb_cookie, path), .change = CHANGE_PLACE,
		.text = "Path of the cookie. Unset: /."},
	{"ttlSec", &seconds, AT(int64_t, struct lb_cookie, ttl_sec), .unit = "seconds", .change = CHANGE_PLACE,
		.text = "Life of the cookie. Unset or 0: as long as the browser's session."},
};
const struct type type_cookie = {.kind = TYPE_OBJECT, FIELDS(cookie_fields), .size = sizeof(struct lb_cookie)};

static const struct type ring_size = INTEGER(1, 8388608);
static const struct field hash_fields[] = {
	{"httpHeaderName", &type_header_name, AT(char *, struct lb_consistent_hash, http_header_name),
		.change = CHANGE_PLACE, .text = "Header whose value decides, with sessionAffinity HEADER_FIELD."},
	{"httpCookie", &type_cookie, AT(struct lb_cookie, struct lb_consistent_hash, http_cookie),
		.text = "Cookie whose value decides, with sessionAffinity HTTP_COOKIE; made when a client has none."},
	{"minimumRingSize", &ring_size, AT(int64_t, struct lb_consistent_hash, minimum_ring_size), .unit = "entries",
		.change = CHANGE_PLACE, .text = "Least entries of the ring: more spread better. Unset: 1024."},
};
const struct type type_consistent_hash = {.kind = TYPE_OBJECT,
	FIELDS(hash_fields),
	.size = sizeof(struct lb_consistent_hash),
	.rules = consistent_hash_rules};

static const char *const locality_words[] = {
	"ROUND_ROBIN", "LEAST_REQUEST", "RING_HASH", "RANDOM", "MAGLEV", "WEIGHTED_ROUND_ROBIN", NULL};
const struct type type_locality_policy = {.kind = TYPE_STRING, .words = locality_words};

static const struct type metric_name = TEXT(1, 64, .pattern = &pattern_one_line);
static const struct field metric_fields[] = {
	{"name", &metric_name, AT(char *, struct lb_custom_metric, name), .required = true, .change = CHANGE_PLACE,
		.text = "Name of the metric, as in the machines' answers."},
	{"dryRun", &type_flag, AT(bool, struct lb_custom_metric, dry_run), .change = CHANGE_PLACE,
		.text = "Only record it; requests are not spread by it. Unset: false."},
};
static const struct type metric = {.kind = TYPE_OBJECT, FIELDS(metric_fields), .size = sizeof(struct lb_custom_metric)};
const struct type type_custom_metrics = {.kind = TYPE_LIST,
	.least = 0,
	.most = 8,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &metric,
	.item_text = "One metric."};

#define OUTLIER(member) AT(int64_t, struct lb_outlier_detection, member), .change = CHANGE_PLACE
static const struct field outlier_fields[] = {
	{"baseEjectionTimeSec", &seconds, OUTLIER(base_ejection_time_sec), .unit = "seconds",
		.text = "Time that a machine is left out, times how often it has been. Unset: 30."},
	{"intervalSec", &some_seconds, OUTLIER(interval_sec), .unit = "seconds",
		.text = "Time from one look at all machines to the next. Unset: 1."},
	{"consecutiveErrors", &many, OUTLIER(consecutive_errors), .unit = "answers",
		.text = "Errors in a row (5xx, time-outs, lost connections) that make an outlier. Unset: 5."},
	{"consecutiveGatewayFailure", &many, OUTLIER(consecutive_gateway_failure), .unit = "answers",
		.text = "Answers 502, 503 and 504 in a row that make an outlier. Unset: 3."},
	{"enforcingConsecutiveErrors", &type_percent, OUTLIER(enforcing_consecutive_errors), .unit = "percent",
		.text = "Chance that an outlier by errors is left out. Unset: 0."},
	{"enforcingConsecutiveGatewayFailure", &type_percent, OUTLIER(enforcing_consecutive_gateway_failure),
		.unit = "percent", .text = "Chance that an outlier by gateway errors is left out. Unset: 100."},
	{"enforcingSuccessRate", &type_percent, OUTLIER(enforcing_success_rate), .unit = "percent",
		.text = "Chance that an outlier by its success rate is left out. Unset: 100."},
	{"maxEjectionPercent", &type_percent, OUTLIER(max_ejection_percent), .unit = "percent",
		.text = "Most machines that are left out at once. Unset: 50."},
	{"successRateMinimumHosts", &many, OUTLIER(success_rate_minimum_hosts), .unit = "machines",
		.text = "Machines with enough requests that success rates are compared among. Unset: 5."},
	{"successRateRequestVolume", &many, OUTLIER(success_rate_request_volume), .unit = "requests",
		.text = "Requests between two looks that are enough. Unset: 100."},
	{"successRateStdevFactor", &many_or_none, OUTLIER(success_rate_stdev_factor), .unit = "thousandths",
		.text = "How many standard deviations below the mean make an outlier. Unset: 1900."},
};
const struct type type_outlier_detection = {
	.kind = TYPE_OBJECT, FIELDS(outlier_fields), .size = sizeof(struct lb_outlier_detection)};

#define BREAKER(member) AT(int64_t, struct lb_circuit_breakers, member), .change = CHANGE_PLACE
static const struct field breaker_fields[] = {
	{"maxConnections", &many, BREAKER(max_connections),
		.text = "Most connections to the backend. Unset: no limit."},
	{"maxPendingRequests", &many, BREAKER(max_pending_requests),
		.text = "Most requests that wait for a connection. Unset: no limit."},
	{"maxRequests", &many, BREAKER(max_requests), .text = "Most requests to the backend at once. Unset: no limit."},
	{"maxRequestsPerConnection", &many, BREAKER(max_requests_per_connection),
		.text = "Most requests over one connection; 1 means no keep-alive. Unset: no limit."},
	{"maxRetries", &many, BREAKER(max_retries), .text = "Most retries at once. Unset: 3."},
};
const struct type type_circuit_breakers = {
	.kind = TYPE_OBJECT, FIELDS(breaker_fields), .size = sizeof(struct lb_circuit_breakers)};

const struct type type_stream_seconds = INTEGER(0, DURATION_MAX);
static const char *const compression_words[] = {"AUTOMATIC", "DISABLED", NULL};
const struct type type_compression = {.kind = TYPE_STRING, .words = compression_words};
static const struct type header_line = TEXT(2, 1024, .pattern = &pattern_header_line);
const struct type type_header_lines = {.kind = TYPE_LIST,
	.least = 0,
	.most = 16,
	.form = LIST_ATOMIC,
	.item = &header_line,
	.item_text = "A header, \"Name: value\"."};

static const char *const optional_words[] = {"EXCLUDE_ALL_OPTIONAL", "INCLUDE_ALL_OPTIONAL", "CUSTOM", NULL};
static const struct type optional_mode = {.kind = TYPE_STRING, .words = optional_words};
static const struct type optional_field = TEXT(1, 128, .pattern = &pattern_one_line);
static const struct type optional_fields = {.kind = TYPE_LIST,
	.least = 0,
	.most = 16,
	.form = LIST_SET,
	.item = &optional_field,
	.item_text = "A field, such as tls.protocol."};
static const struct field request_log_fields[] = {
	{"enable", &type_flag, AT(bool, struct lb_request_log, enable), .change = CHANGE_PLACE,
		.text = "Write requests to Cloud Logging. Unset: false."},
	{"sampleRatePercent", &type_percent, AT(int64_t, struct lb_request_log, sample_rate_percent), .unit = "percent",
		.change = CHANGE_PLACE, .text = "Requests that are written. Unset: 100."},
	{"optionalMode", &optional_mode, AT(char *, struct lb_request_log, optional_mode), .change = CHANGE_PLACE,
		.text = "Which optional fields are written. Unset: EXCLUDE_ALL_OPTIONAL."},
	{"optionalFields", &optional_fields, AT(struct lb_texts, struct lb_request_log, optional_fields),
		.change = CHANGE_PLACE, .text = "The optional fields, with optionalMode CUSTOM."},
};
const struct type type_request_log = {.kind = TYPE_OBJECT,
	FIELDS(request_log_fields),
	.size = sizeof(struct lb_request_log),
	.rules = request_log_rules};

static const char *const selection_words[] = {"IPV4_ONLY", "PREFER_IPV6", "IPV6_ONLY", NULL};
const struct type type_ip_selection = {.kind = TYPE_STRING, .words = selection_words};
