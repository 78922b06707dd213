/* The table of one machine: spec.template, and what pools may say over it. */
#include "model/types_internal.h"

const struct type type_machine_type = TEXT(0, 63, .pattern = &pattern_machine_type);
static const struct type image = TEXT(0, 200, .pattern = &pattern_image);
static const char *const policy_words[] = {"Pinned", "Latest", NULL};
static const struct type image_policy = {.kind = TYPE_STRING, .words = policy_words};
static const struct type revision = TEXT(0, 63, .pattern = &pattern_revision);
static const struct type network = TEXT(0, 200, .pattern = &pattern_network);
static const struct type subnetwork = TEXT(0, 200, .pattern = &pattern_subnetwork);
static const struct type service_account = TEXT(0, 254, .pattern = &pattern_service_account);
static const struct type scope = TEXT(1, 128, .pattern = &pattern_scope);
static const struct type scopes = {.kind = TYPE_LIST,
	.least = 0,
	.most = 16,
	.form = LIST_SET,
	.item = &scope,
	.item_text = "A scope: cloud-platform, devstorage.read_only, ..., or https://www.googleapis.com/auth/NAME."};
const struct type type_metadata_value = TEXT(0, 262144);
static const struct type metadata = {.kind = TYPE_MAP,
	.most = 64,
	.item = &type_metadata_value,
	.rules = metadata_rules,
	.item_text = "A value: any text."};
static const struct type label_value = TEXT(0, 63, .pattern = &pattern_label_value);
const struct type type_labels = {.kind = TYPE_MAP,
	.most = 56,
	.item = &label_value,
	.rules = labels_rules,
	.item_text = "A value: lower-case letters, digits, _ and -; may be empty."};
static const struct type tags = {.kind = TYPE_LIST,
	.least = 0,
	.most = 62,
	.form = LIST_SET,
	.item = &type_label,
	.rules = tags_rules,
	.item_text = "A tag: lower-case letters, digits and dashes."};

static const struct field template_fields[] = {
	{"machineType", &type_machine_type, AT(char *, struct lb_template, machine_type), .fallback = "n1-standard-4",
		.change = CHANGE_ROLL,
		.text = "Machine type, a bare name such as n1-standard-4 or n2-custom-8-16384. Its zone is the "
			"pool's."},
	{"image", &image, AT(char *, struct lb_template, image), .change = CHANGE_ROLL,
		.text = "Boot image: [projects/PROJECT/]global/images/NAME, or "
			"[projects/PROJECT/]global/images/family/FAMILY for an image of a family; without "
			"PROJECT, of the object's project. Needed without container; unset with one: "
			"projects/cos-cloud/global/images/family/cos-stable."},
	{"imagePolicy", &image_policy, AT(char *, struct lb_template, image_policy), .fallback = "Pinned",
		.change = CHANGE_ROLL,
		.text = "What becomes of newer images of a family. Pinned: all templates keep the image that was found "
			"first, until image or revision is another; status.images shows a newer one. Latest: "
			"it is looked for every hour, and rolled out."},
	{"container", &type_container, AT(struct lb_container, struct lb_template, container),
		.text = "One container that every machine runs, in the machine's own network. The machine's image has "
			"to be "
			"a Container-Optimized OS, and is when image is unset."},
	{"revision", &revision, AT(char *, struct lb_template, revision), .change = CHANGE_ROLL,
		.text = "Free text. A new one replaces the machines, and looks image families up again."},
	{"disk", &type_disk, AT(struct lb_disk, struct lb_template, disk), .fallback = "{}", .text = "Boot disk."},
	{"additionalDisks", &type_additional_disks, AT(struct lb_disks, struct lb_template, additional_disks),
		.text = "Further disks of each machine, at most 15."},
	{"localSsd", &type_local_ssd, AT(struct lb_local_ssd, struct lb_template, local_ssd),
		.text = "Local SSDs: fast scratch disks, whose contents are lost with the machine."},
	{"network", &network, AT(char *, struct lb_template, network), .change = CHANGE_GROUP, .rare = true,
		.text = "Network: a name, or [projects/PROJECT/]global/networks/NAME. Unset: the network of "
			"subnetwork, or default when that is unset too."},
	{"subnetwork", &subnetwork, AT(char *, struct lb_template, subnetwork), .change = CHANGE_GROUP, .rare = true,
		.text = "Subnetwork: a name (looked up in the region of each pool), or "
			"[projects/PROJECT/]regions/REGION/subnetworks/NAME. Unset: Compute Engine chooses, which "
			"it does not in networks of custom mode: there it is needed."},
	{"externalIP", &type_flag, AT(bool, struct lb_template, external_ip), .fallback = "false",
		.change = CHANGE_ROLL,
		.text = "Give each machine a public IPv4 address. Without one, machines need Cloud NAT or Private "
			"Google Access to download anything; clients reach them through the load balancer either "
			"way."},
	INTERFACE_FIELDS(struct lb_template, IN_TEMPLATE),
	{"additionalNetworkInterfaces", &type_interfaces,
		AT(struct lb_interfaces, struct lb_template, additional_network_interfaces), .rare = true,
		.text = "Interfaces nic1 and up, at most 7. What comes from the load balancer arrives at nic0."},
	{"serviceAccount", &service_account, AT(char *, struct lb_template, service_account), .change = CHANGE_ROLL,
		.text = "Service account of the machines: an email, or default for the project's default account. "
			"Unset: none. Whoever may change this object can act as that account, by a startup script."},
	{"scopes", &scopes, AT(struct lb_texts, struct lb_template, scopes), .change = CHANGE_ROLL,
		.text = "Access scopes of serviceAccount, at most 16. Unset, with a serviceAccount: "
			"cloud-platform, so that IAM alone decides."},
	{"startupScript", &type_metadata_value, AT(char *, struct lb_template, startup_script), .change = CHANGE_ROLL,
		.text = "Script run as root at every boot, at most 262144 characters; it becomes the metadata key "
			"startup-script."},
	{"metadata", &metadata, AT(struct lb_map, struct lb_template, metadata), .change = CHANGE_ROLL,
		.text = "Metadata of the machines, at most 64 keys. Readable from each machine: no place for secrets."},
	{"labels", &type_labels, AT(struct lb_map, struct lb_template, labels), .change = CHANGE_ROLL,
		.text = "Labels of the machines and their bills, at most 56. The controller adds its own, which "
			"begin with tflb-."},
	{"tags", &tags, AT(struct lb_texts, struct lb_template, tags), .change = CHANGE_ROLL,
		.text = "Network tags of the machines, at most 62. The controller adds one of its own for the "
			"firewall, which begins with tflb-."},
	{"guestAccelerators", &type_accelerators, AT(struct lb_accelerators, struct lb_template, guest_accelerators),
		.change = CHANGE_ROLL,
		.text = "GPUs that are attached to N1 machines. The types g2, g4, a2, a3, ... have theirs built in and "
			"need nothing here."},
	{"gpuDriver", &type_gpu_driver, AT(char *, struct lb_template, gpu_driver), .fallback = "Auto",
		.change = CHANGE_ROLL,
		.text = "Auto: where machines have GPUs, Google's deep-learning images without NVIDIA driver are asked "
			"to "
			"install it at the first boot. None: the image or the startup script sees to it."},
	{"minCpuPlatform", &type_cpu_platform, AT(char *, struct lb_template, min_cpu_platform), .change = CHANGE_ROLL,
		.text = "Oldest CPU platform to accept, such as Intel Cascade Lake. Unset: any."},
	{"provisioningModel", &type_provisioning_model, AT(char *, struct lb_template, provisioning_model),
		.fallback = "STANDARD", .change = CHANGE_ROLL,
		.text = "How machines are bought. SPOT machines cost less and may be taken away at any time; the group "
			"makes them anew when there is room. RESERVATION_BOUND machines live as long as their "
			"reservation."},
	{"scheduling", &type_scheduling, AT(struct lb_scheduling, struct lb_template, scheduling),
		.text = "What happens to machines when hosts fail, are maintained, or their time is over."},
	{"shieldedInstanceConfig", &type_shielded, AT(struct lb_shielded, struct lb_template, shielded_instance_config),
		.text = "Options of Shielded VM."},
	{"confidentialInstanceConfig", &type_confidential,
		AT(struct lb_confidential, struct lb_template, confidential_instance_config),
		.text = "Confidential VM: memory is encrypted. Only some machine types can."},
	{"advancedMachineFeatures", &type_machine_features,
		AT(struct lb_machine_features, struct lb_template, advanced_machine_features),
		.text = "Features of the CPU."},
	{"reservationAffinity", &type_reservation_affinity,
		AT(struct lb_reservation_affinity, struct lb_template, reservation_affinity), .rare = true,
		.text = "Use of reservations. Unset: any that fits."},
	{"resourcePolicies", &type_policy_names, AT(struct lb_texts, struct lb_template, resource_policies),
		.change = CHANGE_ROLL, .rare = true,
		.text = "Names of placement policies in the region of each pool, at most 4."},
	{"resourceManagerTags", &type_manager_tags, AT(struct lb_map, struct lb_template, resource_manager_tags),
		.change = CHANGE_ROLL, .rare = true,
		.text = "Tags of Resource Manager, tagKeys/ID: tagValues/ID, at most 50."},
	{"keyRevocationActionType", &type_key_revocation, AT(char *, struct lb_template, key_revocation_action_type),
		.change = CHANGE_ROLL, .rare = true,
		.text = "What happens to machines when the key of a disk is revoked. Unset: NONE."},
	{"canIpForward", &type_flag, AT(bool, struct lb_template, can_ip_forward), .change = CHANGE_ROLL, .rare = true,
		.text = "Let machines send and receive packets of other addresses. Unset: false."},
	{"networkPerformanceConfig", &type_network_performance,
		AT(struct lb_network_performance, struct lb_template, network_performance_config), .rare = true,
		.text = "Network bandwidth."},
	{"privateIpv6GoogleAccess", &type_ipv6_access, AT(char *, struct lb_template, private_ipv6_google_access),
		.change = CHANGE_ROLL, .rare = true,
		.text = "Access to Google by IPv6. Unset: as the subnetwork says."},
};
const struct type template_type = {
	.kind = TYPE_OBJECT, FIELDS(template_fields), .size = sizeof(struct lb_template), .rules = template_rules};
