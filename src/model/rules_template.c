/* Rules of one machine: spec.template, and of what pools say over it. */
#include "base/str.h"
#include "model/rules.h"
#include "model/types_internal.h"
#include "model/walk.h"

static bool map_has(const struct lb_map *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++) {
		if (text_equal(map->items[i].key, key))
			return true;
	}
	return false;
}

static bool gpus_do_not_migrate(const void *self, const void *old)
{
	const struct lb_template *template = self;
	return !lb_template_has_gpus(template) || !text_equal(template->scheduling.on_host_maintenance, "MIGRATE");
}

static bool spot_can_be_taken_away(const void *self, const void *old)
{
	const struct lb_template *template = self;
	const struct lb_scheduling *scheduling = &template->scheduling;
	return !text_equal(template->provisioning_model, "SPOT") ||
	       (!text_equal(scheduling->on_host_maintenance, "MIGRATE") &&
		       !(rules_has(&type_scheduling, scheduling, "automaticRestart") &&
			       scheduling->automatic_restart) &&
		       !text_equal(scheduling->instance_termination_action, "DELETE"));
}

static bool user_data_is_free(const void *self, const void *old)
{
	const struct lb_template *template = self;
	return !template->container.image || !map_has(&template->metadata, "user-data");
}

/* Public IPv6 addresses need IPv6. */
static bool ipv6_fits(bool external, const char *stack)
{
	return !external || text_equal(stack, "IPV4_IPV6") || text_equal(stack, "IPV6_ONLY");
}

static bool ipv6_has_stack(const void *self, const void *old)
{
	const struct lb_template *template = self;
	return ipv6_fits(template->external_ipv6, template->stack_type);
}

static bool tier_has_address(const void *self, const void *old)
{
	const struct lb_template *template = self;
	return !template->network_tier || template->external_ip;
}

#define IPV6_CEL                                                                                                       \
	"!has(self.externalIPv6) || !self.externalIPv6 || (has(self.stackType) && self.stackType != 'IPV4_ONLY')"
#define IPV6_MESSAGE "externalIPv6 needs stackType IPV4_IPV6 or IPV6_ONLY"
#define TIER_MESSAGE "networkTier needs externalIP: true"

const struct rule template_rules[] = {
	{
		.cel = "!has(self.container) || !has(self.metadata) || !('user-data' in self.metadata)",
		.message = "container writes the metadata key user-data itself: remove user-data or container",
		.whole = true,
		.holds = user_data_is_free,
	},
	{.cel = IPV6_CEL, .message = IPV6_MESSAGE, .whole = true, .holds = ipv6_has_stack},
	{
		.cel = "!has(self.networkTier) || !has(self.externalIP) || self.externalIP",
		.message = TIER_MESSAGE,
		.whole = true,
		.holds = tier_has_address,
	},
	{
		.cel = "!has(self.scheduling) || !has(self.scheduling.onHostMaintenance) || "
		       "self.scheduling.onHostMaintenance == 'TERMINATE' || ((!has(self.guestAccelerators) || "
		       "size(self.guestAccelerators) == 0) && (!has(self.machineType) || "
		       "!self.machineType.matches('^[ag][0-9]')))",
		.message = "machines with GPUs cannot migrate: leave scheduling.onHostMaintenance out or set TERMINATE",
		.whole = true,
		.holds = gpus_do_not_migrate,
	},
	{
		.cel = "!has(self.provisioningModel) || self.provisioningModel != 'SPOT' || !has(self.scheduling) || "
		       "((!has(self.scheduling.onHostMaintenance) || self.scheduling.onHostMaintenance == 'TERMINATE') "
		       "&& (!has(self.scheduling.automaticRestart) || !self.scheduling.automaticRestart) && "
		       "(!has(self.scheduling.instanceTerminationAction) || "
		       "self.scheduling.instanceTerminationAction == 'STOP'))",
		.message = "with provisioningModel SPOT, scheduling allows only onHostMaintenance TERMINATE, "
			   "automaticRestart false and instanceTerminationAction STOP",
		.whole = true,
		.holds = spot_can_be_taken_away,
	},
	{.cel = NULL},
};

static bool interface_ipv6_has_stack(const void *self, const void *old)
{
	const struct lb_interface *interface = self;
	return ipv6_fits(interface->external_ipv6, interface->stack_type);
}

static bool interface_tier_has_address(const void *self, const void *old)
{
	const struct lb_interface *interface = self;
	return !interface->network_tier || interface->external_ip;
}

static bool one_connection(const void *self, const void *old)
{
	const struct lb_interface *interface = self;
	return !interface->network_attachment || (!interface->network && !interface->subnetwork);
}

const struct rule interface_rules[] = {
	{.cel = IPV6_CEL, .message = IPV6_MESSAGE, .holds = interface_ipv6_has_stack},
	{
		.cel = "!has(self.networkTier) || (has(self.externalIP) && self.externalIP)",
		.message = TIER_MESSAGE,
		.holds = interface_tier_has_address,
	},
	{
		.cel = "!has(self.networkAttachment) || !(has(self.network) || has(self.subnetwork))",
		.message = "networkAttachment stands instead of network and subnetwork",
		.holds = one_connection,
	},
	{.cel = NULL},
};

static bool one_source(const void *self, const void *old)
{
	const struct lb_disk *disk = self;
	return !!disk->source + !!disk->source_image + !!disk->source_snapshot <= 1;
}

static bool blank_has_size(const void *self, const void *old)
{
	const struct lb_disk *disk = self;
	return disk->source || disk->source_image || disk->source_snapshot || disk->disk_size_gb != LB_ABSENT;
}

static bool shared_is_read_only(const void *self, const void *old)
{
	const struct lb_disk *disk = self;
	return !disk->source || text_equal(disk->mode, "READ_ONLY");
}

const struct rule additional_disk_rules[] = {
	{
		.cel = "(has(self.source) ? 1 : 0) + (has(self.sourceImage) ? 1 : 0) + (has(self.sourceSnapshot) ? 1 : "
		       "0) "
		       "<= 1",
		.message = "set at most one of source, sourceImage and sourceSnapshot",
		.holds = one_source,
	},
	{
		.cel = "has(self.source) || has(self.sourceImage) || has(self.sourceSnapshot) || has(self.diskSizeGb)",
		.message = "a blank disk needs diskSizeGb",
		.holds = blank_has_size,
	},
	{
		.cel = "!has(self.source) || (has(self.mode) && self.mode == 'READ_ONLY')",
		.message = "a disk attached by source is shared by all machines of a pool and needs mode READ_ONLY",
		.holds = shared_is_read_only,
	},
	{.cel = NULL},
};

static bool one_end(const void *self, const void *old)
{
	const struct lb_scheduling *scheduling = self;
	return scheduling->max_run_duration_sec == LB_ABSENT || !scheduling->termination_time;
}

const struct rule scheduling_rules[] = {
	{
		.cel = "!has(self.maxRunDurationSec) || !has(self.terminationTime)",
		.message = "set at most one of maxRunDurationSec and terminationTime",
		.holds = one_end,
	},
	{.cel = NULL},
};

static bool is_power_of_two(const void *self, const void *old)
{
	int64_t count = *(const int64_t *)self;
	return (count & (count - 1)) == 0;
}

const struct rule card_count_rules[] = {
	{
		.cel = "self in [1, 2, 4, 8, 16]",
		.message = "acceleratorCount is 1, 2, 4, 8 or 16, as far as the type goes",
		.holds = is_power_of_two,
	},
	{.cel = NULL},
};

static bool in_steps_of_30(const void *self, const void *old)
{
	return *(const int64_t *)self % 30 == 0;
}

const struct rule host_timeout_rules[] = {
	{
		.cel = "self % 30 == 0",
		.message = "hostErrorTimeoutSeconds goes in steps of 30: 90, 120, ... 330",
		.holds = in_steps_of_30,
	},
	{.cel = NULL},
};

static bool values_go_with_specific(const void *self, const void *old)
{
	const struct lb_reservation_affinity *affinity = self;
	return !affinity->consume_reservation_type ||
	       text_equal(affinity->consume_reservation_type, "SPECIFIC_RESERVATION") == (affinity->values.count > 0);
}

const struct rule reservation_rules[] = {
	{
		.cel = "!has(self.consumeReservationType) || (self.consumeReservationType == 'SPECIFIC_RESERVATION') "
		       "== "
		       "(has(self.values) && size(self.values) > 0)",
		.message = "values are needed with SPECIFIC_RESERVATION, and only with it",
		.whole = true,
		.holds = values_go_with_specific,
	},
	{.cel = NULL},
};

bool rules_all_keys(const struct lb_map *map, bool (*good)(const char *key))
{
	for (size_t i = 0; i < map->count; i++) {
		if (!good(map->items[i].key))
			return false;
	}
	return true;
}

static bool is_not_ours(const char *text)
{
	return !text_starts(text, "tflb-");
}

static bool keys_not_ours(const void *self, const void *old)
{
	return rules_all_keys(self, is_not_ours);
}

static bool metadata_keys_fit(const void *self, const void *old)
{
	return rules_all_keys(self, pattern_is_metadata_key);
}

static bool without_startup_script(const void *self, const void *old)
{
	return !map_has(self, "startup-script");
}

static bool without_container_declaration(const void *self, const void *old)
{
	return !map_has(self, "gce-container-declaration");
}

static bool without_tf_config(const void *self, const void *old)
{
	return !map_has(self, "tf-config");
}

#define METADATA_KEYS                                                                                                  \
	{                                                                                                              \
		.cel = "self.all(k, k.matches('^[a-zA-Z0-9_-]{1,128}$'))",                                             \
		.message = "a metadata key holds 1 to 128 letters, digits, _ and -", .holds = metadata_keys_fit,       \
	}

const struct rule metadata_rules[] = {
	{
		.cel = "!('startup-script' in self)",
		.message = "write the startup script into template.startupScript",
		.holds = without_startup_script,
	},
	{
		.cel = "!('gce-container-declaration' in self)",
		.message = "containers by metadata declaration are withdrawn by Google; use "
			   "template.container",
		.holds = without_container_declaration,
	},
	{
		.cel = "!('tf-config' in self)",
		.message = "tf-config is made by the controller from spec.training",
		.holds = without_tf_config,
	},
	{
		.cel = "self.all(k, !k.startsWith('tflb-'))",
		.message = "metadata keys that begin with tflb- are the controller's own",
		.holds = keys_not_ours,
	},
	METADATA_KEYS,
	{.cel = NULL},
};

static bool is_read_while_running(const void *self, const void *old)
{
	return !map_has(self, "startup-script") && !map_has(self, "user-data");
}

static bool keys_of_all_not_ours(const void *self, const void *old)
{
	return keys_not_ours(self, old) && without_tf_config(self, old);
}

const struct rule config_metadata_rules[] = {
	{
		.cel = "!('startup-script' in self) && !('user-data' in self)",
		.message = "startup-script and user-data are of the template: use template.startupScript and "
			   "template.metadata",
		.holds = is_read_while_running,
	},
	{
		.cel = "self.all(k, k != 'tf-config' && !k.startsWith('tflb-'))",
		.message = "the metadata key tf-config and those that begin with tflb- are the controller's own",
		.holds = keys_of_all_not_ours,
	},
	METADATA_KEYS,
	{.cel = NULL},
};

static bool label_keys_fit(const void *self, const void *old)
{
	return rules_all_keys(self, pattern_is_label_key);
}

#define LABEL_KEYS                                                                                                     \
	{                                                                                                              \
		.cel = "self.all(k, k.matches('^[a-z][a-z0-9_-]{0,62}$'))",                                            \
		.message = "a label key starts with a lower-case letter and holds at most 63 lower-case letters, "     \
			   "digits, _ and -",                                                                          \
		.holds = label_keys_fit,                                                                               \
	}

const struct rule disk_labels_rules[] = {
	LABEL_KEYS,
	{.cel = NULL},
};

const struct rule labels_rules[] = {
	LABEL_KEYS,
	{
		.cel = "self.all(k, !k.startsWith('tflb-'))",
		.message = "label keys that begin with tflb- are the controller's own",
		.holds = keys_not_ours,
	},
	{.cel = NULL},
};

static bool tags_not_ours(const void *self, const void *old)
{
	const struct lb_texts *tags = self;
	for (size_t i = 0; i < tags->count; i++) {
		if (!is_not_ours(tags->items[i]))
			return false;
	}
	return true;
}

const struct rule tags_rules[] = {
	{
		.cel = "self.all(t, !t.startsWith('tflb-'))",
		.message = "tags that begin with tflb- are the controller's own",
		.holds = tags_not_ours,
	},
	{.cel = NULL},
};
