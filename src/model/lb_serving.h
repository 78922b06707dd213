/* How machines serve and are probed: spec.serving, healthCheck and backends. Part of struct lb (lb.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/lb_cdn.h"
#include "model/lb_template.h"

struct lb_cookie {
	uint64_t present;
	char *name, *path;
	int64_t ttl_sec;
};

struct lb_consistent_hash {
	uint64_t present;
	char *http_header_name;
	struct lb_cookie http_cookie;
	int64_t minimum_ring_size;
};

struct lb_custom_metric {
	uint64_t present;
	char *name;
	bool dry_run;
};
struct lb_custom_metrics {
	struct lb_custom_metric *items;
	size_t count;
};

struct lb_outlier_detection {
	uint64_t present;
	int64_t base_ejection_time_sec, interval_sec;
	int64_t consecutive_errors, consecutive_gateway_failure;
	int64_t enforcing_consecutive_errors, enforcing_consecutive_gateway_failure, enforcing_success_rate;
	int64_t max_ejection_percent;
	int64_t success_rate_minimum_hosts, success_rate_request_volume, success_rate_stdev_factor;
};

struct lb_circuit_breakers {
	uint64_t present;
	int64_t max_connections, max_pending_requests, max_requests, max_requests_per_connection, max_retries;
};

struct lb_request_log {
	uint64_t present;
	bool enable;
	int64_t sample_rate_percent;
	char *optional_mode;
	struct lb_texts optional_fields;
};

/* Identity-Aware Proxy. */
struct lb_iap {
	uint64_t present;
	bool enabled;
	char *oauth2_client_id; /* NULL: Google's own client */
	struct lb_secret_key oauth2_client_secret_ref;
};

struct lb_serving {
	uint64_t present;
	int64_t port;
	char *port_name, *protocol;
	int64_t timeout_sec, draining_timeout_sec;
	char *session_affinity;
	int64_t affinity_cookie_ttl_sec; /* LB_ABSENT: session cookie */
	struct lb_cookie strong_session_affinity_cookie;
	struct lb_consistent_hash consistent_hash;
	char *locality_lb_policy;
	struct lb_custom_metrics custom_metrics;
	struct lb_outlier_detection outlier_detection;
	struct lb_circuit_breakers circuit_breakers;
	int64_t max_stream_duration_sec;
	char *compression_mode;
	struct lb_texts custom_request_headers, custom_response_headers;
	struct lb_request_log log_config;
	char *security_policy, *edge_security_policy, *service_lb_policy;
	char *ip_address_selection_policy;
	bool enable_cdn;
	struct lb_cdn_policy cdn_policy;
	struct lb_iap iap;
};

struct lb_check_log {
	uint64_t present;
	bool enable;
};

struct lb_health_check {
	uint64_t present;
	char *type;
	int64_t port;       /* LB_ABSENT: that of port_name, or the serving port */
	char *port_name;    /* portName of some backend, NULL: none */
	char *request_path; /* NULL: "/" */
	char *host, *request, *response, *grpc_service_name, *proxy_header;
	int64_t check_interval_sec, timeout_sec, healthy_threshold, unhealthy_threshold;
	struct lb_check_log log_config;
};

/* Static content out of Cloud Storage. */
struct lb_bucket {
	uint64_t present;
	char *bucket_name; /* NULL: the backend is none */
	bool enable_cdn;
	struct lb_cdn_policy cdn_policy;
	char *compression_mode;
	struct lb_texts custom_response_headers;
	char *edge_security_policy;
};

struct lb_backend {
	uint64_t present;
	char *name;
	struct lb_serving serving;           /* as written, over spec.serving */
	struct lb_health_check health_check; /* as written, over spec.healthCheck */
	struct lb_bucket bucket;             /* instead of machines */
};

struct lb_backends {
	struct lb_backend *items;
	size_t count;
};

/* What comes of spec.serving and healthCheck for one backend. */
struct lb_service {
	char *name;
	struct lb_serving serving;
	struct lb_health_check health_check;
	struct lb_health_check healing; /* by which machines are kept that serve it first, where some are */
};

/* Every backend that machines serve; the first one is "default", which always is. */
struct lb_services {
	struct lb_service *items;
	size_t count;
};
