/* A TFLoadBalancerPolicy as the rest of the program sees it, filled by the table of types from a custom resource; memory of the arena of
 * the unit of work. Which objects it lets pass is judged above (policy/judge.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "model/lb.h"

#define MODEL_POLICY_KIND "TFLoadBalancerPolicy"
#define MODEL_POLICY_PLURAL "tfloadbalancerpolicies"

struct policy_expression {
	uint64_t present;
	char *key, *operator;
	struct lb_texts values;
};
struct policy_expressions {
	struct policy_expression *items;
	size_t count;
};
struct policy_selector {
	uint64_t present;
	struct lb_map match_labels;
	struct policy_expressions match_expressions;
};

/* Whether a list was given tells walk_present: an empty one allows nothing. */
struct policy_allow {
	uint64_t present;
	struct lb_texts projects;
	struct lb_texts networks, subnetworks, kms_keys, reservations, addresses;
	struct lb_texts images, container_images, machine_types, accelerator_types, regions, schemes, scopes;
	struct lb_texts service_accounts, manager_tags, buckets;
	char *startup_scripts, *privileged_containers, *adoption, *external_ips; /* Allow, Deny */
};

struct policy_spec {
	uint64_t present;
	struct policy_selector selector;
	struct policy_allow allow;
	int64_t machines_per_object, machines_per_namespace; /* LB_ABSENT: any number */
	char *impersonate;                                   /* email; NULL: nobody */
};

struct policy {
	char *name;
	struct policy_spec spec;
	char *trouble; /* why it can't be read; NULL: it is good. Then only the name is there, and the selector when that could be. */
	bool selector_known;
};

/* A policy that can't be read stays one: who has it must know. false when object has no name, and is none. */
bool policy_parse(const cJSON *object, struct policy *policy);
/* Does the policy hold in a namespace with these labels? One whose selector can't be read may hold anywhere. */
bool policy_selects(const struct policy *policy, const struct lb_map *labels);

/* The CustomResourceDefinition as YAML text in the arena: crds/tflb.dev_tfloadbalancerpolicies.yaml is exactly this. */
char *policy_crd_yaml(void);
