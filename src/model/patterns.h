/* Forms of texts: the regular expression that the API server checks (RE2), the same in C, and what to tell a person. A test
 * holds both against each other. */
#pragma once

#include <stdbool.h>

struct pattern {
	const char *text;                  /* the expression, anchored */
	const char *message;               /* one sentence; NULL: the API server's own words do */
	bool (*matches)(const char *text); /* the same as the expression */
};

extern const struct pattern pattern_label, pattern_project, pattern_machine_type, pattern_image, pattern_network,
	pattern_subnetwork, pattern_service_account, pattern_scope, pattern_label_value, pattern_zone, pattern_revision,
	pattern_reservation, pattern_manager_tag, pattern_request_path, pattern_object_name, pattern_reason,
	pattern_container_image, pattern_one_line, pattern_env_name, pattern_folder, pattern_kms_key, pattern_email,
	pattern_snapshot, pattern_range_size, pattern_network_attachment, pattern_account, pattern_name_glob,
	pattern_path_glob, pattern_domain, pattern_tls_policy, pattern_secret_name;
extern const struct pattern pattern_region, pattern_decimal, pattern_object;
extern const struct pattern pattern_header_name, pattern_header_line, pattern_secret_member, pattern_bucket,
	pattern_error_code, pattern_page, pattern_url_path, pattern_match_header, pattern_rule_path, pattern_route_host;

/* Keys of maps, which no pattern of the schema can reach: the rules use them. */
bool pattern_is_label_key(const char *text);    /* [a-z][a-z0-9_-]{0,62} */
bool pattern_is_metadata_key(const char *text); /* [a-zA-Z0-9_-]{1,128} */
