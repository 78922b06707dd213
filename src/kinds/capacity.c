/* One backend of a backend service: a group, and how much of the traffic it takes. */
#include "kinds/internal.h"

static const char *mode_of(const struct lb_capacity *capacity)
{
	if (capacity->balancing_mode)
		return capacity->balancing_mode;
	if (capacity->max_rate != LB_ABSENT || capacity->max_rate_per_instance)
		return "RATE";
	return capacity->custom_metrics.count ? "CUSTOM_METRICS" : "UTILIZATION";
}

static void set_metrics(cJSON *backend, const struct lb_capacity_metrics *metrics)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < metrics->count; i++) {
		const struct lb_capacity_metric *metric = &metrics->items[i];
		cJSON *item = json_add_object(list);

		json_set_text(item, "name", metric->name);
		set_share(item, "maxUtilization", metric->max_utilization_percent);
		json_set_bool(item, "dryRun", metric->dry_run);
	}
	json_set(backend, "customMetrics", metrics->count ? list : cJSON_CreateNull());
}

/* The group must be a full URL (gce-compute-v1.md section 2). */
void add_backend(cJSON *backends, const char *group_url, const struct lb_capacity *capacity)
{
	cJSON *backend = json_add_object(backends);
	int64_t scaler = capacity->capacity_scaler_percent;

	json_set_text(backend, "group", group_url);
	json_set_text(backend, "balancingMode", mode_of(capacity));
	set_share(backend, "capacityScaler", scaler == LB_ABSENT ? 100 : scaler);
	set_share(backend, "maxUtilization", capacity->max_utilization_percent);
	set_int(backend, "maxRate", capacity->max_rate);
	set_number(backend, "maxRatePerInstance", capacity->max_rate_per_instance);
	set_metrics(backend, &capacity->custom_metrics);
	set_text(backend, "preference", capacity->preference);
}
