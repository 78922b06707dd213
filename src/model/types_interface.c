/* The table of network interfaces: what nic0, whose members stand in the template itself, and the further ones have. */
#include "model/types_internal.h"

static const char *const tier_words[] = {"PREMIUM", "STANDARD", NULL};
const struct type type_network_tier = {.kind = TYPE_STRING, .words = tier_words};
static const char *const stack_words[] = {"IPV4_ONLY", "IPV4_IPV6", "IPV6_ONLY", NULL};
const struct type type_stack = {.kind = TYPE_STRING, .words = stack_words};
static const char *const nic_words[] = {"GVNIC", "VIRTIO_NET", "IDPF", "MRDMA", "IRDMA", NULL};
const struct type type_nic = {.kind = TYPE_STRING, .words = nic_words};
const struct type type_queues = INTEGER(1, 64);

static const struct type alias_size = TEXT(1, 3, .pattern = &pattern_range_size);
static const struct field alias_fields[] = {
	{"ipCidrRange", &alias_size, AT(char *, struct lb_alias_range, ip_cidr_range), .required = true,
		.change = CHANGE_ROLL,
		.text = "Size of the range, such as /24. Compute Engine chooses where it lies: machines of a pool "
			"can't "
			"share one."},
	{"subnetworkRangeName", &type_label, AT(char *, struct lb_alias_range, subnetwork_range_name),
		.change = CHANGE_ROLL,
		.text = "Secondary range of the subnetwork that it is taken from. Unset: the primary one."},
};
static const struct type alias = {.kind = TYPE_OBJECT, FIELDS(alias_fields), .size = sizeof(struct lb_alias_range)};
const struct type type_alias_ranges = {
	.kind = TYPE_LIST, .most = 8, .form = LIST_ATOMIC, .item = &alias, .item_text = "One range."};

static const struct type network = TEXT(0, 200, .pattern = &pattern_network);
static const struct type subnetwork = TEXT(0, 200, .pattern = &pattern_subnetwork);
static const struct type attachment = TEXT(0, 200, .pattern = &pattern_network_attachment);

static const struct field interface_fields[] = {
	{"network", &network, AT(char *, struct lb_interface, network), .change = CHANGE_ROLL,
		.text = "Network of the interface, another one than those of the other interfaces. Unset: the network "
			"of subnetwork."},
	{"subnetwork", &subnetwork, AT(char *, struct lb_interface, subnetwork), .change = CHANGE_ROLL,
		.text = "Subnetwork of the interface: a name (looked up in the region of each pool), or "
			"[projects/PROJECT/]regions/REGION/subnetworks/NAME."},
	{"externalIP", &type_flag, AT(bool, struct lb_interface, external_ip), .change = CHANGE_ROLL,
		.text = "Give the interface a public IPv4 address. Unset: false."},
	{"networkAttachment", &attachment, AT(char *, struct lb_interface, network_attachment), .change = CHANGE_ROLL,
		.text = "Network attachment that the interface connects to, instead of network and subnetwork: "
			"[projects/PROJECT/]regions/REGION/networkAttachments/NAME."},
	INTERFACE_FIELDS(struct lb_interface, AS_IN_TEMPLATE),
};
static const struct type interface = {
	.kind = TYPE_OBJECT, FIELDS(interface_fields), .size = sizeof(struct lb_interface), .rules = interface_rules};
const struct type type_interfaces = {
	.kind = TYPE_LIST, .most = 7, .form = LIST_ATOMIC, .item = &interface, .item_text = "One interface."};
