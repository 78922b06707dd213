#include "emulator/accelerator.h"

#include <string.h>

#include "base/str.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/template.h"

static const struct emu_card cards[] = {
	{"nvidia-a100-80gb", "europe-west4-a us-central1-ac us-east4-c", 8, "NVIDIA_A100_80GB_GPUS", false,
		"NVIDIA A100 80GB"},
	{"nvidia-l4",
		"asia-east1-ac asia-southeast1-abc europe-west1-bc europe-west4-abc us-central1-abc us-east1-bcd "
		"us-east4-ac us-west1-abc us-west4-ac",
		8, "NVIDIA_L4_GPUS", false, "NVIDIA L4"},
	{"nvidia-tesla-a100", "asia-southeast1-bc europe-west4-ab us-central1-abcf us-east1-b us-west1-b", 16,
		"NVIDIA_A100_GPUS", false, "NVIDIA A100 40GB"},
	{"nvidia-tesla-p100", "asia-east1-ac europe-west1-bd europe-west4-a us-central1-cf us-east1-bc us-west1-ab", 4,
		"NVIDIA_P100_GPUS", true, "NVIDIA Tesla P100"},
	{"nvidia-tesla-p4", "asia-southeast1-bc europe-west4-bc us-central1-ac us-east4-abc", 4, "NVIDIA_P4_GPUS", true,
		"NVIDIA Tesla P4"},
	{"nvidia-tesla-t4",
		"asia-east1-ac asia-southeast1-abc europe-west1-bcd europe-west3-b europe-west4-abc "
		"us-central1-abcf us-east1-cd us-east4-b us-west1-ab us-west4-ab",
		4, "NVIDIA_T4_GPUS", true, "NVIDIA T4"},
	{"nvidia-tesla-v100", "asia-east1-c europe-west4-abc us-central1-abcf us-east1-c us-west1-ab", 8,
		"NVIDIA_V100_GPUS", true, "NVIDIA V100"},
};
enum { CARDS = sizeof(cards) / sizeof(cards[0]) };

static bool is_offered(const struct emu_card *card, const char *zone)
{
	size_t region = (size_t)(strrchr(zone, '-') - zone) + 1;

	for (const char *at = card->zones; *at; at += *at == ' ') {
		size_t length = strcspn(at, " ");

		if (length > region && strncmp(at, zone, region) == 0 &&
			memchr(at + region, zone[region], length - region))
			return true;
		at += length;
	}
	return false;
}

const struct emu_card *emu_card_find(const char *zone, const char *name)
{
	for (size_t i = 0; i < CARDS; i++)
		if (!strcmp(cards[i].name, name) && (!zone || is_offered(&cards[i], zone)))
			return &cards[i];
	return NULL;
}

struct emu_cards emu_cards_of(const struct emu_machine_type *type, const struct emu_template *template)
{
	struct emu_cards found = {.spot = template->spot};

	if (type && type->accelerator) {
		found.card = emu_card_find(NULL, type->accelerator);
		found.count = type->accelerators;
	} else if (template->own_card) {
		found.card = emu_card_find(NULL, template->own_card);
		found.count = template->cards;
	}
	return found;
}

char *emu_cards_metric(struct emu_cards found)
{
	return arena_printf(json_arena(), "%s%s", found.spot ? "PREEMPTIBLE_" : "", found.card->metric);
}

static bool is_power_of_two(int64_t count)
{
	return count > 0 && (count & (count - 1)) == 0;
}

static char *counts_of(const struct emu_card *card)
{
	AUTO_STR struct str text = STR_INIT(64);

	for (int count = 1; count <= card->most; count *= 2)
		str_addf(&text, "%s%d", count > 1 ? ", " : "", count);
	return arena_strdup(json_arena(), str_text(&text));
}

static char *attached_problem(
	const char *project, const char *zone, const struct emu_machine_type *type, const cJSON *given)
{
	const char *name = json_text_or(given, "acceleratorType", "");
	const struct emu_card *card = emu_card_find(zone, name);
	int64_t count = json_int(given, "acceleratorCount", 0);

	if (!card)
		return arena_printf(json_arena(),
			"Invalid value for field 'resource.guestAccelerators[0].acceleratorType': "
			"'projects/%s/zones/%s/acceleratorTypes/%s'. The referenced acceleratorType resource cannot be "
			"found.",
			project, zone, name);
	if (!card->attachable || !text_starts(type->name, "n1-"))
		return arena_printf(
			json_arena(), "[%s, %s] features are not compatible for creating instance.", type->name, name);
	if (!is_power_of_two(count) || count > card->most)
		return arena_printf(json_arena(),
			"Invalid value for field 'resource.guestAccelerators[0].acceleratorCount': '%d'. Number of "
			"accelerator cards attached to an instance must be one of [%s].",
			(int)count, counts_of(card));
	return NULL;
}

char *emu_cards_problem(
	const char *project, const char *zone, const struct emu_machine_type *type, const cJSON *properties)
{
	const cJSON *given = json_at(properties, "guestAccelerators[0]");
	char *problem = given ? attached_problem(project, zone, type, given) : NULL;

	if (problem)
		return problem;
	if (type->accelerator && !emu_card_find(zone, type->accelerator))
		return arena_printf(json_arena(),
			"Invalid value for field 'resource.machineType': 'projects/%s/zones/%s/machineTypes/%s'. "
			"Machine type with name '%s' does not exist in zone '%s'.",
			project, zone, type->name, type->name, zone);
	if ((given || type->accelerator) &&
		!text_equal(json_text(properties, "scheduling.onHostMaintenance"), "TERMINATE"))
		return arena_strdup(json_arena(), "Instances with guest accelerators do not support live migration.");
	return NULL;
}

/* acceleratorTypes */

static cJSON *accelerator_type_find(struct emulator *emulator, const char *path)
{
	const char *zone = emu_link_location(path);
	const struct emu_card *card = emu_card_find(zone, emu_link_name(path));
	cJSON *body;

	if (!card)
		return NULL;
	body = emu_catalog_thing(&emu_accelerator_type_kind, path);
	json_set_text(body, "description", card->text);
	json_set_int(body, "maximumCardsPerInstance", card->most);
	json_setf(body, "zone", EMU_LINK_BASE "projects/%s/zones/%s", emu_link_project(path), zone);
	return body;
}

static void accelerator_type_collect(struct emulator *emulator, const char *scope_path, struct emu_items *items)
{
	const char *zone = emu_link_name(scope_path);

	for (size_t i = 0; i < CARDS; i++)
		if (is_offered(&cards[i], zone))
			emu_catalog_collect(items, &emu_accelerator_type_kind,
				arena_printf(json_arena(), "%s/acceleratorTypes/%s", scope_path, cards[i].name));
}

const struct emu_kind emu_accelerator_type_kind = {.collection = "acceleratorTypes",
	.message = "AcceleratorType",
	.noun = "accelerator_type",
	.scopes = EMU_IN_ZONE,
	.find = accelerator_type_find,
	.collect = accelerator_type_collect};
