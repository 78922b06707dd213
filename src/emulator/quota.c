#include "emulator/quota.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "emulator/catalog.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/template.h"

static const struct metric {
	const char *name;
	bool regional;
	double limit;
} metrics[] = {
	{"NETWORKS", false, 50},
	{"FIREWALLS", false, 500},
	{"HEALTH_CHECKS", false, 1000},
	{"BACKEND_SERVICES", false, 1000},
	{"BACKEND_BUCKETS", false, 1000},
	{"URL_MAPS", false, 1000},
	{"TARGET_HTTP_PROXIES", false, 1000},
	{"TARGET_HTTPS_PROXIES", false, 1000},
	{"SSL_CERTIFICATES", false, 1000},
	{"SSL_POLICIES", false, 1000},
	{"FORWARDING_RULES", false, 1000},
	{"STATIC_ADDRESSES", false, 1000},
	{"INSTANCE_TEMPLATES", false, 5000},
	{"CPUS_ALL_REGIONS", false, 100000},
	{"GPUS_ALL_REGIONS", false, 100000},
	{"CPUS", true, 100000},
	{"INSTANCES", true, 24000},
	{"INSTANCE_GROUPS", true, 5000},
	{"INSTANCE_GROUP_MANAGERS", true, 5000},
	{"NVIDIA_A100_80GB_GPUS", true, 100000},
	{"NVIDIA_A100_GPUS", true, 100000},
	{"NVIDIA_L4_GPUS", true, 100000},
	{"NVIDIA_P100_GPUS", true, 100000},
	{"NVIDIA_P4_GPUS", true, 100000},
	{"NVIDIA_T4_GPUS", true, 100000},
	{"NVIDIA_V100_GPUS", true, 100000},
	{"PREEMPTIBLE_NVIDIA_A100_80GB_GPUS", true, 100000},
	{"PREEMPTIBLE_NVIDIA_A100_GPUS", true, 100000},
	{"PREEMPTIBLE_NVIDIA_L4_GPUS", true, 100000},
	{"PREEMPTIBLE_NVIDIA_P100_GPUS", true, 100000},
	{"PREEMPTIBLE_NVIDIA_P4_GPUS", true, 100000},
	{"PREEMPTIBLE_NVIDIA_T4_GPUS", true, 100000},
	{"PREEMPTIBLE_NVIDIA_V100_GPUS", true, 100000},
};
enum { METRICS = sizeof(metrics) / sizeof(metrics[0]) };

static const struct metric *metric_find(const char *name)
{
	for (size_t i = 0; i < METRICS; i++)
		if (!strcmp(metrics[i].name, name))
			return &metrics[i];
	return NULL;
}

double emu_quota_limit(const struct emulator *emulator, const char *project, const char *region, const char *metric)
{
	const char *key = region ? arena_printf(json_arena(), "%s %s %s", project, region, metric)
	                         : arena_printf(json_arena(), "%s %s", project, metric);
	const char *said = map_find(&emulator->world.quotas, key);

	return said ? strtod(said, NULL) : metric_find(metric)->limit;
}

static double shelf_count(const struct emulator *emulator, const char *scope_path, const char *collection)
{
	const struct emu_shelf *shelf =
		emu_store_shelf(&emulator->store, arena_printf(json_arena(), "%s/%s", scope_path, collection));

	return shelf ? (double)shelf->count : 0;
}

/* Of a kind that counts against metric; in a region its zones count too. */
static double count_usage(
	const struct emulator *emulator, const struct emu_kind *kind, const char *project, const char *region)
{
	const struct emu_region *found = region ? emu_region_find(region) : NULL;
	double count;

	if (!found)
		return shelf_count(
			emulator, arena_printf(json_arena(), "projects/%s/global", project), kind->collection);
	count = shelf_count(
		emulator, arena_printf(json_arena(), "projects/%s/regions/%s", project, region), kind->collection);
	for (const char *letter = found->zones; *letter; letter++)
		count += shelf_count(emulator,
			arena_printf(json_arena(), "projects/%s/zones/%s-%c", project, region, *letter),
			kind->collection);
	return count;
}

/* Machines of a project: all regions (NULL) or one. */
struct machines {
	struct emulator *emulator;
	const char *region;
	double count, cpus, all_cards;
	double cards[METRICS]; /* by metric of the card */
};

static void count_cards(struct machines *machines, struct emu_cards cards)
{
	if (!cards.card)
		return;
	machines->all_cards += cards.count;
	machines->cards[metric_find(emu_cards_metric(cards)) - metrics] += cards.count;
}

static void count_machines(void *arg, struct emu_group *group)
{
	struct machines *machines = arg;

	for (size_t i = 0; i < group->own_group->instance_count; i++) {
		const struct group_instance *instance = group->own_group->own_instances[i];
		const struct emu_template *machine;
		const struct emu_machine_type *type;

		if (!instance->id ||
			(machines->region && strcmp(emu_zone_region(instance->zone), machines->region) != 0))
			continue;
		machine = emu_template_find(machines->emulator, instance->own_machine_template);
		type = emu_machine_type_find(machines->emulator, instance->zone,
			instance->own_machine_type ? instance->own_machine_type
			: machine                  ? machine->own_machine_type
						   : "");
		machines->count++;
		machines->cpus += type ? type->cpus : 1;
		if (machine)
			count_cards(machines, emu_cards_of(type, machine));
	}
}

static struct machines machines_of(struct emulator *emulator, const char *project, const char *region)
{
	struct machines machines = {.emulator = emulator, .region = region};

	emu_groups_each(emulator, project, count_machines, &machines);
	return machines;
}

static double usage_of(struct emulator *emulator, const struct metric *metric, const char *project, const char *region,
	const struct machines *machines)
{
	if (text_starts(metric->name, "CPUS"))
		return machines->cpus;
	if (!strcmp(metric->name, "INSTANCES"))
		return machines->count;
	if (!strcmp(metric->name, "GPUS_ALL_REGIONS"))
		return machines->all_cards;
	if (text_ends(metric->name, "_GPUS"))
		return machines->cards[metric - metrics];
	if (!strcmp(metric->name, "INSTANCE_GROUPS"))
		return count_usage(emulator, &emu_group_manager_kind, project, region);
	for (size_t i = 0; i < emu_kind_count(); i++)
		if (text_equal(emu_kind_at(i)->quota, metric->name))
			return count_usage(emulator, emu_kind_at(i), project, region);
	return 0;
}

cJSON *emu_quotas_json(struct emulator *emulator, const char *project, const char *region)
{
	struct machines machines = machines_of(emulator, project, region);
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < METRICS; i++) {
		cJSON *item;

		if (metrics[i].regional != (region != NULL))
			continue;
		item = json_add_object(array);
		json_set_text(item, "metric", metrics[i].name);
		json_set(
			item, "limit", cJSON_CreateNumber(emu_quota_limit(emulator, project, region, metrics[i].name)));
		json_set(
			item, "usage", cJSON_CreateNumber(usage_of(emulator, &metrics[i], project, region, &machines)));
	}
	return array;
}

static char *region_of_path(const char *path)
{
	char *location = emu_link_location(path);

	return location && emu_link_is_zonal(path) ? emu_zone_region(location) : location;
}

bool emu_quota_check(struct emu_call *call, const char *path, const cJSON *body)
{
	const char *metric = call->kind->quota, *region = region_of_path(path);
	double limit;

	/* Metrics without region count global resources only. */
	if (!metric || (metric_find(metric)->regional != (region != NULL)))
		return true;
	limit = emu_quota_limit(call->emulator, call->route.project, region, metric);
	if (count_usage(call->emulator, call->kind, call->route.project, region) + 1 <= limit)
		return true;
	return emu_refuse(&call->refusal, 403, "quotaExceeded", "Quota '%s' exceeded.  Limit: %.1f %s%s.", metric,
		limit, region ? "in region " : "globally", region ? region : "");
}

bool emu_quota_machine_fits(struct emulator *emulator, const char *project, const char *region,
	struct emu_quota_need need, const char **metric, double *limit, bool *global)
{
	struct {
		const char *metric, *region;
		double wanted;
	} asks[] = {{"INSTANCES", region, 1}, {"CPUS", region, need.cpus},
		{need.cards.card ? emu_cards_metric(need.cards) : NULL, region, need.cards.count},
		{"CPUS_ALL_REGIONS", NULL, need.cpus}, {"GPUS_ALL_REGIONS", NULL, need.cards.count}};
	struct machines here, all;

	/* The usual limits are far away; counting all machines for each new one would cost more than they are worth. */
	if (!emulator->world.quotas.count)
		return true;
	here = machines_of(emulator, project, region);
	all = machines_of(emulator, project, NULL);
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		*metric = asks[i].metric;
		*global = !asks[i].region;
		if (!*metric || !asks[i].wanted)
			continue;
		*limit = emu_quota_limit(emulator, project, asks[i].region, asks[i].metric);
		if (usage_of(emulator, metric_find(*metric), project, asks[i].region, *global ? &all : &here) +
				asks[i].wanted >
			*limit)
			return false;
	}
	return true;
}
