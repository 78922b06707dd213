/* The table of what groups are told beside size, place and template: spec.allInstancesConfig, and what pools say. */
#include "model/types_internal.h"

static const struct type metadata = {.kind = TYPE_MAP,
	.most = 64,
	.item = &type_metadata_value,
	.rules = config_metadata_rules,
	.item_text = "A value: any text."};
static const struct field config_fields[] = {
	{"metadata", &metadata, AT(struct lb_map, struct lb_config, metadata), .change = CHANGE_PLACE,
		.text = "Metadata, at most 64 keys. A key that is read at boot (startup-script-url) restarts "
			"machines."},
	{"labels", &type_labels, AT(struct lb_map, struct lb_config, labels), .change = CHANGE_PLACE,
		.text = "Labels, at most 56."},
};
const struct type type_config = {.kind = TYPE_OBJECT, FIELDS(config_fields), .size = sizeof(struct lb_config)};

static const struct type machine_types = {.kind = TYPE_LIST,
	.least = 1,
	.most = 16,
	.form = LIST_SET,
	.item = &type_machine_type,
	.item_text = "A machine type."};
static const struct type rank = INTEGER(0, 1000);
static const struct field selection_fields[] = {
	{"name", &type_label, AT(char *, struct lb_selection, name), .required = true, .change = CHANGE_PLACE,
		.text = "Name of the selection, unique in this pool."},
	{"rank", &rank, AT(int64_t, struct lb_selection, rank), .change = CHANGE_PLACE,
		.text = "Selections of the lowest rank come first. Unset: 0."},
	{"machineTypes", &machine_types, AT(struct lb_texts, struct lb_selection, machine_types), .required = true,
		.change = CHANGE_PLACE, .text = "Machine types, 1 to 16."},
};
static const struct type selection = {
	.kind = TYPE_OBJECT, FIELDS(selection_fields), .size = sizeof(struct lb_selection)};
static const struct type selections = {.kind = TYPE_LIST,
	.least = 1,
	.most = 8,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &selection,
	.item_text = "Machine types of one rank."};
static const struct field flexibility_fields[] = {
	{"instanceSelections", &selections, AT(struct lb_selections, struct lb_flexibility, instance_selections),
		.required = true, .text = "What there is to choose from, 1 to 8."},
};
const struct type type_flexibility = {
	.kind = TYPE_OBJECT, FIELDS(flexibility_fields), .size = sizeof(struct lb_flexibility)};

static const char *const standby_words[] = {"MANUAL", "SCALE_OUT_POOL", NULL};
static const struct type standby_mode = {.kind = TYPE_STRING, .words = standby_words};
static const struct type standby_delay = INTEGER(0, 3600);
static const struct field standby_fields[] = {
	{"mode", &standby_mode, AT(char *, struct lb_standby, mode), .change = CHANGE_PLACE,
		.text = "SCALE_OUT_POOL: they serve before new machines are made when the pool grows, and others take "
			"their place. MANUAL: only when somebody resumes or starts them. Unset: MANUAL."},
	{"initialDelaySec", &standby_delay, AT(int64_t, struct lb_standby, initial_delay_sec), .unit = "seconds",
		.change = CHANGE_PLACE, .text = "Time that a new machine runs before it stands by. Unset: 0."},
	{"targetSuspendedSize", &type_replicas, AT(int64_t, struct lb_standby, target_suspended_size),
		.unit = "machines", .change = CHANGE_PLACE,
		.text = "Suspended machines, beyond the pool's size; their memory is kept. Unset: 0."},
	{"targetStoppedSize", &type_replicas, AT(int64_t, struct lb_standby, target_stopped_size), .unit = "machines",
		.change = CHANGE_PLACE, .text = "Stopped machines, beyond the pool's size. Unset: 0."},
};
const struct type type_standby = {.kind = TYPE_OBJECT, FIELDS(standby_fields), .size = sizeof(struct lb_standby)};

static const char *const kept_words[] = {"NEVER", "ON_PERMANENT_INSTANCE_DELETION", NULL};
static const struct type kept_until = {.kind = TYPE_STRING, .words = kept_words};
static const char *const interface_words[] = {"nic0", "nic1", "nic2", "nic3", "nic4", "nic5", "nic6", "nic7", NULL};
static const struct type interface_name = {.kind = TYPE_STRING, .words = interface_words};
#define KEPT_UNTIL                                                                                                     \
	{                                                                                                              \
		"autoDelete", &kept_until, AT(char *, struct lb_kept, auto_delete),                                    \
			.change = CHANGE_PLACE,                                                                        \
			.text = "Whether it goes when its machine goes for good. Unset: NEVER."                        \
	}
static const struct field kept_disk_fields[] = {
	{"deviceName", &type_label, AT(char *, struct lb_kept, key), .required = true, .change = CHANGE_PLACE,
		.text = "Device name of the disk; that of a boot disk without one is persistent-disk-0."},
	KEPT_UNTIL,
};
static const struct field kept_address_fields[] = {
	{"interfaceName", &interface_name, AT(char *, struct lb_kept, key), .required = true, .change = CHANGE_PLACE,
		.text = "Interface that has the address."},
	KEPT_UNTIL,
};
static const struct type kept_disk = {.kind = TYPE_OBJECT, FIELDS(kept_disk_fields), .size = sizeof(struct lb_kept)};
static const struct type kept_address = {
	.kind = TYPE_OBJECT, FIELDS(kept_address_fields), .size = sizeof(struct lb_kept)};
static const struct type kept_disks = {.kind = TYPE_LIST,
	.most = 16,
	.form = LIST_KEYED,
	.keys = {"deviceName"},
	.item = &kept_disk,
	.item_text = "One disk."};
static const struct type kept_addresses = {.kind = TYPE_LIST,
	.most = 8,
	.form = LIST_KEYED,
	.keys = {"interfaceName"},
	.item = &kept_address,
	.item_text = "One address."};
static const struct field stateful_fields[] = {
	{"disks", &kept_disks, AT(struct lb_kepts, struct lb_stateful, disks), .text = "Disks, at most 16."},
	{"internalIPs", &kept_addresses, AT(struct lb_kepts, struct lb_stateful, internal_ips),
		.text = "Internal addresses, at most 8."},
	{"externalIPs", &kept_addresses, AT(struct lb_kepts, struct lb_stateful, external_ips),
		.text = "Public addresses, at most 8."},
};
const struct type type_stateful = {.kind = TYPE_OBJECT, FIELDS(stateful_fields), .size = sizeof(struct lb_stateful)};
