/* What a machine is beside its disks, network and software. Where one member follows from another, it is computed here: machines
 * with GPUs can't migrate, and Spot machines can't be restarted by their host. */
#include "kinds/machine.h"

#include "base/str.h"

void machine_take(cJSON *to, const cJSON *from, const char *name)
{
	const cJSON *member = json_member(from, name);

	if (member)
		json_set(to, name, json_copy(member));
}

void machine_take_int64(cJSON *to, const cJSON *from, const char *name)
{
	if (json_has(from, name))
		json_setf(to, name, "%lld", (long long)json_int(from, name, 0));
}

/* "maxRunDuration": {"seconds": "3600"} */
static void set_duration(cJSON *to, const char *name, const cJSON *from, const char *seconds)
{
	if (json_has(from, seconds))
		json_setf(json_set_object(to, name), "seconds", "%lld", (long long)json_int(from, seconds, 0));
}

static void set_scheduling(cJSON *properties, const struct lb_template *template, const cJSON *from)
{
	static const char *const alike[] = {"terminationTime", "hostErrorTimeoutSeconds", "onInstanceStopAction",
		"nodeAffinities", "minNodeCpus", "availabilityDomain", "instanceTerminationAction"};
	bool spot = text_equal(template->provisioning_model, "SPOT");
	bool stays = spot || lb_template_has_gpus(template) ||
	             template->confidential_instance_config.confidential_instance_type;
	cJSON *scheduling = json_set_object(properties, "scheduling");

	json_set_bool(scheduling, "automaticRestart", json_bool(from, "automaticRestart", !spot));
	json_set_text(scheduling, "onHostMaintenance",
		json_text_or(from, "onHostMaintenance", stays ? "TERMINATE" : "MIGRATE"));
	json_set_text(scheduling, "provisioningModel", template->provisioning_model);
	if (spot)
		json_set_text(scheduling, "instanceTerminationAction", "STOP");
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		machine_take(scheduling, from, alike[i]);
	set_duration(scheduling, "maxRunDuration", from, "maxRunDurationSec");
	set_duration(scheduling, "localSsdRecoveryTimeout", from, "localSsdRecoveryTimeoutSec");
}

static void set_reservation(cJSON *properties, const cJSON *from)
{
	cJSON *affinity;

	if (!from)
		return;
	affinity = json_set(properties, "reservationAffinity", json_copy(from));
	if (json_has(affinity, "values") && !json_has(affinity, "key"))
		json_set_text(affinity, "key", "compute.googleapis.com/reservation-name");
}

void machine_set_options(cJSON *properties, const struct lb_template *template, const cJSON *tree)
{
	static const char *const alike[] = {"guestAccelerators", "minCpuPlatform", "shieldedInstanceConfig",
		"confidentialInstanceConfig", "advancedMachineFeatures", "resourcePolicies", "resourceManagerTags",
		"keyRevocationActionType", "canIpForward", "networkPerformanceConfig", "privateIpv6GoogleAccess"};

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		machine_take(properties, tree, alike[i]);
	set_scheduling(properties, template, json_member(tree, "scheduling"));
	set_reservation(properties, json_member(tree, "reservationAffinity"));
}
