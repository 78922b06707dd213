/* Which backend gets which requests: spec.routes and routeTests. Part of struct lb (lb.h). Presence of members is told by the
 * `present` of their owners, where their values can't. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/lb_template.h"

/* A list as the parser fills it: LB_LIST(header_option) is struct lb_header_options. */
#define LB_LIST(name)                                                                                                  \
	struct lb_##name##s {                                                                                          \
		struct lb_##name *items;                                                                               \
		size_t count;                                                                                          \
	}

struct lb_header_option {
	uint64_t present;
	char *header_name, *header_value;
	bool replace;
};
LB_LIST(header_option);

struct lb_header_action {
	uint64_t present;
	struct lb_header_options request_headers_to_add, response_headers_to_add;
	struct lb_texts request_headers_to_remove, response_headers_to_remove;
};

struct lb_weighted_backend {
	uint64_t present;
	char *backend;
	int64_t weight;
	struct lb_header_action header_action;
};
LB_LIST(weighted_backend);

struct lb_url_redirect {
	uint64_t present;
	char *host_redirect, *path_redirect, *prefix_redirect;
	bool https_redirect, strip_query;
	char *redirect_response_code;
};

struct lb_retry_policy {
	uint64_t present;
	struct lb_texts retry_conditions;
	int64_t num_retries, per_try_timeout_msec;
};

struct lb_url_rewrite {
	uint64_t present;
	char *host_rewrite, *path_prefix_rewrite, *path_template_rewrite;
};

struct lb_mirror {
	uint64_t present;
	char *backend;
};

struct lb_fault_abort {
	uint64_t present;
	int64_t http_status, percentage;
};

struct lb_fault_delay {
	uint64_t present;
	int64_t fixed_delay_msec, percentage;
};

struct lb_faults {
	uint64_t present;
	struct lb_fault_abort abort;
	struct lb_fault_delay delay;
};

struct lb_cors {
	uint64_t present;
	struct lb_texts allow_origins, allow_origin_regexes, allow_methods, allow_headers, expose_headers;
	int64_t max_age;
	bool allow_credentials, disabled;
};

struct lb_route_action {
	uint64_t present;
	int64_t timeout_sec, max_stream_duration_sec;
	struct lb_retry_policy retry_policy;
	struct lb_url_rewrite url_rewrite;
	struct lb_mirror request_mirror_policy;
	struct lb_faults fault_injection_policy;
	struct lb_cors cors_policy;
};

/* What takes the place of an answer. */
struct lb_error_rule {
	uint64_t present;
	struct lb_texts match_response_codes;
	char *path;
	int64_t override_response_code;
};
LB_LIST(error_rule);

struct lb_error_pages {
	uint64_t present;
	char *error_backend; /* NULL: there are none */
	struct lb_error_rules error_response_rules;
};

/* What becomes of a request: one of backend, weighted backends and redirect. */
struct lb_action {
	char *backend;
	struct lb_weighted_backends weighted_backends;
	struct lb_url_redirect url_redirect;
	struct lb_route_action route_action;
	struct lb_error_pages error_pages;
};

struct lb_path_rule {
	uint64_t present;
	char *name;
	struct lb_texts paths;
	struct lb_action action;
};
LB_LIST(path_rule);

struct lb_range_match {
	uint64_t present;
	int64_t range_start, range_end;
};

struct lb_header_match {
	uint64_t present;
	char *header_name, *exact_match, *prefix_match, *suffix_match, *regex_match;
	bool present_match;
	struct lb_range_match range_match;
	bool invert_match;
};
struct lb_header_matches {
	struct lb_header_match *items;
	size_t count;
};

struct lb_parameter_match {
	uint64_t present;
	char *name, *exact_match, *regex_match;
	bool present_match;
};
struct lb_parameter_matches {
	struct lb_parameter_match *items;
	size_t count;
};

struct lb_match_rule {
	uint64_t present;
	char *prefix_match, *full_path_match, *regex_match, *path_template_match;
	bool ignore_case;
	struct lb_header_matches header_matches;
	struct lb_parameter_matches query_parameter_matches;
};
LB_LIST(match_rule);

struct lb_route_rule {
	uint64_t present;
	int64_t priority;
	char *description;
	struct lb_match_rules match_rules;
	struct lb_action action;
	struct lb_header_action header_action;
};
LB_LIST(route_rule);

struct lb_route {
	uint64_t present;
	char *name;
	struct lb_texts hosts; /* none: every host */
	struct lb_action action;
	struct lb_header_action header_action;
	struct lb_path_rules path_rules;
	struct lb_route_rules route_rules;
};
LB_LIST(route);

struct lb_test_header {
	uint64_t present;
	char *name, *value;
};
LB_LIST(test_header);

struct lb_route_test {
	uint64_t present;
	char *name, *host, *path;
	struct lb_test_headers headers;
	char *backend, *expected_output_url;
	int64_t expected_redirect_response_code;
};
LB_LIST(route_test);
