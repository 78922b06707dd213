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

struct lb_encryption_key {
	uint64_t present;
	char *kms_key_name, *kms_key_service_account;
};

/* The boot disk, and one of additionalDisks: each table has its own part of the members. */
struct lb_disk {
	uint64_t present;
	char *device_name;
	int64_t disk_size_gb; /* GB, LB_ABSENT: the image's */
	char *disk_type;
	bool auto_delete; /* of an additional disk: absent is true */
	char *interface;
	struct lb_map labels;
	int64_t provisioned_iops, provisioned_throughput;
	struct lb_texts resource_policies;
	char *storage_pool;
	struct lb_encryption_key disk_encryption_key, source_image_encryption_key;
	char *architecture;
	struct lb_texts guest_os_features;
	struct lb_map resource_manager_tags;
	bool enable_confidential_compute;
	char *mode, *source, *source_image, *source_snapshot; /* additional disks */
	struct lb_encryption_key source_snapshot_encryption_key;
};
struct lb_disks {
	struct lb_disk *items;
	size_t count;
};

struct lb_local_ssd {
	uint64_t present;
	int64_t count; /* LB_ABSENT: no local SSD */
	char *interface;
};

struct lb_alias_range {
	uint64_t present;
	char *ip_cidr_range, *subnetwork_range_name;
};
struct lb_alias_ranges {
	struct lb_alias_range *items;
	size_t count;
};

/* nic1 and up; the members of nic0 stand in the template itself. */
struct lb_interface {
	uint64_t present;
	char *network, *subnetwork;
	bool external_ip;
	char *network_tier, *stack_type;
	bool external_ipv6;
	char *nic_type;
	int64_t queue_count;
	struct lb_alias_ranges alias_ip_ranges;
	char *network_attachment;
};
struct lb_interfaces {
	struct lb_interface *items;
	size_t count;
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

struct lb_env {
	uint64_t present;
	char *name, *value; /* value NULL: empty */
};
struct lb_envs {
	struct lb_env *items;
	size_t count;
};

struct lb_mount {
	uint64_t present;
	char *host_path, *mount_path;
	bool read_only;
};
struct lb_mounts {
	struct lb_mount *items;
	size_t count;
};

struct lb_container {
	uint64_t present;
	char *image; /* NULL: no container */
	struct lb_texts command, args;
	struct lb_envs env;
	int64_t port; /* LB_ABSENT: the serving port */
	char *gpus;   /* All, None */
	struct lb_mounts mounts;
	int64_t shm_size_mb;
	bool privileged;
	char *restart_policy; /* Always, OnFailure, Never */
};

struct lb_template {
	uint64_t present;
	char *machine_type;
	char *image;        /* NULL, with container: Container-Optimized OS */
	char *image_policy; /* Pinned, Latest */
	char *revision;
	struct lb_container container;
	struct lb_disk disk;
	struct lb_disks additional_disks;
	struct lb_local_ssd local_ssd;
	char *network, *subnetwork;
	bool external_ip;
	char *network_tier, *stack_type;
	bool external_ipv6;
	char *nic_type;
	int64_t queue_count;
	struct lb_alias_ranges alias_ip_ranges;
	struct lb_interfaces additional_network_interfaces;
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
