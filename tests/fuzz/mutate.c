/* A mutator for inputs whose parts are JSON: it changes trees, so that what comes out is still JSON and reaches what lies behind
 * the parser. Now and then, and for parts that are none, libFuzzer's own mutations are taken. */
#include "fuzz.h"

#include "base/str.h"

enum { TEXT_MAX = 256, NODES_MAX = 4096, PARTS_MAX = 16 };

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t length, size_t maximum);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t maximum, unsigned seed);

struct nodes {
	cJSON *items[NODES_MAX];
	size_t count;
};

static uint64_t roll(uint64_t *dice, uint64_t sides)
{
	*dice = *dice * 6364136223846793005u + 1442695040888963407u;
	return (*dice >> 33) % sides;
}

static void collect(struct nodes *nodes, cJSON *tree)
{
	if (nodes->count < NODES_MAX)
		nodes->items[nodes->count++] = tree;
	for (cJSON *each = tree->child; each; each = each->next)
		collect(nodes, each);
}

/* A text as libFuzzer would change it: its dictionary is in it. */
static char *other_text(const char *text)
{
	uint8_t bytes[TEXT_MAX + 1];
	size_t length = strnlen(text, TEXT_MAX);
	memcpy(bytes, text, length);
	length = LLVMFuzzerMutate(bytes, length, TEXT_MAX);
	return arena_strndup(json_arena(), (const char *)bytes, text_utf8((const char *)bytes, length));
}

static cJSON *other_number(uint64_t *dice, double now)
{
	static const double edges[] = {0, 1, -1, 2, 63, 64, 80, 100, 255, 256, 443, 65535, 65536, 2147483647,
		2147483648, -2147483648, 4294967296, 9007199254740992, 0.5, 1e-7, 1e300};
	if (roll(dice, 3) == 0)
		return cJSON_CreateNumber(now + (double)roll(dice, 5) - 2);
	return cJSON_CreateNumber(edges[roll(dice, sizeof(edges) / sizeof(*edges))]);
}

static cJSON *other_value(uint64_t *dice, const struct nodes *nodes, const cJSON *now)
{
	switch (roll(dice, 8)) {
	case 0:
		return cJSON_CreateNull();
	case 1:
		return cJSON_CreateBool((int)roll(dice, 2));
	case 2:
		return roll(dice, 2) ? cJSON_CreateObject() : cJSON_CreateArray();
	case 3:
		return other_number(dice, cJSON_IsNumber(now) ? now->valuedouble : 0);
	case 4:
		return cJSON_CreateString(other_text(cJSON_IsString(now) ? now->valuestring : ""));
	case 5:
		return json_copy(nodes->items[roll(dice, nodes->count)]);
	default:
		if (cJSON_IsNumber(now))
			return other_number(dice, now->valuedouble);
		return cJSON_CreateString(other_text(cJSON_IsString(now) ? now->valuestring : ""));
	}
}

/* Puts a value into a container that has one of that name or place already. */
static void put(cJSON *into, cJSON *at, cJSON *value)
{
	if (cJSON_IsObject(into))
		cJSON_ReplaceItemInObjectCaseSensitive(into, at->string, value);
	else
		cJSON_ReplaceItemViaPointer(into, at, value);
}

static void add(uint64_t *dice, const struct nodes *nodes, cJSON *into)
{
	const cJSON *like = nodes->items[roll(dice, nodes->count)];
	if (cJSON_IsArray(into))
		json_add(into, roll(dice, 2) ? other_value(dice, nodes, NULL) : json_copy(like));
	else
		json_set(into, other_text(like->string ? like->string : "name"), json_copy(like));
}

/* One change at or below a random container. */
static cJSON *change(cJSON *tree, uint64_t *dice)
{
	struct nodes *nodes = arena_alloc(json_arena(), sizeof(*nodes));
	collect(nodes, tree);
	cJSON *into = nodes->items[roll(dice, nodes->count)];
	int count = cJSON_GetArraySize(into);
	if (!cJSON_IsObject(into) && !cJSON_IsArray(into))
		return nodes->count == 1 ? other_value(dice, nodes, tree) : tree;
	cJSON *at = count ? cJSON_GetArrayItem(into, (int)roll(dice, (uint64_t)count)) : NULL;
	switch (roll(dice, 6)) {
	case 0:
		if (at)
			cJSON_DetachItemViaPointer(into, at);
		break;
	case 1:
		add(dice, nodes, into);
		break;
	default:
		if (at)
			put(into, at, other_value(dice, nodes, at));
		else
			add(dice, nodes, into);
	}
	return tree;
}

static bool change_part(struct part part, uint64_t *dice, struct str *to)
{
	cJSON *tree = part_json(part);
	if (!tree)
		return false;
	for (uint64_t changes = 1 + roll(dice, 3); changes; changes--)
		tree = change(tree, dice);
	return str_adds(to, json_print(tree));
}

/* Writes the input anew with one part of it changed. False: that part is no JSON, or the result is too long. */
static bool change_input(struct input input, uint64_t *dice, struct str *to)
{
	struct part parts[PARTS_MAX];
	size_t count = 0;
	while (count < PARTS_MAX && input_part(&input, &parts[count]))
		count++;
	size_t chosen = roll(dice, count);
	for (size_t i = 0; i < count; i++) {
		if (i && !str_adds(to, "\n%\n"))
			return false;
		bool fits = i == chosen ? change_part(parts[i], dice, to)
		                        : str_add(to, parts[i].length ? parts[i].text : "", parts[i].length);
		if (!fits)
			return false;
	}
	return true;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t maximum, unsigned seed)
{
	JSON_WORK(work);
	uint64_t dice = seed;
	AUTO_STR struct str changed = STR_INIT(maximum);
	struct input input = {(const char *)bytes, length, false};
	if (roll(&dice, 4) == 0 || !change_input(input, &dice, &changed))
		return LLVMFuzzerMutate(bytes, length, maximum);
	memcpy(bytes, str_text(&changed), changed.length);
	return changed.length;
}
