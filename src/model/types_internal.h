/* Shared between the files of the table: how a row states its offset, and types that several of them use. */
#pragma once

#include <stddef.h>

#include "model/rules.h"
#include "model/types.h"

/* Offset of a field, which must have the C type that the table's kind asks for. */
#define AT(c_type, owner, field)                                                                                       \
	offsetof(owner, field) +                                                                                       \
		0 * sizeof(char[__builtin_types_compatible_p(c_type, __typeof__(((owner *)0)->field)) ? 1 : -1])

/* types_options.c: members of one machine beside image, disks, network and container */
extern const struct type type_accelerators, type_gpu_driver, type_cpu_platform, type_provisioning_model,
	type_scheduling, type_shielded, type_confidential, type_machine_features, type_reservation_affinity,
	type_policy_names, type_manager_tags, type_key_revocation, type_network_performance, type_ipv6_access;

extern const struct type type_flag, type_label, type_port, type_replicas, pools_type;
