/* Shared between the files of the table: how a row states its offset, and types that several of them use. */
#pragma once

#include "model/rules.h"
#include "model/types.h"

/* types_options.c: members of one machine beside image, disks, network and container */
extern const struct type type_accelerators, type_gpu_driver, type_cpu_platform, type_provisioning_model,
	type_scheduling, type_shielded, type_confidential, type_machine_features, type_reservation_affinity,
	type_policy_names, type_manager_tags, type_key_revocation, type_network_performance, type_ipv6_access;

/* types_autoscaling.c */
extern const struct type type_autoscaling;

/* types_disk.c, types_interface.c, types_container.c */
extern const struct type type_container;
extern const struct type type_disk, type_additional_disks, type_local_ssd;
extern const struct type type_network_tier, type_stack, type_nic, type_queues, type_alias_ranges, type_interfaces;

/* types_frontend.c */
extern const struct type type_frontend, type_firewall;

/* What nic0 and the others have alike. */
#define INTERFACE_FIELDS(owner)                                                                                        \
	{"networkTier", &type_network_tier, AT(char *, owner, network_tier), .change = CHANGE_ROLL,                    \
		.text = "Network tier of the public address; needs externalIP. Unset: that of the project."},          \
		{"stackType", &type_stack, AT(char *, owner, stack_type), .change = CHANGE_ROLL,                       \
			.text = "IP versions of the interface. Unset: IPV4_ONLY."},                                    \
		{"externalIPv6", &type_flag, AT(bool, owner, external_ipv6), .change = CHANGE_ROLL,                    \
			.text = "Give each machine a public IPv6 address; needs stackType with IPv6. Unset: false."},  \
		{"nicType", &type_nic, AT(char *, owner, nic_type), .change = CHANGE_ROLL,                             \
			.text = "Kind of network card. Unset: Compute Engine chooses for the machine type."},          \
		{"queueCount", &type_queues, AT(int64_t, owner, queue_count), .change = CHANGE_ROLL,                   \
			.text = "Queues of the network card. Unset: Compute Engine chooses."},                         \
	{                                                                                                              \
		"aliasIpRanges", &type_alias_ranges, AT(struct lb_alias_ranges, owner, alias_ip_ranges),               \
			.change = CHANGE_ROLL, .text = "Alias IP ranges of each machine, at most 8."                   \
	}

extern const struct type type_update_policy; /* types_update.c */
extern const struct type type_flag, type_label, type_port, type_replicas, type_amount, type_number, pools_type;
