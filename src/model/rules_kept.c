/* Only what machines have can be kept: spec.pools[].statefulPolicy beside the pool's template. */
#include "base/str.h"
#include "model/rules.h"

static bool has_device(const struct lb_template *template, const char *name)
{
	const struct lb_disks *disks = &template->additional_disks;
	const char *boot = template->disk.device_name ? template->disk.device_name : "persistent-disk-0";
	for (size_t i = 0; i < disks->count; i++) {
		if (text_equal(disks->items[i].device_name, name))
			return true;
	}
	return text_equal(boot, name);
}

/* "nic2" is the second of the additional ones. */
static bool has_address(const struct lb_template *template, const char *name, bool public)
{
	const struct lb_interfaces *others = &template->additional_network_interfaces;
	size_t index = (size_t)(name[3] - '0');
	if (index == 0)
		return !public || template->external_ip;
	return index <= others->count && (!public || others->items[index - 1].external_ip);
}

static bool check_addresses(const struct lb_template *template, const struct lb_kepts *kept, bool public,
	const struct place *place, struct error *err)
{
	for (size_t i = 0; i < kept->count; i++) {
		if (!has_address(template, kept->items[i].key, public))
			return rules_refuse(err, place, public ? ".externalIPs" : ".internalIPs",
				"%s has no such address; see template.externalIP and additionalNetworkInterfaces",
				kept->items[i].key);
	}
	return true;
}

bool rules_kept_is_there(
	const struct lb_spec *spec, const struct lb_pool *pool, const struct place *place, struct error *err)
{
	const struct lb_template *template = lb_pool_template(spec, pool);
	const struct lb_stateful *kept = &pool->stateful_policy;
	for (size_t i = 0; i < kept->disks.count; i++) {
		if (!has_device(template, kept->disks.items[i].key))
			return rules_refuse(err, place, ".disks",
				"there is no disk %s in template.disk and additionalDisks", kept->disks.items[i].key);
	}
	return check_addresses(template, &kept->internal_ips, false, place, err) &&
	       check_addresses(template, &kept->external_ips, true, place, err);
}
