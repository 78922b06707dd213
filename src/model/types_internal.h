/* Shared between the files of the table: how a row states its offset, and types that several of them use. */
#pragma once

#include "model/rules.h"
#include "model/types.h"

/* types_options.c: members of one machine beside image, disks, network and container */
extern const struct type type_accelerators, type_gpu_driver, type_cpu_platform, type_provisioning_model,
	type_scheduling, type_shielded, type_confidential, type_machine_features, type_reservation_affinity,
	type_policy_names, type_manager_tags, type_key_revocation, type_network_performance, type_ipv6_access;

/* types_autoscaling.c, types_capacity.c */
extern const struct type type_autoscaling, type_capacity;

/* types_template.c */
extern const struct type type_metadata_value, type_labels, type_machine_type;

/* types_group.c */
extern const struct type type_config, type_flexibility, type_standby, type_stateful;

/* types_healing.c */
extern const struct type type_auto_healing, type_lifecycle;

/* types_disk.c, types_interface.c, types_container.c */
extern const struct type type_container;
extern const struct type type_disk, type_additional_disks, type_local_ssd;
extern const struct type type_network_tier, type_stack, type_nic, type_queues, type_alias_ranges, type_interfaces;

/* types_frontend.c */
extern const struct type type_frontend, type_firewall, type_secret_name;

/* What nic0 and the others have alike. */
#define IN_TEMPLATE(member) NULL
#define AS_IN_TEMPLATE(member) "spec.template." member
#define INTERFACE_FIELDS(owner, see)                                                                                   \
	{"networkTier", &type_network_tier, AT(char *, owner, network_tier), .as = see("networkTier"),                 \
		.change = CHANGE_ROLL, .rare = true,                                                                   \
		.text = "Network tier of the public address; needs externalIP. Unset: that of the project."},          \
		{"stackType", &type_stack, AT(char *, owner, stack_type), .as = see("stackType"),                      \
			.change = CHANGE_ROLL, .rare = true,                                                           \
			.text = "IP versions of the interface. Unset: IPV4_ONLY."},                                    \
		{"externalIPv6", &type_flag, AT(bool, owner, external_ipv6), .as = see("externalIPv6"),                \
			.change = CHANGE_ROLL, .rare = true,                                                           \
			.text = "Give each machine a public IPv6 address; needs stackType with IPv6. Unset: false."},  \
		{"nicType", &type_nic, AT(char *, owner, nic_type), .as = see("nicType"), .change = CHANGE_ROLL,       \
			.text = "Kind of network card. Unset: Compute Engine chooses for the machine type."},          \
		{"queueCount", &type_queues, AT(int64_t, owner, queue_count), .as = see("queueCount"),                 \
			.change = CHANGE_ROLL, .rare = true,                                                           \
			.text = "Queues of the network card. Unset: Compute Engine chooses."},                         \
	{                                                                                                              \
		"aliasIpRanges", &type_alias_ranges, AT(struct lb_alias_ranges, owner, alias_ip_ranges),               \
			.as = see("aliasIpRanges"), .change = CHANGE_ROLL, .rare = true,                               \
			.text = "Alias IP ranges of each machine, at most 8."                                          \
	}

extern const struct type type_update_policy, type_rollout; /* types_update.c */
/* types_traffic.c */
extern const struct type type_header_name, type_cookie, type_consistent_hash, type_locality_policy, type_custom_metrics,
	type_outlier_detection, type_circuit_breakers, type_stream_seconds, type_compression, type_header_lines,
	type_request_log, type_ip_selection;
/* Members of serving beside port, protocol, times and affinity. */
#define TRAFFIC_FIELDS(owner)                                                                                          \
	{"strongSessionAffinityCookie", &type_cookie, AT(struct lb_cookie, owner, strong_session_affinity_cookie),     \
		.text = "Cookie of sessionAffinity STRONG_COOKIE_AFFINITY."},                                          \
		{"consistentHash", &type_consistent_hash, AT(struct lb_consistent_hash, owner, consistent_hash),       \
			.text = "What localityLbPolicy RING_HASH and MAGLEV go by."},                                  \
		{"localityLbPolicy", &type_locality_policy, AT(char *, owner, locality_lb_policy),                     \
			.change = CHANGE_PLACE,                                                                        \
			.text = "How a machine of a group is chosen: in turn, LEAST_REQUEST of two at random, "        \
				"RANDOM, by "                                                                          \
				"consistentHash (RING_HASH, MAGLEV), or by customMetrics (WEIGHTED_ROUND_ROBIN). "     \
				"Unset: "                                                                              \
				"ROUND_ROBIN."},                                                                       \
		{"customMetrics", &type_custom_metrics, AT(struct lb_custom_metrics, owner, custom_metrics),           \
			.text = "Metrics that machines report in their answers, for WEIGHTED_ROUND_ROBIN; at most "    \
				"8."},                                                                                 \
		{"outlierDetection", &type_outlier_detection,                                                          \
			AT(struct lb_outlier_detection, owner, outlier_detection),                                     \
			.text = "Leave machines out for a while that answer worse than the others."},                  \
		{"circuitBreakers", &type_circuit_breakers, AT(struct lb_circuit_breakers, owner, circuit_breakers),   \
			.text = "Limits beyond which requests are refused at once. Each proxy of the load balancer "   \
				"counts for itself."},                                                                 \
		{"maxStreamDurationSec", &type_stream_seconds, AT(int64_t, owner, max_stream_duration_sec),            \
			.unit = "seconds", .change = CHANGE_PLACE,                                                     \
			.text = "Most time that a stream may live. Unset: no limit beside timeoutSec."},               \
		{"compressionMode", &type_compression, AT(char *, owner, compression_mode), .change = CHANGE_PLACE,    \
			.text = "Compress answers where the client takes it. Unset: DISABLED."},                       \
		{"customRequestHeaders", &type_header_lines, AT(struct lb_texts, owner, custom_request_headers),       \
			.change = CHANGE_PLACE,                                                                        \
			.text = "Headers added to requests, at most 16; values may hold variables such as "            \
				"{client_region}."},                                                                   \
		{"customResponseHeaders", &type_header_lines, AT(struct lb_texts, owner, custom_response_headers),     \
			.change = CHANGE_PLACE, .text = "Headers added to answers, at most 16, likewise."},            \
		{"logConfig", &type_request_log, AT(struct lb_request_log, owner, log_config),                         \
			.text = "Logging of requests."},                                                               \
		{"securityPolicy", &type_label, AT(char *, owner, security_policy), .change = CHANGE_PLACE,            \
			.text = "Name of a Cloud Armor policy of the project that requests must pass."},               \
		{"edgeSecurityPolicy", &type_label, AT(char *, owner, edge_security_policy), .change = CHANGE_PLACE,   \
			.text = "Name of a Cloud Armor edge policy of the project, which stands before the cache."},   \
		{"serviceLbPolicy", &type_label, AT(char *, owner, service_lb_policy), .change = CHANGE_PLACE,         \
			.text = "Name of a service load-balancing policy of the project."},                            \
	{                                                                                                              \
		"ipAddressSelectionPolicy", &type_ip_selection, AT(char *, owner, ip_address_selection_policy),        \
			.change = CHANGE_PLACE,                                                                        \
			.text = "IP version towards the machines; IPv6 needs machines that have it. Unset: "           \
				"IPV4_ONLY."                                                                           \
	}

/* types_cdn.c */
extern const struct type type_secret_key, type_cdn_policy, type_bucket_cdn_policy, type_cache_key;
/* types_route.c */
extern const struct type type_routes, type_route_tests;

/* types_serving.c */
extern const struct type type_iap;
extern const struct type type_serving, type_health_check, type_healing_check, type_bucket, type_backends,
	type_pool_backends, type_backend_name;

extern const struct type type_flag, type_label, type_port, type_replicas, type_percent, type_share, type_amount,
	type_number, pools_type;
