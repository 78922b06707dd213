/* One machine, as the rest of the program sees spec.template; and the lists and maps that all of the spec is made of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts, lists and maps: NULL or count 0 when absent. Numbers and booleans with a default always hold it; the others hold
 * LB_ABSENT when absent. `present` has one bit per field of the struct's type, in the order of the table, set when the
 * user's object had the member. */
#define LB_ABSENT INT64_MIN

struct lb_texts {
	char **items;
	size_t count;
};
struct lb_pair {
	char *key, *value;
};
struct lb_map {
	struct lb_pair *items;
	size_t count;
};

struct lb_disk {
	uint64_t present;
	int64_t disk_size_gb; /* GB, LB_ABSENT: the image's */
	char *disk_type;
	bool auto_delete;
};

struct lb_accelerator {
	uint64_t present;
	char *accelerator_type;
	int64_t accelerator_count;
};
struct lb_accelerators {
	struct lb_accelerator *items;
	size_t count;
};

struct lb_node_affinity {
	uint64_t present;
	char *key, *operator; /* IN, NOT_IN */
	struct lb_texts values;
};
struct lb_node_affinities {
	struct lb_node_affinity *items;
	size_t count;
};

struct lb_stop_action {
	uint64_t present;
	bool discard_local_ssd;
};

struct lb_scheduling {
	uint64_t present;
	char *on_host_maintenance; /* NULL: MIGRATE where that is possible */
	bool automatic_restart;    /* absent: true, but for SPOT */
	char *instance_termination_action;
	int64_t max_run_duration_sec;
	char *termination_time;
	int64_t host_error_timeout_seconds, local_ssd_recovery_timeout_sec;
	struct lb_stop_action on_instance_stop_action;
	struct lb_node_affinities node_affinities;
	int64_t min_node_cpus, availability_domain;
};

struct lb_shielded {
	uint64_t present;
	bool enable_secure_boot, enable_vtpm, enable_integrity_monitoring;
};

struct lb_confidential {
	uint64_t present;
	char *confidential_instance_type;
};

struct lb_machine_features {
	uint64_t present;
	bool enable_nested_virtualization, enable_uefi_networking;
	int64_t threads_per_core, visible_core_count;
	char *performance_monitoring_unit, *turbo_mode;
};

struct lb_reservation_affinity {
	uint64_t present;
	char *consume_reservation_type, *key;
	struct lb_texts values;
};

struct lb_network_performance {
	uint64_t present;
	char *total_egress_bandwidth_tier;
};

struct lb_template {
	uint64_t present;
	char *machine_type, *image, *revision;
	struct lb_disk disk;
	char *network, *subnetwork;
	bool external_ip;
	char *service_account;
	struct lb_texts scopes;
	char *startup_script;
	struct lb_map metadata, labels;
	struct lb_texts tags;
	struct lb_accelerators guest_accelerators;
	char *gpu_driver; /* Auto, None */
	char *min_cpu_platform;
	char *provisioning_model; /* STANDARD, SPOT, RESERVATION_BOUND */
	struct lb_scheduling scheduling;
	struct lb_shielded shielded_instance_config;
	struct lb_confidential confidential_instance_config;
	struct lb_machine_features advanced_machine_features;
	struct lb_reservation_affinity reservation_affinity;
	struct lb_texts resource_policies;
	struct lb_map resource_manager_tags;
	char *key_revocation_action_type;
	bool can_ip_forward;
	struct lb_network_performance network_performance_config;
	char *private_ipv6_google_access;
};

/* Of the accelerator-optimized families a2, a3, a4, g2, g4, ...: GPUs come with the machine type. */
bool lb_template_has_built_in_gpus(const struct lb_template *template);
bool lb_template_has_gpus(const struct lb_template *template);
