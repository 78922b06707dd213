/* The table of types of a policy. Lists hold names with * for any text without a slash, and ** for any text. */
#include "model/policy_types.h"

#define FREE_LIST " Names may hold * for any text without a slash, and ** for any text."

/* namespaceSelector, as Kubernetes has it */

static const struct type label_key = TEXT(1, 317);
static const struct type label_value = TEXT(0, 63);
static const struct type label_values = {.kind = TYPE_LIST,
	.least = 0,
	.most = 64,
	.form = LIST_SET,
	.item = &label_value,
	.item_text = "A value of the label."};
static const struct type match_labels = {
	.kind = TYPE_MAP, .most = 32, .item = &label_value, .item_text = "The value that the label must have."};
static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist", NULL};
static const struct type operator= {.kind = TYPE_STRING, .words = operators};

static const struct field expression_fields[] = {
	{"key", &label_key, AT(char *, struct policy_expression, key), .required = true, .text = "Name of the label."},
	{"operator", &operator, AT(char *, struct policy_expression, operator), .required = true,
		.text = "In, NotIn: the label's value is one of values, or is none of them or not there. Exists, "
			"DoesNotExist: the label is there, or is not."},
	{"values", &label_values, AT(struct lb_texts, struct policy_expression, values),
		.text = "Values for In and NotIn."},
};
static const struct type expression = {.kind = TYPE_OBJECT,
	FIELDS(expression_fields),
	.size = sizeof(struct policy_expression),
	.rules = expression_rules};
static const struct type expressions = {.kind = TYPE_LIST,
	.least = 0,
	.most = 32,
	.form = LIST_ATOMIC,
	.item = &expression,
	.item_text = "One condition on the labels."};

static const struct field selector_fields[] = {
	{"matchLabels", &match_labels, AT(struct lb_map, struct policy_selector, match_labels),
		.text = "Labels that the namespace must have, with these values."},
	{"matchExpressions", &expressions, AT(struct policy_expressions, struct policy_selector, match_expressions),
		.text = "Further conditions; all must hold."},
};
static const struct type selector = {
	.kind = TYPE_OBJECT, FIELDS(selector_fields), .size = sizeof(struct policy_selector)};

/* allow */

#define LIST_OF(item_type, count, text)                                                                                \
	{                                                                                                              \
		.kind = TYPE_LIST, .least = 0, .most = (count), .form = LIST_SET, .item = (item_type),                 \
		.item_text = (text)                                                                                    \
	}

static const struct type name = TEXT(1, 256, .pattern = &pattern_name_glob);
static const struct type path = TEXT(1, 256, .pattern = &pattern_path_glob);
static const struct type projects = LIST_OF(&name, 64, "A project ID.");
static const struct type paths =
	LIST_OF(&path, 64, "A full path, such as projects/my-project/global/networks/default.");
static const struct type names = LIST_OF(&name, 64, "A name.");
static const char *const verdicts[] = {"Allow", "Deny", NULL};
static const struct type verdict = {.kind = TYPE_STRING, .words = verdicts};

static const struct field allow_fields[] = {
	{"projects", &projects, AT(struct lb_texts, struct policy_allow, projects), .required = true,
		.text = "Google Cloud projects that load balancers may be made in. Empty: none." FREE_LIST},
	{"networks", &paths, AT(struct lb_texts, struct policy_allow, networks),
		.text = "Networks of the machines, as full paths projects/PROJECT/global/networks/NAME. Unset: those "
			"of the object's project." FREE_LIST},
	{"subnetworks", &paths, AT(struct lb_texts, struct policy_allow, subnetworks),
		.text = "Subnetworks of the machines, as full paths projects/PROJECT/regions/REGION/subnetworks/NAME. "
			"Unset: those of the object's project." FREE_LIST},
	{"kmsKeys", &paths, AT(struct lb_texts, struct policy_allow, kms_keys),
		.text = "Keys that disks, images and snapshots are encrypted with, as full paths without version. "
			"Unset: those of the object's "
			"project." FREE_LIST},
	{"reservations", &paths, AT(struct lb_texts, struct policy_allow, reservations),
		.text = "Reservations that machines are taken from, as projects/PROJECT/reservations/NAME. Unset: "
			"those of the object's "
			"project." FREE_LIST},
	{"addresses", &names, AT(struct lb_texts, struct policy_allow, addresses),
		.text = "Existing addresses that frontend.address may name. Unset: those of the object's "
			"project." FREE_LIST},
	{"images", &paths, AT(struct lb_texts, struct policy_allow, images),
		.text = "Images of machines and disks, as full paths projects/PROJECT/global/images/NAME or "
			"projects/PROJECT/global/images/family/FAMILY. Unset: any." FREE_LIST},
	{"containerImages", &names, AT(struct lb_texts, struct policy_allow, container_images),
		.text = "Images of containers. Unset: any." FREE_LIST},
	{"machineTypes", &names, AT(struct lb_texts, struct policy_allow, machine_types),
		.text = "Machine types. Unset: any." FREE_LIST},
	{"acceleratorTypes", &names, AT(struct lb_texts, struct policy_allow, accelerator_types),
		.text = "Types of GPUs. Unset: any." FREE_LIST},
	{"regions", &names, AT(struct lb_texts, struct policy_allow, regions),
		.text = "Regions of the machines; a zone is allowed when its region is. Unset: any." FREE_LIST},
	{"loadBalancingSchemes", &names, AT(struct lb_texts, struct policy_allow, schemes),
		.text = "Values of frontend.loadBalancingScheme. Unset: any." FREE_LIST},
	{"scopes", &names, AT(struct lb_texts, struct policy_allow, scopes),
		.text = "Access scopes of the machines' service account, short as cloud-platform or as address. Unset: "
			"any." FREE_LIST},
	{"serviceAccounts", &names, AT(struct lb_texts, struct policy_allow, service_accounts),
		.text = "Service accounts of the machines, and those that use keys for them, by email; default stands "
			"for the project's default "
			"account. Unset: none, so machines have no account." FREE_LIST},
	{"resourceManagerTags", &names, AT(struct lb_texts, struct policy_allow, manager_tags),
		.text = "Tags of Resource Manager that machines and disks may bear, as KEY=VALUE, such as "
			"tagKeys/123=tagValues/456: firewall policies and IAM conditions go by them. Unset: "
			"none." FREE_LIST},
	{"buckets", &names, AT(struct lb_texts, struct policy_allow, buckets),
		.text = "Cloud Storage buckets that may be served. Unset: none." FREE_LIST},
	{"startupScripts", &verdict, AT(char *, struct policy_allow, startup_scripts), .fallback = "Deny",
		.text = "Whether template.startupScript may be set, and metadata that runs code or lets people log "
			"in: keys with script in their name, user-data, ssh-keys, windows-keys and the like. Whoever "
			"may set them owns the service account of the machines."},
	{"privilegedContainers", &verdict, AT(char *, struct policy_allow, privileged_containers), .fallback = "Deny",
		.text = "Whether containers may be privileged."},
	{"adoption", &verdict, AT(char *, struct policy_allow, adoption), .fallback = "Deny",
		.text = "Whether resources that others made may be taken over: adoptionPolicy Adopt, and "
			"resourceNames."},
	{"externalIPs", &verdict, AT(char *, struct policy_allow, external_ips), .fallback = "Allow",
		.text = "Whether machines may have public addresses."},
};
const struct type policy_allow_type = {.kind = TYPE_OBJECT, FIELDS(allow_fields), .size = sizeof(struct policy_allow)};

/* spec */

static const struct type machines = INTEGER(0, 10000000);
static const struct type account = TEXT(1, 254, .pattern = &pattern_account);

static const struct field spec_fields[] = {
	{"namespaceSelector", &selector, AT(struct policy_selector, struct policy_spec, selector), .required = true,
		.text = "Namespaces that the policy holds in, by their labels. {} selects all. Where several hold, an "
			"object passes when one of them allows all of it; a namespace that none selects is under the "
			"built-in policy."},
	{"allow", &policy_allow_type, AT(struct policy_allow, struct policy_spec, allow), .required = true,
		.text = "What load balancers of these namespaces may use. What names a resource and has no list here "
			"must lie in the object's project."},
	{"maxMachinesPerObject", &machines, AT(int64_t, struct policy_spec, machines_per_object),
		.text = "Most machines that one object may want, over all its pools. Unset: any number."},
	{"maxMachinesPerNamespace", &machines, AT(int64_t, struct policy_spec, machines_per_namespace),
		.text = "Most machines that all objects of a namespace together may want. Unset: any number."},
	{"impersonateServiceAccount", &account, AT(char *, struct policy_spec, impersonate),
		.text = "Service account, by email, that the controller acts as for these namespaces. Its own account "
			"needs roles/iam.serviceAccountTokenCreator on it. Unset: the controller's own."},
};
const struct type policy_spec_type = {.kind = TYPE_OBJECT, FIELDS(spec_fields), .size = sizeof(struct policy_spec)};
