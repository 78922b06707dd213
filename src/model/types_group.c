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
