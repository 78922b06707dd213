/* Effective values count: a default that names something is named by who leaves it. */
#include "policy/references.h"

#include <string.h>

#include "base/json.h"
#include "kinds/link.h"
#include "kinds/spec.h"
#include "model/types.h"
#include "model/walk.h"

static const struct rule_row projects = {"projects", UNSET_NONE, false, "project"};
static const struct rule_row networks = {"networks", UNSET_OWN, false, "network"};
static const struct rule_row subnetworks = {"subnetworks", UNSET_OWN, false, "subnetwork"};
static const struct rule_row keys = {"kmsKeys", UNSET_OWN, false, "key"};
static const struct rule_row reservations = {"reservations", UNSET_OWN, false, "reservation"};
static const struct rule_row addresses = {
	"addresses", UNSET_ANY, false, "address"}; /* a name in the object's project */
static const struct rule_row images = {"images", UNSET_ANY, false, "image"};
static const struct rule_row container_images = {"containerImages", UNSET_ANY, false, "container image"};
static const struct rule_row machine_types = {"machineTypes", UNSET_ANY, false, "machine type"};
static const struct rule_row accelerator_types = {"acceleratorTypes", UNSET_ANY, false, "accelerator type"};
static const struct rule_row regions = {"regions", UNSET_ANY, false, "region"};
static const struct rule_row schemes = {"loadBalancingSchemes", UNSET_ANY, false, "scheme"};
static const struct rule_row accounts = {"serviceAccounts", UNSET_NONE, false, "service account"};
static const struct rule_row scopes = {"scopes", UNSET_ANY, false, "scope"};
static const struct rule_row manager_tags = {"resourceManagerTags", UNSET_NONE, false, "Resource Manager tag"};
static const struct rule_row buckets = {"buckets", UNSET_NONE, false, "bucket"};
static const struct rule_row scripts = {"startupScripts", UNSET_NONE, true, "startup scripts"};
static const struct rule_row privileged = {"privilegedContainers", UNSET_NONE, true, "privileged containers"};
static const struct rule_row external_ips = {"externalIPs", UNSET_ANY, true, "public addresses"};
static const struct rule_row adoption = {"adoption", UNSET_NONE, true, "to take over what others made"};
static const struct rule_row own = {NULL, UNSET_OWN, false, "resource"}; /* no policy can allow another project's */

/* Where something is named: by the object, or by the template of one pool or its canaries. */
struct visit {
	const struct lb *lb;
	const struct lb_pool *pool; /* NULL: by the object; of its canaries the pool as they are */
	size_t index;               /* of the pool */
	const struct lb_template *template;
	const struct reference *reference;
	use_fn fn;
	void *arg;
};

/* --- where it stands --- */

/* Whether an override says something of its own of the member that the row begins with. */
static bool is_overridden(const struct visit *visit, const struct lb_template *over)
{
	const char *name = strchr(visit->reference->field, '.') + 1;
	size_t length = strcspn(name, ".[");

	for (size_t i = 0; i < template_type.field_count; i++) {
		const struct field *field = &template_type.fields[i];

		if (strlen(field->name) == length && strncmp(field->name, name, length) == 0)
			return walk_present(&template_type, field, over);
	}
	return false;
}

static bool is_of_canary(const struct visit *visit)
{
	return visit->pool == visit->lb->spec.pools.items[visit->index].trial;
}

/* "pools[1].", "pools[1].canary."; "": spec.template says it. */
static const char *layer(const struct visit *visit)
{
	if (!visit->pool)
		return "";
	if (is_of_canary(visit) && is_overridden(visit, &visit->pool->canary.template))
		return arena_printf(json_arena(), "pools[%zu].canary.", visit->index);
	if (is_overridden(visit, &visit->pool->template))
		return arena_printf(json_arena(), "pools[%zu].", visit->index);
	return "";
}

/* "spec.template.disk.diskType", "spec.pools[1].template.image"; index: of the last list of the row. */
static char *place(const struct visit *visit, size_t index)
{
	const char *field = visit->reference->field, *list = strstr(field, "[]"), *pool = layer(visit);

	if (!list)
		return arena_printf(json_arena(), "spec.%s%s", pool, field);
	return arena_printf(json_arena(), "spec.%s%.*s[%zu]%s", pool, (int)(list - field), field, index, list + 2);
}

static void tell_place(const struct visit *visit, const char *value, char *at)
{
	struct use use = {visit->reference->rule, at, value, false};

	visit->fn(visit->arg, &use);
}

static void tell_at(const struct visit *visit, size_t index, const char *value)
{
	if (value)
		tell_place(visit, value, place(visit, index));
}

static void tell(const struct visit *visit, const char *value)
{
	tell_at(visit, 0, value);
}

/* --- of the object --- */

static void see_project(const struct visit *visit)
{
	tell(visit, visit->lb->spec.project);
}

static void see_zones(const struct visit *visit)
{
	for (size_t i = 0; i < visit->lb->spec.pools.count; i++) {
		const struct lb_pool *pool = &visit->lb->spec.pools.items[i];

		tell_at(visit, i, pool->zone ? pool_region(pool) : NULL);
	}
}

static void see_regions(const struct visit *visit)
{
	for (size_t i = 0; i < visit->lb->spec.pools.count; i++)
		tell_at(visit, i, visit->lb->spec.pools.items[i].region);
}

static void see_scheme(const struct visit *visit)
{
	tell(visit, visit->lb->spec.frontend.load_balancing_scheme);
}

static void see_address(const struct visit *visit)
{
	tell(visit, visit->lb->spec.frontend.address.name);
}

static void see_buckets(const struct visit *visit)
{
	for (size_t i = 0; i < visit->lb->spec.backends.count; i++)
		tell_at(visit, i, visit->lb->spec.backends.items[i].bucket.bucket_name);
}

static void see_tls_policy(const struct visit *visit)
{
	tell(visit, visit->lb->spec.frontend.tls.server_tls_policy);
}

static void see_ipv6_address(const struct visit *visit)
{
	const struct lb_frontend *frontend = &visit->lb->spec.frontend;

	tell(visit, lb_has_ipv6(frontend) ? frontend->ipv6.address.name : NULL);
}

static void see_choice(const struct visit *visit)
{
	const struct lb_pools *pools = &visit->lb->spec.pools;

	for (size_t i = 0; i < pools->count; i++) {
		const struct lb_selections *selections =
			&pools->items[i].instance_flexibility_policy.instance_selections;

		for (size_t j = 0; j < selections->count; j++) {
			const struct lb_texts *types = &selections->items[j].machine_types;

			for (size_t k = 0; k < types->count; k++)
				tell_place(visit, types->items[k],
					arena_printf(json_arena(),
						"spec.pools[%zu].instanceFlexibilityPolicy.instanceSelections[%zu]."
						"machineTypes",
						i, j));
		}
	}
}

static void see_adoption(const struct visit *visit)
{
	tell(visit, text_equal(visit->lb->spec.adoption_policy, "Adopt") ? "Adopt" : NULL);
}

static void see_resource_names(const struct visit *visit)
{
	tell(visit, visit->lb->spec.resource_names.count ? visit->lb->spec.resource_names.items[0].value : NULL);
}

/* --- of a template --- */

static void see_machine_type(const struct visit *visit)
{
	tell(visit, visit->template->machine_type);
}

static void see_image(const struct visit *visit)
{
	tell(visit, image_path(visit->lb, visit->pool));
}

static void see_container_image(const struct visit *visit)
{
	tell(visit, visit->template->container.image);
}

static void see_privileged(const struct visit *visit)
{
	tell(visit, visit->template->container.image && visit->template->container.privileged ? "true" : NULL);
}

/* Beside a subnetwork no network need be named; which one it is then only the cloud knows. */
static void tell_network(const struct visit *visit, size_t index, const char *network, const char *subnetwork)
{
	struct use use = {visit->reference->rule, place(visit, index), "the network of the subnetwork beside it", true};

	if (network || !subnetwork)
		tell_at(visit, index, full_network(visit->lb, network));
	else
		visit->fn(visit->arg, &use);
}

static void see_network(const struct visit *visit)
{
	tell_network(visit, 0, visit->template->network, visit->template->subnetwork);
}

static void see_subnetwork(const struct visit *visit)
{
	tell(visit, subnetwork_path(visit->lb, visit->pool));
}

static void see_interface_networks(const struct visit *visit)
{
	const struct lb_interfaces *interfaces = &visit->template->additional_network_interfaces;

	for (size_t i = 0; i < interfaces->count; i++) {
		const struct lb_interface *interface = &interfaces->items[i];

		if (!interface->network_attachment || interface->network || interface->subnetwork)
			tell_network(visit, i, interface->network, interface->subnetwork);
	}
}

static void see_interface_subnetworks(const struct visit *visit)
{
	const struct lb_interfaces *interfaces = &visit->template->additional_network_interfaces;

	for (size_t i = 0; i < interfaces->count; i++)
		tell_at(visit, i,
			full_subnetwork(
				visit->lb, visit->pool, interfaces->items[i].network, interfaces->items[i].subnetwork));
}

static void see_attachments(const struct visit *visit)
{
	const struct lb_interfaces *interfaces = &visit->template->additional_network_interfaces;

	for (size_t i = 0; i < interfaces->count; i++) {
		const char *attachment = interfaces->items[i].network_attachment;

		tell_at(visit, i, attachment ? link_path(attachment, visit->lb->spec.project) : NULL);
	}
}

static void see_external_ip(const struct visit *visit)
{
	tell(visit, visit->template->external_ip ? "true" : NULL);
}

static void see_external_ipv6(const struct visit *visit)
{
	tell(visit, visit->template->external_ipv6 ? "true" : NULL);
}

static void see_interface_ips(const struct visit *visit)
{
	const struct lb_interfaces *interfaces = &visit->template->additional_network_interfaces;

	for (size_t i = 0; i < interfaces->count; i++)
		tell_at(visit, i, interfaces->items[i].external_ip ? "true" : NULL);
}

static void see_interface_ipv6(const struct visit *visit)
{
	const struct lb_interfaces *interfaces = &visit->template->additional_network_interfaces;

	for (size_t i = 0; i < interfaces->count; i++)
		tell_at(visit, i, interfaces->items[i].external_ipv6 ? "true" : NULL);
}

static void see_account(const struct visit *visit)
{
	tell(visit, visit->template->service_account);
}

/* Without any, an account has all that IAM gives it. */
static void see_scopes(const struct visit *visit)
{
	const struct lb_template *template = visit->template;

	for (size_t i = 0; i < template->scopes.count; i++)
		tell(visit, template->scopes.items[i]);
	if (template->service_account && !template->scopes.count)
		tell(visit, "cloud-platform");
}

static void see_script(const struct visit *visit)
{
	tell(visit, visit->template->startup_script ? "a script" : NULL);
}

/* Keys by which programs of Google's images run code or let people log in. */
static bool gives_control(const char *key)
{
	static const char *const known[] = {"user-data", "ssh-keys", "sshKeys", "windows-keys",
		"google-container-manifest", "gce-container-declaration", "kube-env", "configure-sh",
		"trusted-user-ca-keys"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcasecmp(key, known[i]) == 0)
			return true;
	}
	return strcasestr(key, "script") != NULL;
}

/* "KEY=VALUE" each. */
static void tell_tags(const struct visit *visit, size_t index, const struct lb_map *tags)
{
	for (size_t i = 0; i < tags->count; i++) {
		const char *key = tags->items[i].key;
		struct use use = {visit->reference->rule, arena_printf(json_arena(), "%s.%s", place(visit, index), key),
			arena_printf(json_arena(), "%s=%s", key, tags->items[i].value), false};

		visit->fn(visit->arg, &use);
	}
}

static void see_tags(const struct visit *visit)
{
	tell_tags(visit, 0, &visit->template->resource_manager_tags);
}

static void see_disk_tags(const struct visit *visit)
{
	tell_tags(visit, 0, &visit->template->disk.resource_manager_tags);
}

static void tell_metadata(const struct visit *visit, const char *at, const struct lb_map *metadata)
{
	for (size_t i = 0; i < metadata->count; i++) {
		const char *key = metadata->items[i].key;
		struct use use = {visit->reference->rule, arena_printf(json_arena(), "%s.%s", at, key), key, false};

		if (gives_control(key))
			visit->fn(visit->arg, &use);
	}
}

static void see_metadata(const struct visit *visit)
{
	tell_metadata(visit, place(visit, 0), &visit->template->metadata);
}

static void see_metadata_of_all(const struct visit *visit)
{
	const struct lb_spec *spec = &visit->lb->spec;

	tell_metadata(visit, place(visit, 0), &spec->all_instances_config.metadata);
	for (size_t i = 0; i < spec->pools.count; i++)
		tell_metadata(visit, arena_printf(json_arena(), "spec.pools[%zu].%s", i, visit->reference->field),
			&spec->pools.items[i].all_instances_config.metadata);
}

static void see_accelerators(const struct visit *visit)
{
	const struct lb_accelerators *accelerators = &visit->template->guest_accelerators;

	for (size_t i = 0; i < accelerators->count; i++)
		tell_at(visit, i, accelerators->items[i].accelerator_type);
}

/* A bare name is one of the object's project; a block is part of its reservation. */
static char *reservation_path(const struct visit *visit, const char *name)
{
	size_t length = strstr(name, "/reservationBlocks/") ? (size_t)(strstr(name, "/reservationBlocks/") - name)
	                                                    : strlen(name);

	if (text_starts(name, "projects/"))
		return arena_strndup(json_arena(), name, length);
	return arena_printf(json_arena(), "projects/%s/reservations/%.*s", visit->lb->spec.project, (int)length, name);
}

static void see_reservations(const struct visit *visit)
{
	const struct lb_texts *values = &visit->template->reservation_affinity.values;

	for (size_t i = 0; i < values->count; i++)
		tell(visit, reservation_path(visit, values->items[i]));
}

/* --- of disks --- */

/* All versions are one key. */
static void tell_key(const struct visit *visit, size_t index, const struct lb_encryption_key *key)
{
	const char *name = key->kms_key_name, *version = name ? strstr(name, "/cryptoKeyVersions/") : NULL;

	tell_at(visit, index, version ? arena_strndup(json_arena(), name, (size_t)(version - name)) : name);
}

static void see_disk_key(const struct visit *visit)
{
	tell_key(visit, 0, &visit->template->disk.disk_encryption_key);
}

static void see_image_key(const struct visit *visit)
{
	tell_key(visit, 0, &visit->template->disk.source_image_encryption_key);
}

static void see_disk_key_account(const struct visit *visit)
{
	tell(visit, visit->template->disk.disk_encryption_key.kms_key_service_account);
}

static void see_image_key_account(const struct visit *visit)
{
	tell(visit, visit->template->disk.source_image_encryption_key.kms_key_service_account);
}

#define EACH_DISK(name, call)                                                                                          \
	static void name(const struct visit *visit)                                                                    \
	{                                                                                                              \
		for (size_t i = 0; i < visit->template->additional_disks.count; i++) {                                 \
			const struct lb_disk *disk = &visit->template->additional_disks.items[i];                      \
                                                                                                                       \
			call;                                                                                          \
		}                                                                                                      \
	}

EACH_DISK(see_disk_images,
	tell_at(visit, i, disk->source_image ? link_path(disk->source_image, visit->lb->spec.project) : NULL))
EACH_DISK(see_snapshots,
	tell_at(visit, i, disk->source_snapshot ? link_path(disk->source_snapshot, visit->lb->spec.project) : NULL))
EACH_DISK(see_disks_tags, tell_tags(visit, i, &disk->resource_manager_tags))
EACH_DISK(see_disks_keys, tell_key(visit, i, &disk->disk_encryption_key))
EACH_DISK(see_images_keys, tell_key(visit, i, &disk->source_image_encryption_key))
EACH_DISK(see_snapshots_keys, tell_key(visit, i, &disk->source_snapshot_encryption_key))
EACH_DISK(see_disks_accounts, tell_at(visit, i, disk->disk_encryption_key.kms_key_service_account))
EACH_DISK(see_images_accounts, tell_at(visit, i, disk->source_image_encryption_key.kms_key_service_account))
EACH_DISK(see_snapshots_accounts, tell_at(visit, i, disk->source_snapshot_encryption_key.kms_key_service_account))

/* A test holds the table against the table of types: a field that names something is a row here. Where no row has a rule, the name
 * is looked up in the object's project, whatever it says. */
static const struct reference table[] = {
	{"project", &projects, see_project},
	{"pools[].zone", &regions, see_zones},
	{"pools[].region", &regions, see_regions},
	{"frontend.loadBalancingScheme", &schemes, see_scheme},
	{"frontend.address.name", &addresses, see_address},
	{"frontend.ipv6.address.name", &addresses, see_ipv6_address},
	{"frontend.tls.certificates[].secretRef.name", NULL, NULL}, /* a Secret of the object's namespace */
	{"frontend.tls.certificates[].sslCertificate", NULL, NULL},
	{"frontend.tls.certificateMap", NULL, NULL},
	{"frontend.tls.sslPolicy.name", NULL, NULL},
	{"frontend.tls.serverTlsPolicy", &own, see_tls_policy},
	{"serving.iap.oauth2ClientSecretRef.name", NULL, NULL},
	{"serving.cdnPolicy.signedUrlKeys[].secretRef.name", NULL, NULL},
	{"backends[].bucket.cdnPolicy.signedUrlKeys[].secretRef.name", NULL, NULL},
	{"serving.securityPolicy", NULL, NULL},
	{"serving.edgeSecurityPolicy", NULL, NULL},
	{"serving.serviceLbPolicy", NULL, NULL},
	{"backends[].bucket.bucketName", &buckets, see_buckets},
	{"backends[].bucket.edgeSecurityPolicy", NULL, NULL},
	{"pools[].workloadPolicy", NULL, NULL},
	{"pools[].instanceFlexibilityPolicy.instanceSelections[].machineTypes", &machine_types, see_choice},
	{"adoptionPolicy", &adoption, see_adoption},
	{"resourceNames", &adoption, see_resource_names},
	{"allInstancesConfig.metadata", &scripts, see_metadata_of_all},
	{"template.machineType", &machine_types, see_machine_type},
	{"template.image", &images, see_image},
	{"template.container.image", &container_images, see_container_image},
	{"template.container.privileged", &privileged, see_privileged},
	{"template.network", &networks, see_network},
	{"template.subnetwork", &subnetworks, see_subnetwork},
	{"template.aliasIpRanges[].subnetworkRangeName", NULL, NULL},
	{"template.externalIP", &external_ips, see_external_ip},
	{"template.externalIPv6", &external_ips, see_external_ipv6},
	{"template.additionalNetworkInterfaces[].network", &networks, see_interface_networks},
	{"template.additionalNetworkInterfaces[].subnetwork", &subnetworks, see_interface_subnetworks},
	{"template.additionalNetworkInterfaces[].networkAttachment", &own, see_attachments},
	{"template.additionalNetworkInterfaces[].externalIP", &external_ips, see_interface_ips},
	{"template.additionalNetworkInterfaces[].externalIPv6", &external_ips, see_interface_ipv6},
	{"template.additionalNetworkInterfaces[].aliasIpRanges[].subnetworkRangeName", NULL, NULL},
	{"template.serviceAccount", &accounts, see_account},
	{"template.scopes", &scopes, see_scopes},
	{"template.startupScript", &scripts, see_script},
	{"template.metadata", &scripts, see_metadata},
	{"template.guestAccelerators[].acceleratorType", &accelerator_types, see_accelerators},
	{"template.reservationAffinity.values", &reservations, see_reservations},
	{"template.scheduling.nodeAffinities[].key", NULL, NULL},
	{"template.scheduling.nodeAffinities[].values", NULL, NULL},
	{"template.resourcePolicies", NULL, NULL},
	{"template.resourceManagerTags", &manager_tags, see_tags},
	{"template.disk.diskType", NULL, NULL},
	{"template.disk.resourcePolicies", NULL, NULL},
	{"template.disk.resourceManagerTags", &manager_tags, see_disk_tags},
	{"template.disk.storagePool", NULL, NULL},
	{"template.disk.diskEncryptionKey.kmsKeyName", &keys, see_disk_key},
	{"template.disk.diskEncryptionKey.kmsKeyServiceAccount", &accounts, see_disk_key_account},
	{"template.disk.sourceImageEncryptionKey.kmsKeyName", &keys, see_image_key},
	{"template.disk.sourceImageEncryptionKey.kmsKeyServiceAccount", &accounts, see_image_key_account},
	{"template.additionalDisks[].diskType", NULL, NULL},
	{"template.additionalDisks[].resourcePolicies", NULL, NULL},
	{"template.additionalDisks[].resourceManagerTags", &manager_tags, see_disks_tags},
	{"template.additionalDisks[].storagePool", NULL, NULL},
	{"template.additionalDisks[].source", NULL, NULL},
	{"template.additionalDisks[].sourceImage", &images, see_disk_images},
	{"template.additionalDisks[].sourceSnapshot", &own, see_snapshots},
	{"template.additionalDisks[].diskEncryptionKey.kmsKeyName", &keys, see_disks_keys},
	{"template.additionalDisks[].diskEncryptionKey.kmsKeyServiceAccount", &accounts, see_disks_accounts},
	{"template.additionalDisks[].sourceImageEncryptionKey.kmsKeyName", &keys, see_images_keys},
	{"template.additionalDisks[].sourceImageEncryptionKey.kmsKeyServiceAccount", &accounts, see_images_accounts},
	{"template.additionalDisks[].sourceSnapshotEncryptionKey.kmsKeyName", &keys, see_snapshots_keys},
	{"template.additionalDisks[].sourceSnapshotEncryptionKey.kmsKeyServiceAccount", &accounts,
		see_snapshots_accounts},
};

const struct reference *references_at(size_t index)
{
	return index < sizeof(table) / sizeof(table[0]) ? &table[index] : NULL;
}

static void see_template(struct visit *visit, const struct lb_pool *pool)
{
	visit->pool = pool;
	visit->template = lb_pool_template(&visit->lb->spec, pool);
	visit->reference->see(visit);
}

void references_each(const struct lb *lb, use_fn fn, void *arg)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct visit visit = {.lb = lb, .reference = &table[i], .fn = fn, .arg = arg};
		bool of_template = text_starts(table[i].field, "template.");

		if (!table[i].see)
			continue;
		if (!of_template)
			table[i].see(&visit);
		for (visit.index = 0; of_template && visit.index < lb->spec.pools.count; visit.index++) {
			const struct lb_pool *pool = &lb->spec.pools.items[visit.index];

			see_template(&visit, pool);
			if (pool->trial)
				see_template(&visit, pool->trial);
		}
	}
}
