/* The table of what becomes of a request. Members are named as in Compute Engine; durations end in Sec and Msec here. */
#include "model/types_route.h"

enum { DAY_MSEC = 86400000 };

static const struct type header_value = TEXT(0, 1024, .pattern = &pattern_one_line);
static const struct type new_host = TEXT(1, 255, .pattern = &pattern_one_line);
static const struct type new_path = TEXT(1, 1024, .pattern = &pattern_url_path);

/* headerAction */

static const struct field header_fields[] = {
	{"headerName", &type_header_name, AT(char *, struct lb_header_option, header_name), .required = true,
		.change = CHANGE_PLACE, .text = "Name of the header."},
	{"headerValue", &header_value, AT(char *, struct lb_header_option, header_value), .required = true,
		.change = CHANGE_PLACE, .text = "Value of the header."},
	{"replace", &type_flag, AT(bool, struct lb_header_option, replace), .change = CHANGE_PLACE,
		.text = "Replace what is there instead of adding to it. Unset: false."},
};
static const struct type header = {.kind = TYPE_OBJECT, FIELDS(header_fields), .size = sizeof(struct lb_header_option)};
static const struct type headers_to_add = {
	.kind = TYPE_LIST, .most = 8, .form = LIST_ATOMIC, .item = &header, .item_text = "One header."};
static const struct type headers_to_remove = {
	.kind = TYPE_LIST, .most = 8, .form = LIST_SET, .item = &type_header_name, .item_text = "Name of a header."};

#define HEADERS(c_type, member) AT(c_type, struct lb_header_action, member), .change = CHANGE_PLACE
static const struct field header_action_fields[] = {
	{"requestHeadersToAdd", &headers_to_add, HEADERS(struct lb_header_options, request_headers_to_add),
		.text = "Headers to add to requests."},
	{"requestHeadersToRemove", &headers_to_remove, HEADERS(struct lb_texts, request_headers_to_remove),
		.text = "Headers to remove from requests."},
	{"responseHeadersToAdd", &headers_to_add, HEADERS(struct lb_header_options, response_headers_to_add),
		.text = "Headers to add to answers."},
	{"responseHeadersToRemove", &headers_to_remove, HEADERS(struct lb_texts, response_headers_to_remove),
		.text = "Headers to remove from answers."},
};
const struct type type_header_action = {
	.kind = TYPE_OBJECT, FIELDS(header_action_fields), .size = sizeof(struct lb_header_action)};

/* weightedBackends */

static const struct type weight = INTEGER(0, 1000);
static const struct field weighted_fields[] = {
	{"backend", &type_backend_name, AT(char *, struct lb_weighted_backend, backend), .required = true,
		.change = CHANGE_PLACE, .text = "Name of the backend."},
	{"weight", &weight, AT(int64_t, struct lb_weighted_backend, weight), .required = true, .change = CHANGE_PLACE,
		.text = "Share of the requests, out of the sum of all weights."},
	{"headerAction", &type_header_action, AT(struct lb_header_action, struct lb_weighted_backend, header_action),
		.text = "Header changes for this backend.", .as = "spec.routes[].headerAction"},
};
static const struct type weighted = {
	.kind = TYPE_OBJECT, FIELDS(weighted_fields), .size = sizeof(struct lb_weighted_backend)};
const struct type type_weighted_backends = {.kind = TYPE_LIST,
	.least = 1,
	.most = 8,
	.form = LIST_KEYED,
	.keys = {"backend"},
	.item = &weighted,
	.item_text = "One backend.",
	.rules = weights_rules};

/* urlRedirect */

static const char *const code_words[] = {
	"MOVED_PERMANENTLY_DEFAULT", "FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT", NULL};
static const struct type code = {.kind = TYPE_STRING, .words = code_words};
#define REDIRECT(c_type, member) AT(c_type, struct lb_url_redirect, member), .change = CHANGE_PLACE
static const struct field redirect_fields[] = {
	{"hostRedirect", &new_host, REDIRECT(char *, host_redirect), .text = "New host. Unset: the same."},
	{"pathRedirect", &new_path, REDIRECT(char *, path_redirect), .text = "New path. Unset: the same."},
	{"prefixRedirect", &new_path, REDIRECT(char *, prefix_redirect),
		.text = "New beginning of the path, in place of the one that matched."},
	{"httpsRedirect", &type_flag, REDIRECT(bool, https_redirect), .text = "Change to HTTPS. Unset: false."},
	{"stripQuery", &type_flag, REDIRECT(bool, strip_query), .text = "Drop the query. Unset: false."},
	{"redirectResponseCode", &code, REDIRECT(char *, redirect_response_code),
		.text = "Status code. Unset: MOVED_PERMANENTLY_DEFAULT."},
};
const struct type type_url_redirect = {
	.kind = TYPE_OBJECT, FIELDS(redirect_fields), .size = sizeof(struct lb_url_redirect), .rules = redirect_rules};

/* routeAction */

static const struct type answer_seconds = INTEGER(1, 2147483647);
static const struct type milliseconds = INTEGER(1, DAY_MSEC);
static const struct type retries = INTEGER(1, 25);
static const char *const condition_words[] = {"5xx", "gateway-error", "connect-failure", "retriable-4xx",
	"refused-stream", "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable", NULL};
static const struct type condition = {.kind = TYPE_STRING, .words = condition_words};
static const struct type conditions = {
	.kind = TYPE_LIST, .least = 1, .most = 10, .form = LIST_SET, .item = &condition, .item_text = "A condition."};
static const struct field retry_fields[] = {
	{"retryConditions", &conditions, AT(struct lb_texts, struct lb_retry_policy, retry_conditions),
		.required = true, .change = CHANGE_PLACE, .text = "What is tried again."},
	{"numRetries", &retries, AT(int64_t, struct lb_retry_policy, num_retries), .unit = "times",
		.change = CHANGE_PLACE, .text = "Most tries after the first. Unset: 1."},
	{"perTryTimeoutMsec", &milliseconds, AT(int64_t, struct lb_retry_policy, per_try_timeout_msec),
		.unit = "milliseconds", .change = CHANGE_PLACE, .text = "Time for each try. Unset: that of the route."},
};
static const struct type retry_policy = {
	.kind = TYPE_OBJECT, FIELDS(retry_fields), .size = sizeof(struct lb_retry_policy)};

#define REWRITE(member) AT(char *, struct lb_url_rewrite, member), .change = CHANGE_PLACE
#define REWRITE_FIELDS                                                                                                 \
	{"hostRewrite", &new_host, REWRITE(host_rewrite), .text = "Host that the backend is asked for."},              \
	{                                                                                                              \
		"pathPrefixRewrite", &new_path, REWRITE(path_prefix_rewrite),                                          \
			.text = "New beginning of the path, in place of the one that matched."                         \
	}
static const struct field rewrite_fields[] = {REWRITE_FIELDS};
static const struct type rewrite = {.kind = TYPE_OBJECT, FIELDS(rewrite_fields), .size = sizeof(struct lb_url_rewrite)};
static const struct field template_rewrite_fields[] = {
	REWRITE_FIELDS,
	{"pathTemplateRewrite", &new_path, REWRITE(path_template_rewrite), .as = "",
		.text = "New path, with the variables of pathTemplateMatch."},
};
static const struct type template_rewrite = {.kind = TYPE_OBJECT,
	FIELDS(template_rewrite_fields),
	.size = sizeof(struct lb_url_rewrite),
	.rules = rewrite_rules};

static const struct field mirror_fields[] = {
	{"backend", &type_backend_name, AT(char *, struct lb_mirror, backend), .required = true, .change = CHANGE_PLACE,
		.text = "Name of the backend."},
};
static const struct type mirror = {.kind = TYPE_OBJECT, FIELDS(mirror_fields), .size = sizeof(struct lb_mirror)};

static const struct type fault_status = INTEGER(200, 599);
static const struct field abort_fields[] = {
	{"httpStatus", &fault_status, AT(int64_t, struct lb_fault_abort, http_status), .required = true,
		.change = CHANGE_PLACE, .text = "Status code of the answer."},
	{"percentage", &type_percent, AT(int64_t, struct lb_fault_abort, percentage), .required = true,
		.unit = "percent", .change = CHANGE_PLACE, .text = "Share of the requests."},
};
static const struct type fault_abort = {
	.kind = TYPE_OBJECT, FIELDS(abort_fields), .size = sizeof(struct lb_fault_abort)};
static const struct field delay_fields[] = {
	{"fixedDelayMsec", &milliseconds, AT(int64_t, struct lb_fault_delay, fixed_delay_msec), .required = true,
		.unit = "milliseconds", .change = CHANGE_PLACE,
		.text = "Time to wait before the request is passed on."},
	{"percentage", &type_percent, AT(int64_t, struct lb_fault_delay, percentage), .required = true,
		.unit = "percent", .change = CHANGE_PLACE, .text = "Share of the requests."},
};
static const struct type fault_delay = {
	.kind = TYPE_OBJECT, FIELDS(delay_fields), .size = sizeof(struct lb_fault_delay)};
static const struct field fault_fields[] = {
	{"abort", &fault_abort, AT(struct lb_fault_abort, struct lb_faults, abort), .text = "Answer with an error."},
	{"delay", &fault_delay, AT(struct lb_fault_delay, struct lb_faults, delay), .text = "Wait first."},
};
static const struct type faults = {.kind = TYPE_OBJECT, FIELDS(fault_fields), .size = sizeof(struct lb_faults)};

static const struct type cors_text = TEXT(1, 255, .pattern = &pattern_one_line);
static const struct type cors_texts = {
	.kind = TYPE_LIST, .most = 32, .form = LIST_SET, .item = &cors_text, .item_text = "One of them."};
static const struct type cors_seconds = INTEGER(0, 86400);
#define CORS(c_type, member) AT(c_type, struct lb_cors, member), .change = CHANGE_PLACE
static const struct field cors_fields[] = {
	{"allowOrigins", &cors_texts, CORS(struct lb_texts, allow_origins), .text = "Origins that may ask."},
	{"allowOriginRegexes", &cors_texts, CORS(struct lb_texts, allow_origin_regexes),
		.text = "The same by RE2 expressions."},
	{"allowMethods", &cors_texts, CORS(struct lb_texts, allow_methods), .text = "Methods that are allowed."},
	{"allowHeaders", &cors_texts, CORS(struct lb_texts, allow_headers), .text = "Request headers allowed."},
	{"exposeHeaders", &cors_texts, CORS(struct lb_texts, expose_headers), .text = "Answer headers shown."},
	{"maxAge", &cors_seconds, CORS(int64_t, max_age), .unit = "seconds",
		.text = "Time that the answer to a preflight request holds."},
	{"allowCredentials", &type_flag, CORS(bool, allow_credentials), .text = "Allow credentials. Unset: false."},
	{"disabled", &type_flag, CORS(bool, disabled), .text = "Switch all this off. Unset: false."},
};
static const struct type cors = {.kind = TYPE_OBJECT, FIELDS(cors_fields), .size = sizeof(struct lb_cors)};

#define ROUTE(c_type, member) AT(c_type, struct lb_route_action, member)
#define ROUTE_ACTION_FIELDS(rewrite_type)                                                                              \
	{"timeoutSec", &answer_seconds, ROUTE(int64_t, timeout_sec), .unit = "seconds", .change = CHANGE_PLACE,        \
		.text = "Time for a request, tries included. Unset: timeoutSec of the backend."},                      \
		{"maxStreamDurationSec", &type_stream_seconds, ROUTE(int64_t, max_stream_duration_sec),                \
			.unit = "seconds", .change = CHANGE_PLACE, .text = "Most time that a stream may live."},       \
		{"retryPolicy", &retry_policy, ROUTE(struct lb_retry_policy, retry_policy),                            \
			.text = "Try again what failed."},                                                             \
		{"urlRewrite", rewrite_type, ROUTE(struct lb_url_rewrite, url_rewrite),                                \
			.text = "Change the URL before passing it on."},                                               \
		{"requestMirrorPolicy", &mirror, ROUTE(struct lb_mirror, request_mirror_policy),                       \
			.text = "Send a copy of each request to another backend; its answers are dropped."},           \
		{"faultInjectionPolicy", &faults, ROUTE(struct lb_faults, fault_injection_policy),                     \
			.text = "Make faults, to test clients."},                                                      \
	{                                                                                                              \
		"corsPolicy", &cors, ROUTE(struct lb_cors, cors_policy),                                               \
			.text = "What pages of other origins may ask for."                                             \
	}
static const struct field route_action_fields[] = {ROUTE_ACTION_FIELDS(&rewrite)};
const struct type type_route_action = {
	.kind = TYPE_OBJECT, FIELDS(route_action_fields), .size = sizeof(struct lb_route_action)};
static const struct field rule_action_fields[] = {ROUTE_ACTION_FIELDS(&template_rewrite)};
const struct type type_rule_action = {
	.kind = TYPE_OBJECT, FIELDS(rule_action_fields), .size = sizeof(struct lb_route_action)};

/* customErrorResponsePolicy */

static const struct type replaced_code = TEXT(3, 3, .pattern = &pattern_error_code);
static const struct type replaced_codes = {
	.kind = TYPE_LIST, .least = 1, .most = 16, .form = LIST_SET, .item = &replaced_code, .item_text = "A code."};
static const struct type page = TEXT(2, 1024, .pattern = &pattern_page);
static const struct type answer_code = INTEGER(200, 599);
#define PAGES(c_type, member) AT(c_type, struct lb_error_rule, member), .change = CHANGE_PLACE
static const struct field error_rule_fields[] = {
	{"matchResponseCodes", &replaced_codes, PAGES(struct lb_texts, match_response_codes), .required = true,
		.text = "Status codes such as 404, or 4xx and 5xx for all others of their class; each in one rule."},
	{"path", &page, PAGES(char *, path), .required = true, .text = "Path of the page in the bucket."},
	{"overrideResponseCode", &answer_code, PAGES(int64_t, override_response_code),
		.text = "Status code to answer with. Unset: the same."},
};
static const struct type error_rule = {
	.kind = TYPE_OBJECT, FIELDS(error_rule_fields), .size = sizeof(struct lb_error_rule)};
static const struct type error_rules = {
	.kind = TYPE_LIST, .least = 1, .most = 8, .form = LIST_ATOMIC, .item = &error_rule, .item_text = "One rule."};
static const struct field error_page_fields[] = {
	{"errorBackend", &type_backend_name, AT(char *, struct lb_error_pages, error_backend), .required = true,
		.change = CHANGE_PLACE, .text = "Name of a backend with bucket, which has the pages."},
	{"errorResponseRules", &error_rules, AT(struct lb_error_rules, struct lb_error_pages, error_response_rules),
		.required = true, .text = "Which page for which codes, at most 8 rules."},
};
const struct type type_error_pages = {
	.kind = TYPE_OBJECT, FIELDS(error_page_fields), .size = sizeof(struct lb_error_pages)};
