/* The table of disks: the boot disk, further ones, local SSDs. */
#include "model/types_internal.h"

static const struct type disk_size = INTEGER(10, 65536);
static const char *const interface_words[] = {"SCSI", "NVME", NULL};
static const struct type interface = {.kind = TYPE_STRING, .words = interface_words};
static const struct type label_value = TEXT(0, 63, .pattern = &pattern_label_value);
static const struct type disk_labels = {.kind = TYPE_MAP,
	.most = 56,
	.item = &label_value,
	.rules = disk_labels_rules,
	.item_text = "A value: lower-case letters, digits, _ and -; may be empty."};
static const struct type iops = INTEGER(1, 1000000);
static const struct type throughput = INTEGER(1, 100000);
static const char *const architecture_words[] = {"X86_64", "ARM64", NULL};
static const struct type architecture = {.kind = TYPE_STRING, .words = architecture_words};
static const char *const os_feature_words[] = {"BARE_METAL_LINUX_COMPATIBLE", "GVNIC", "IDPF", "MULTI_IP_SUBNET",
	"SECURE_BOOT", "SEV_CAPABLE", "SEV_LIVE_MIGRATABLE", "SEV_LIVE_MIGRATABLE_V2", "SEV_SNP_CAPABLE",
	"SNP_SVSM_CAPABLE", "TDX_CAPABLE", "UEFI_COMPATIBLE", "VIRTIO_SCSI_MULTIQUEUE", "WINDOWS", NULL};
static const struct type os_feature = {.kind = TYPE_STRING, .words = os_feature_words};
static const struct type os_features = {
	.kind = TYPE_LIST, .most = 16, .form = LIST_SET, .item = &os_feature, .item_text = "A feature."};

static const struct type key_name = TEXT(0, 512, .pattern = &pattern_kms_key);
static const struct type key_account = TEXT(0, 254, .pattern = &pattern_email);
static const struct field key_fields[] = {
	{"kmsKeyName", &key_name, AT(char *, struct lb_encryption_key, kms_key_name), .required = true,
		.change = CHANGE_ROLL,
		.text = "Key of Cloud KMS: projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY."},
	{"kmsKeyServiceAccount", &key_account, AT(char *, struct lb_encryption_key, kms_key_service_account),
		.change = CHANGE_ROLL,
		.text = "Service account that uses the key. Unset: Compute Engine's own of the project."},
};
static const struct type encryption_key = {
	.kind = TYPE_OBJECT, FIELDS(key_fields), .size = sizeof(struct lb_encryption_key)};

#define KEY "spec.template.disk.diskEncryptionKey"

/* What the boot disk, where it is described, and further ones have alike. */
#define IN_DISK(member) NULL
#define AS_IN_DISK(member) "spec.template.disk." member
#define SHARED_FIELDS(see)                                                                                             \
	{"diskType", &type_label, AT(char *, struct lb_disk, disk_type), .as = see("diskType"), .change = CHANGE_ROLL, \
		.text = "Disk type, a bare name such as pd-balanced, pd-ssd or hyperdisk-balanced. Unset: Compute "    \
			"Engine chooses for the machine type."},                                                       \
		{"interface", &interface, AT(char *, struct lb_disk, interface), .as = see("interface"),               \
			.change = CHANGE_ROLL, .text = "Interface of the disk. Unset: Compute Engine chooses."},       \
		{"labels", &disk_labels, AT(struct lb_map, struct lb_disk, labels), .as = see("labels"),               \
			.change = CHANGE_ROLL, .text = "Labels of the disks, at most 56."},                            \
		{"provisionedIops", &iops, AT(int64_t, struct lb_disk, provisioned_iops),                              \
			.as = see("provisionedIops"), .change = CHANGE_ROLL,                                           \
			.text = "I/O operations per second that the disk is given; for hyperdisks and extreme "        \
				"disks."},                                                                             \
		{"provisionedThroughput", &throughput, AT(int64_t, struct lb_disk, provisioned_throughput),            \
			.as = see("provisionedThroughput"), .unit = "MB per second", .change = CHANGE_ROLL,            \
			.text = "Throughput that the disk is given; for hyperdisks."},                                 \
		{"resourcePolicies", &type_policy_names, AT(struct lb_texts, struct lb_disk, resource_policies),       \
			.as = see("resourcePolicies"), .change = CHANGE_ROLL,                                          \
			.text = "Names of snapshot schedules for the disk, at most 4."},                               \
		{"storagePool", &type_label, AT(char *, struct lb_disk, storage_pool), .as = see("storagePool"),       \
			.change = CHANGE_ROLL,                                                                         \
			.text = "Name of a storage pool in the zone of the machines, for hyperdisks."},                \
		{"diskEncryptionKey", &encryption_key,                                                                 \
			AT(struct lb_encryption_key, struct lb_disk, disk_encryption_key),                             \
			.as = see("diskEncryptionKey"),                                                                \
			.text = "Your own key that encrypts the disk. Unset: Google's."},                              \
		{"sourceImageEncryptionKey", &encryption_key,                                                          \
			AT(struct lb_encryption_key, struct lb_disk, source_image_encryption_key), .as = KEY,          \
			.text = "Key that the image is encrypted with, if it is one of yours."},                       \
		{"architecture", &architecture, AT(char *, struct lb_disk, architecture), .as = see("architecture"),   \
			.change = CHANGE_ROLL,                                                                         \
			.text = "CPU architecture of what is on the disk. Unset: that of the image."},                 \
		{"guestOsFeatures", &os_features, AT(struct lb_texts, struct lb_disk, guest_os_features),              \
			.as = see("guestOsFeatures"), .change = CHANGE_ROLL,                                           \
			.text = "Features of the guest system, such as GVNIC, at most 16. Unset: those of the "        \
				"image."},                                                                             \
		{"resourceManagerTags", &type_manager_tags, AT(struct lb_map, struct lb_disk, resource_manager_tags),  \
			.as = see("resourceManagerTags"), .change = CHANGE_ROLL,                                       \
			.text = "Tags of Resource Manager for the disk, tagKeys/ID: tagValues/ID, at most 50."},       \
	{                                                                                                              \
		"enableConfidentialCompute", &type_flag, AT(bool, struct lb_disk, enable_confidential_compute),        \
			.as = see("enableConfidentialCompute"), .change = CHANGE_ROLL,                                 \
			.text = "Confidential mode of a hyperdisk; needs diskEncryptionKey. Unset: false."             \
	}

static const struct field disk_fields[] = {
	{"deviceName", &type_label, AT(char *, struct lb_disk, device_name), .change = CHANGE_ROLL,
		.text = "Name by which the machine sees the disk. Unset: persistent-disk-0."},
	{"diskSizeGb", &disk_size, AT(int64_t, struct lb_disk, disk_size_gb), .unit = "GB", .change = CHANGE_ROLL,
		.text = "Size of the boot disk. Unset: the size of the image."},
	{"autoDelete", &type_flag, AT(bool, struct lb_disk, auto_delete), .fallback = "true", .change = CHANGE_ROLL,
		.text = "Delete the disk together with its machine. False: the disks of machines that are gone "
			"stay, and are billed."},
	SHARED_FIELDS(IN_DISK),
};
const struct type type_disk = {.kind = TYPE_OBJECT, FIELDS(disk_fields), .size = sizeof(struct lb_disk)};

static const char *const mode_words[] = {"READ_WRITE", "READ_ONLY", NULL};
static const struct type mode = {.kind = TYPE_STRING, .words = mode_words};
static const struct type image = TEXT(0, 200, .pattern = &pattern_image);
static const struct type snapshot = TEXT(0, 200, .pattern = &pattern_snapshot);

static const struct field additional_disk_fields[] = {
	{"deviceName", &type_label, AT(char *, struct lb_disk, device_name), .required = true, .change = CHANGE_ROLL,
		.text = "Name by which the machine sees the disk: /dev/disk/by-id/google-NAME."},
	{"diskSizeGb", &disk_size, AT(int64_t, struct lb_disk, disk_size_gb), .unit = "GB", .change = CHANGE_ROLL,
		.text = "Size of the disk. Unset: that of the image or snapshot; a blank disk needs it."},
	{"autoDelete", &type_flag, AT(bool, struct lb_disk, auto_delete), .change = CHANGE_ROLL,
		.text = "Delete the disk together with its machine. Unset: true; false with source."},
	{"mode", &mode, AT(char *, struct lb_disk, mode), .change = CHANGE_ROLL,
		.text = "How the disk is attached. Unset: READ_WRITE."},
	{"source", &type_label, AT(char *, struct lb_disk, source), .change = CHANGE_ROLL,
		.text = "Name of an existing disk in the zone of the machines. All machines of the pool share it, so "
			"it "
			"needs mode READ_ONLY."},
	{"sourceImage", &image, AT(char *, struct lb_disk, source_image), .change = CHANGE_ROLL,
		.text = "Image that the disk starts from, written as template.image."},
	{"sourceSnapshot", &snapshot, AT(char *, struct lb_disk, source_snapshot), .change = CHANGE_ROLL,
		.text = "Snapshot that the disk starts from: [projects/PROJECT/]global/snapshots/NAME."},
	{"sourceSnapshotEncryptionKey", &encryption_key,
		AT(struct lb_encryption_key, struct lb_disk, source_snapshot_encryption_key), .as = KEY,
		.text = "Key that the snapshot is encrypted with, if it is one of yours."},
	SHARED_FIELDS(AS_IN_DISK),
};
static const struct type additional_disk = {.kind = TYPE_OBJECT,
	FIELDS(additional_disk_fields),
	.size = sizeof(struct lb_disk),
	.rules = additional_disk_rules};
const struct type type_additional_disks = {.kind = TYPE_LIST,
	.most = 15,
	.form = LIST_KEYED,
	.keys = {"deviceName"},
	.item = &additional_disk,
	.item_text = "One disk."};

static const struct type ssd_count = INTEGER(1, 32);
static const char *const ssd_words[] = {"NVME", "SCSI", NULL};
static const struct type ssd_interface = {.kind = TYPE_STRING, .words = ssd_words};
static const struct field local_ssd_fields[] = {
	{"count", &ssd_count, AT(int64_t, struct lb_local_ssd, count), .required = true, .change = CHANGE_ROLL,
		.text = "Local SSDs of each machine, of 375 GB each. The machine type says which counts it can have."},
	{"interface", &ssd_interface, AT(char *, struct lb_local_ssd, interface), .fallback = "NVME",
		.change = CHANGE_ROLL, .text = "Interface of the local SSDs."},
};
const struct type type_local_ssd = {.kind = TYPE_OBJECT, FIELDS(local_ssd_fields), .size = sizeof(struct lb_local_ssd)};
