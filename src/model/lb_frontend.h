/* Where clients arrive, as the rest of the program sees spec.frontend and spec.firewall. */
#pragma once

#include "model/lb_template.h"

struct lb_address {
	uint64_t present;
	char *type; /* Reserved, Named, Ephemeral */
	char *name;
};

struct lb_secret_ref {
	uint64_t present;
	char *name; /* NULL: there is no reference */
};

/* Exactly one of domains, secret_ref and ssl_certificate is set. */
struct lb_certificate {
	uint64_t present;
	char *name;
	struct lb_texts domains;
	struct lb_secret_ref secret_ref;
	char *ssl_certificate; /* existing one */
};
struct lb_certificates {
	struct lb_certificate *items;
	size_t count;
};

/* Exactly one of name and profile is set, or, where the user says nothing, none. */
struct lb_ssl_policy {
	uint64_t present;
	char *name, *profile;
	char *min_tls_version; /* NULL: TLS_1_2 */
	struct lb_texts custom_features;
};

struct lb_tls {
	uint64_t present;
	int64_t port;
	struct lb_certificates certificates;
	char *certificate_map;
	struct lb_ssl_policy ssl_policy;
	char *quic_override, *tls_early_data, *server_tls_policy;
	char *http_policy; /* Redirect, Serve, Disable */
	char *redirect_response_code;
};

struct lb_ipv6 {
	uint64_t present;
	struct lb_address address;
};

struct lb_migration {
	uint64_t present;
	int64_t testing_percentage, step_sec;
	char *hold_at; /* PREPARE, TEST_BY_PERCENTAGE, TEST_ALL_TRAFFIC; NULL: nowhere */
};

struct lb_frontend {
	uint64_t present;
	char *load_balancing_scheme;
	int64_t port;
	struct lb_address address;
	struct lb_ipv6 ipv6;                 /* see lb_has_ipv6 */
	int64_t http_keep_alive_timeout_sec; /* LB_ABSENT: 610 */
	struct lb_map labels;                /* see lb_has_labels */
	struct lb_tls tls;                   /* see lb_has_tls */
	struct lb_migration migration;       /* see lb_migration */
};

struct lb_firewall_log {
	uint64_t present;
	bool enable;
	char *metadata; /* NULL: INCLUDE_ALL_METADATA */
};

struct lb_firewall {
	uint64_t present;
	bool managed;
	int64_t priority;
	struct lb_firewall_log log_config;
};

/* Does it speak HTTPS? Else nothing in tls means anything. */
bool lb_has_tls(const struct lb_frontend *frontend);
/* Do clients arrive by IPv6, too? */
bool lb_has_ipv6(const struct lb_frontend *frontend);
/* Does the spec say which labels rules and addresses have, be it none? */
bool lb_has_labels(const struct lb_frontend *frontend);
/* Does it speak plain HTTP, be it to redirect? */
bool lb_has_http(const struct lb_frontend *frontend);
/* What it says of the migration, or the defaults. */
struct lb_migration lb_migration(const struct lb_frontend *frontend);
/* Does plain HTTP only say where HTTPS is? */
bool lb_redirects(const struct lb_frontend *frontend);
