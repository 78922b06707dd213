/* The emulator's selectors: filter, field mask, and an item. NOT of a filter is its opposite; a mask of all members takes all. */
#include "fuzz.h"

#include "base/str.h"
#include "emulator/fields.h"
#include "emulator/filter.h"
#include "emulator/link.h"
#include "emulator/query.h"
#include "emulator/route.h"
#include "emulator/schema.h"

static struct emu_schema *schema;

int LLVMFuzzerInitialize(int *count, char ***arguments);

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	schema = emu_schema_new(NULL, 0, NULL);
	assert(schema);
	return 0;
}

static void filters(const char *text, const cJSON *item)
{
	struct emu_refusal refusal = {0};
	struct emu_filter *filter = emu_filter_parse(text, &refusal);
	if (!filter) {
		assert(refusal.status == 400);
		return;
	}
	bool matches = emu_filter_matches(filter, item);
	emu_filter_free(filter);
	refusal = (struct emu_refusal){0};
	filter = emu_filter_parse(arena_printf(json_arena(), "NOT (%s)", text), &refusal);
	if (filter)
		assert(emu_filter_matches(filter, item) == !matches);
	emu_filter_free(filter);
}

static void masks(const char *text, const cJSON *item)
{
	struct emu_refusal refusal = {0};
	const cJSON *chosen = emu_fields_select(schema, "UrlMap", text, item, &refusal);
	assert(!chosen == (refusal.status != 0));
	chosen = emu_fields_select(schema, NULL, "*", item, &refusal);
	if (cJSON_IsObject(item) && chosen)
		assert(json_equal(chosen, item));
}

static void routes(const char *text)
{
	struct emu_route route = {0};
	struct emu_query query = {0};
	const char *path = emu_link_path(text, "my-project");
	if (path)
		assert(text_equal(emu_link_path(emu_link_url(path), "my-project"), path));
	if (emu_route_parse(&route, text) && route.collection)
		emu_route_scope_path(&route);
	emu_query_parse(&query, text);
	assert(query.count <= EMU_QUERY_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct input input = {(const char *)bytes, length, false};
	struct part filter, mask, item_text;
	input_part(&input, &filter);
	input_part(&input, &mask);
	input_part(&input, &item_text);
	const cJSON *item = part_json(item_text);
	if (!item)
		item = json_parse_text("{\"name\":\"n\",\"labels\":{\"a\":\"b\"},\"n\":5,\"list\":[\"x\",{\"y\":1}]}");
	filters(part_text(filter), item);
	masks(part_text(mask), item);
	routes(part_text(mask));
	return 0;
}
