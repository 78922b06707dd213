/* The table of what a machine is beside its image, disks, network and container: cards, scheduling, security, reservations.
 * Members are named as in Compute Engine; what is flattened there ends in Sec here. */
#include "model/types_internal.h"

static const struct type yes_or_no = {.kind = TYPE_BOOLEAN};

/* guestAccelerators */

static const struct type card_count = {.kind = TYPE_INTEGER, .least = 1, .most = 16, .rules = card_count_rules};
static const struct field accelerator_fields[] = {
	{"acceleratorType", &type_label, AT(char *, struct lb_accelerator, accelerator_type), .required = true,
		.change = CHANGE_ROLL, .text = "Type of the cards, a bare name such as nvidia-tesla-t4."},
	{"acceleratorCount", &card_count, AT(int64_t, struct lb_accelerator, accelerator_count), .required = true,
		.change = CHANGE_ROLL, .text = "Cards in each machine: 1, 2, 4, 8 or 16, as far as the type goes."},
};
static const struct type accelerator = {
	.kind = TYPE_OBJECT, FIELDS(accelerator_fields), .size = sizeof(struct lb_accelerator)};
const struct type type_accelerators = {.kind = TYPE_LIST,
	.least = 0,
	.most = 4,
	.form = LIST_KEYED,
	.keys = {"acceleratorType"},
	.item = &accelerator,
	.item_text = "One type of card."};

static const char *const driver_words[] = {"Auto", "None", NULL};
const struct type type_gpu_driver = {.kind = TYPE_STRING, .words = driver_words};

/* scheduling */

const struct type type_cpu_platform = TEXT(1, 63);
static const char *const model_words[] = {"STANDARD", "SPOT", "RESERVATION_BOUND", NULL};
const struct type type_provisioning_model = {.kind = TYPE_STRING, .words = model_words};
static const char *const maintenance_words[] = {"MIGRATE", "TERMINATE", NULL};
static const struct type maintenance = {.kind = TYPE_STRING, .words = maintenance_words};
static const char *const termination_words[] = {"STOP", "DELETE", NULL};
static const struct type termination = {.kind = TYPE_STRING, .words = termination_words};
static const struct type run_seconds = INTEGER(30, 10368000);
static const struct type moment = TEXT(0, 64, .format = "date-time");
static const struct type host_seconds = {.kind = TYPE_INTEGER, .least = 90, .most = 330, .rules = host_timeout_rules};
static const struct type recovery_seconds = INTEGER(0, 604800);
static const struct type node_cpus = INTEGER(1, 1000);
static const struct type domain = INTEGER(1, 8);

static const struct field stop_action_fields[] = {
	{"discardLocalSsd", &yes_or_no, AT(bool, struct lb_stop_action, discard_local_ssd), .change = CHANGE_ROLL,
		.text = "Discard the contents of local SSDs. Unset: false."},
};
static const struct type stop_action = {
	.kind = TYPE_OBJECT, FIELDS(stop_action_fields), .size = sizeof(struct lb_stop_action)};

static const struct type affinity_text = TEXT(1, 128);
static const struct type affinity_value = TEXT(0, 128);
static const char *const operator_words[] = {"IN", "NOT_IN", NULL};
static const struct type affinity_operator = {.kind = TYPE_STRING, .words = operator_words};
static const struct type affinity_values = {
	.kind = TYPE_LIST, .most = 16, .form = LIST_SET, .item = &affinity_value, .item_text = "A value."};
static const struct field affinity_fields[] = {
	{"key", &affinity_text, AT(char *, struct lb_node_affinity, key), .required = true, .change = CHANGE_ROLL,
		.text = "Key of the nodes' label."},
	{"operator", &affinity_operator, AT(char *, struct lb_node_affinity, operator), .required = true,
		.change = CHANGE_ROLL, .text = "Whether the label has to be, or must not be, one of values."},
	{"values", &affinity_values, AT(struct lb_texts, struct lb_node_affinity, values), .required = true,
		.change = CHANGE_ROLL, .text = "Values of the label, at most 16."},
};
static const struct type affinity = {
	.kind = TYPE_OBJECT, FIELDS(affinity_fields), .size = sizeof(struct lb_node_affinity)};
static const struct type affinities = {
	.kind = TYPE_LIST, .most = 8, .form = LIST_ATOMIC, .item = &affinity, .item_text = "One label of nodes."};

static const struct field scheduling_fields[] = {
	{"onHostMaintenance", &maintenance, AT(char *, struct lb_scheduling, on_host_maintenance),
		.change = CHANGE_ROLL,
		.text = "What happens to a machine when its host is maintained. Unset: TERMINATE for SPOT, GPUs and "
			"confidential machines, else MIGRATE."},
	{"automaticRestart", &yes_or_no, AT(bool, struct lb_scheduling, automatic_restart), .change = CHANGE_ROLL,
		.text = "Start a machine again after its host failed. Unset: false for SPOT, else true."},
	{"instanceTerminationAction", &termination, AT(char *, struct lb_scheduling, instance_termination_action),
		.change = CHANGE_ROLL,
		.text = "What becomes of a machine whose time is over. Unset: STOP for SPOT, else Compute Engine "
			"chooses."},
	{"maxRunDurationSec", &run_seconds, AT(int64_t, struct lb_scheduling, max_run_duration_sec), .unit = "seconds",
		.change = CHANGE_ROLL, .text = "Time after which a machine is ended."},
	{"terminationTime", &moment, AT(char *, struct lb_scheduling, termination_time), .change = CHANGE_ROLL,
		.text = "Time at which all machines are ended, in the form 2026-12-24T18:00:00Z."},
	{"hostErrorTimeoutSeconds", &host_seconds, AT(int64_t, struct lb_scheduling, host_error_timeout_seconds),
		.unit = "seconds", .change = CHANGE_ROLL,
		.text = "Time that a host may not answer before its machines are started elsewhere, in steps of 30."},
	{"localSsdRecoveryTimeoutSec", &recovery_seconds,
		AT(int64_t, struct lb_scheduling, local_ssd_recovery_timeout_sec), .unit = "seconds",
		.change = CHANGE_ROLL, .text = "Time to wait for local SSDs of a failed host, in steps of an hour."},
	{"onInstanceStopAction", &stop_action, AT(struct lb_stop_action, struct lb_scheduling, on_instance_stop_action),
		.text = "What happens when a machine is stopped."},
	{"nodeAffinities", &affinities, AT(struct lb_node_affinities, struct lb_scheduling, node_affinities),
		.change = CHANGE_ROLL, .text = "Sole-tenant nodes to run on, by their labels, at most 8."},
	{"minNodeCpus", &node_cpus, AT(int64_t, struct lb_scheduling, min_node_cpus), .change = CHANGE_ROLL,
		.text = "Least virtual CPUs that a machine takes of a sole-tenant node."},
	{"availabilityDomain", &domain, AT(int64_t, struct lb_scheduling, availability_domain), .change = CHANGE_ROLL,
		.text = "Availability domain of a spread placement policy."},
};
const struct type type_scheduling = {.kind = TYPE_OBJECT,
	FIELDS(scheduling_fields),
	.size = sizeof(struct lb_scheduling),
	.rules = scheduling_rules};

/* security */

static const struct field shielded_fields[] = {
	{"enableSecureBoot", &yes_or_no, AT(bool, struct lb_shielded, enable_secure_boot), .change = CHANGE_ROLL,
		.text = "Boot signed software only. Unset: false."},
	{"enableVtpm", &yes_or_no, AT(bool, struct lb_shielded, enable_vtpm), .change = CHANGE_ROLL,
		.text = "Give the machine a virtual TPM. Unset: true."},
	{"enableIntegrityMonitoring", &yes_or_no, AT(bool, struct lb_shielded, enable_integrity_monitoring),
		.change = CHANGE_ROLL, .text = "Compare each boot with the first one. Unset: true."},
};
const struct type type_shielded = {.kind = TYPE_OBJECT, FIELDS(shielded_fields), .size = sizeof(struct lb_shielded)};

static const char *const confidential_words[] = {"SEV", "SEV_SNP", "TDX", NULL};
static const struct type confidential_type = {.kind = TYPE_STRING, .words = confidential_words};
static const struct field confidential_fields[] = {
	{"confidentialInstanceType", &confidential_type, AT(char *, struct lb_confidential, confidential_instance_type),
		.required = true, .change = CHANGE_ROLL, .text = "Technology that encrypts the memory of a machine."},
};
const struct type type_confidential = {
	.kind = TYPE_OBJECT, FIELDS(confidential_fields), .size = sizeof(struct lb_confidential)};

static const char *const revocation_words[] = {"NONE", "STOP", NULL};
const struct type type_key_revocation = {.kind = TYPE_STRING, .words = revocation_words};

/* CPU and network */

static const struct type threads = INTEGER(1, 2);
static const struct type cores = INTEGER(1, 1024);
static const char *const counter_words[] = {"STANDARD", "ENHANCED", "ARCHITECTURAL", NULL};
static const struct type counters = {.kind = TYPE_STRING, .words = counter_words};
static const char *const turbo_words[] = {"ALL_CORE_MAX", NULL};
static const struct type turbo = {.kind = TYPE_STRING, .words = turbo_words};
static const struct field machine_feature_fields[] = {
	{"enableNestedVirtualization", &yes_or_no, AT(bool, struct lb_machine_features, enable_nested_virtualization),
		.change = CHANGE_ROLL, .text = "Let machines run virtual machines of their own. Unset: false."},
	{"enableUefiNetworking", &yes_or_no, AT(bool, struct lb_machine_features, enable_uefi_networking),
		.change = CHANGE_ROLL, .text = "Network in the firmware. Unset: false."},
	{"threadsPerCore", &threads, AT(int64_t, struct lb_machine_features, threads_per_core), .change = CHANGE_ROLL,
		.text = "Threads on each physical core. Unset: 2 where the machine type has them."},
	{"visibleCoreCount", &cores, AT(int64_t, struct lb_machine_features, visible_core_count), .change = CHANGE_ROLL,
		.text = "Physical cores that the machine sees. Unset: all of the machine type."},
	{"performanceMonitoringUnit", &counters, AT(char *, struct lb_machine_features, performance_monitoring_unit),
		.change = CHANGE_ROLL, .text = "Performance counters that the machine sees. Unset: none."},
	{"turboMode", &turbo, AT(char *, struct lb_machine_features, turbo_mode), .change = CHANGE_ROLL,
		.text = "Turbo mode of the CPU. Unset: that of the machine type."},
};
const struct type type_machine_features = {
	.kind = TYPE_OBJECT, FIELDS(machine_feature_fields), .size = sizeof(struct lb_machine_features)};

static const char *const tier_words[] = {"DEFAULT", "TIER_1", NULL};
static const struct type tier = {.kind = TYPE_STRING, .words = tier_words};
static const struct field performance_fields[] = {
	{"totalEgressBandwidthTier", &tier, AT(char *, struct lb_network_performance, total_egress_bandwidth_tier),
		.change = CHANGE_ROLL, .text = "Bandwidth tier of what the machine sends. Unset: DEFAULT."},
};
const struct type type_network_performance = {
	.kind = TYPE_OBJECT, FIELDS(performance_fields), .size = sizeof(struct lb_network_performance)};

static const char *const access_words[] = {"INHERIT_FROM_SUBNETWORK", "ENABLE_OUTBOUND_VM_ACCESS_TO_GOOGLE",
	"ENABLE_BIDIRECTIONAL_ACCESS_TO_GOOGLE", NULL};
const struct type type_ipv6_access = {.kind = TYPE_STRING, .words = access_words};

/* reservations, policies, tags */

static const char *const reservation_words[] = {"ANY_RESERVATION", "SPECIFIC_RESERVATION", "NO_RESERVATION", NULL};
static const struct type reservation_type = {.kind = TYPE_STRING, .words = reservation_words};
static const struct type reservation_key = TEXT(0, 128);
static const struct type reservation = TEXT(1, 200, .pattern = &pattern_reservation);
static const struct type reservations = {.kind = TYPE_LIST,
	.most = 8,
	.form = LIST_SET,
	.item = &reservation,
	.item_text = "A reservation: its name, or projects/PROJECT/reservations/NAME for a shared one."};
static const struct field reservation_fields[] = {
	{"consumeReservationType", &reservation_type,
		AT(char *, struct lb_reservation_affinity, consume_reservation_type), .required = true,
		.change = CHANGE_ROLL, .text = "Which reservations machines may take."},
	{"key", &reservation_key, AT(char *, struct lb_reservation_affinity, key), .change = CHANGE_ROLL,
		.text = "Key of the reservation's label. Unset, with SPECIFIC_RESERVATION: "
			"compute.googleapis.com/reservation-name."},
	{"values", &reservations, AT(struct lb_texts, struct lb_reservation_affinity, values), .change = CHANGE_ROLL,
		.text = "Reservations to take, at most 8; with SPECIFIC_RESERVATION."},
};
const struct type type_reservation_affinity = {.kind = TYPE_OBJECT,
	FIELDS(reservation_fields),
	.size = sizeof(struct lb_reservation_affinity),
	.rules = reservation_rules};

const struct type type_policy_names = {
	.kind = TYPE_LIST, .most = 4, .form = LIST_SET, .item = &type_label, .item_text = "Name of a resource policy."};

static const struct type tag_value = TEXT(0, 256, .pattern = &pattern_manager_tag);
const struct type type_manager_tags = {
	.kind = TYPE_MAP, .most = 50, .item = &tag_value, .item_text = "A tag's value: tagValues/ID."};
