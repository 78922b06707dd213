/* The table of what groups are told beside size, place and template: spec.allInstancesConfig, and what pools say of it. */
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
