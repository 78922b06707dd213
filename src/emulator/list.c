#include "emulator/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "emulator/call.h"
#include "emulator/catalog.h"
#include "emulator/core.h"
#include "emulator/filter.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"

enum { PAGE_MAX = 500 };

void emu_items_add(struct emu_items *items, const char *name, int64_t created, const void *thing)
{
	if (items->count == items->capacity) {
		struct emu_item *before = items->items;

		items->capacity = items->capacity ? items->capacity * 2 : 64;
		items->items = arena_alloc(json_arena(), items->capacity * sizeof(*items->items));
		if (before)
			memcpy(items->items, before, items->count * sizeof(*before));
	}
	items->items[items->count++] = (struct emu_item){
		.scope = items->scope ? items->scope : "", .name = name, .created = created, .thing = thing};
}

/* Which part of the items is wanted. */
struct page {
	struct emu_filter *filter; /* NULL: all */
	bool newest_first;
	int64_t most;
	bool has_start;
	struct emu_item start; /* the last item of the page before */
	uint64_t query;        /* a token is good for the same query only */
};

static int compare_names(const void *first, const void *second)
{
	const struct emu_item *a = first, *b = second;
	int scopes = strcmp(a->scope, b->scope);

	return scopes ? scopes : strcmp(a->name, b->name);
}

static int compare_newest(const void *first, const void *second)
{
	const struct emu_item *a = first, *b = second;

	if (a->created != b->created)
		return a->created > b->created ? -1 : 1;
	return compare_names(a, b);
}

static uint64_t query_hash(const struct emu_call *call)
{
	const char *filter = emu_query_get(&call->query, "filter"), *order = emu_query_get(&call->query, "orderBy");

	return hash_text(
		arena_printf(json_arena(), "%s\n%s\n%s", call->route.below, filter ? filter : "", order ? order : ""));
}

static const char *page_token(const struct page *page, const struct emu_item *last)
{
	cJSON *token = cJSON_CreateObject();
	struct str text = STR_INIT(0);
	const char *printed, *encoded;

	json_setf(token, "query", "%" PRIx64, page->query);
	json_set_text(token, "scope", last->scope);
	json_set_text(token, "name", last->name);
	json_setf(token, "created", "%" PRId64, last->created);
	printed = json_print(token);
	str_add_base64(&text, printed, strlen(printed), true);
	encoded = arena_strdup(json_arena(), str_text(&text));
	str_done(&text);
	return encoded;
}

/* base64url, as page_token writes it. */
static cJSON *token_tree(const char *text)
{
	struct str decoded = STR_INIT(4096);
	char *plain = arena_strdup(json_arena(), text);
	struct error err;
	cJSON *tree = NULL;

	for (char *at = plain; *at; at++)
		*at = *at == '-' ? '+' : *at == '_' ? '/' : *at;
	if (str_decode_base64(&decoded, plain, strlen(plain)))
		tree = json_parse(str_text(&decoded), decoded.length, (struct json_limits){0}, &err);
	str_done(&decoded);
	return tree;
}

static bool invalid_parameter(struct emu_call *call, const char *name, const char *value, const char *why)
{
	return emu_refuse(&call->refusal, 400, "invalid", "Invalid value for field '%s': '%s'. %s", name, value, why);
}

static bool read_token(struct emu_call *call, struct page *page)
{
	const char *text = emu_query_get(&call->query, "pageToken");
	cJSON *tree = text && *text ? token_tree(text) : NULL;
	const char *query = json_text_or(tree, "query", "");

	if (!text || !*text)
		return true;
	if (!tree || strcmp(query, arena_printf(json_arena(), "%" PRIx64, page->query)) != 0)
		return invalid_parameter(call, "pageToken", text, "The page token is not valid for this request.");
	page->has_start = true;
	page->start.scope = json_text_or(tree, "scope", "");
	page->start.name = json_text_or(tree, "name", "");
	page->start.created = json_int(tree, "created", 0);
	return true;
}

static bool read_most(struct emu_call *call, struct page *page)
{
	const char *text = emu_query_get(&call->query, "maxResults");
	char *end = "";

	page->most = text ? strtol(text, &end, 10) : PAGE_MAX;
	if ((text && !*text) || *end || page->most < 0 || page->most > PAGE_MAX)
		return invalid_parameter(call, "maxResults", text, "Must be between 0 and 500.");
	if (!page->most)
		page->most = PAGE_MAX;
	return true;
}

static bool read_order(struct emu_call *call, struct page *page)
{
	const char *order = emu_query_get(&call->query, "orderBy");

	page->newest_first = order && !strcmp(order, "creationTimestamp desc");
	if (!order || !*order || page->newest_first || !strcmp(order, "name"))
		return true;
	return invalid_parameter(call, "orderBy", order, "Only 'name' and 'creationTimestamp desc' are supported.");
}

static bool read_page(struct emu_call *call, struct page *page)
{
	const char *filter = emu_query_get(&call->query, "filter");

	*page = (struct page){.query = query_hash(call)};
	if (!read_most(call, page) || !read_order(call, page) || !read_token(call, page))
		return false;
	if (filter && *filter)
		page->filter = emu_filter_parse(filter, &call->refusal);
	return !call->refusal.status;
}

struct emu_items *emu_items_page(struct emu_call *call, const struct emu_items *items, const char **next)
{
	struct emu_items *chosen = arena_alloc(json_arena(), sizeof(*chosen));
	int (*compare)(const void *, const void *);
	struct page page;

	*next = NULL;
	if (!read_page(call, &page))
		return NULL;
	compare = page.newest_first ? compare_newest : compare_names;
	if (items->count)
		qsort(items->items, items->count, sizeof(*items->items), compare);
	for (size_t i = 0; i < items->count; i++) {
		struct emu_item *item = &items->items[i];
		cJSON *tree;

		if (page.has_start && compare(item, &page.start) <= 0)
			continue;
		if ((int64_t)chosen->count == page.most) {
			*next = page_token(&page, &chosen->items[chosen->count - 1]);
			break;
		}
		tree = items->render(call->emulator, item->thing);
		if (page.filter && !emu_filter_matches(page.filter, tree))
			continue;
		chosen->scope = item->scope;
		emu_items_add(chosen, item->name, item->created, tree);
	}
	emu_filter_free(page.filter);
	return chosen;
}

static cJSON *render_resource(struct emulator *emulator, const void *thing)
{
	return emu_resource_json(emulator, thing);
}

static void collect_shelf(
	struct emulator *emulator, const struct emu_kind *kind, const char *scope_path, struct emu_items *items)
{
	const char *path = arena_printf(json_arena(), "%s/%s", scope_path, kind->collection);
	const struct emu_shelf *shelf = emu_store_shelf(&emulator->store, path);

	items->render = render_resource;
	for (size_t i = 0; shelf && i < shelf->count; i++) {
		const struct emu_resource *resource = shelf->own_items[i];

		if (resource->visible)
			emu_items_add(items, emu_link_name(resource->own_path), resource->created, resource);
	}
}

static void collect(
	struct emulator *emulator, const struct emu_kind *kind, const char *scope_path, struct emu_items *items)
{
	if (kind->collect)
		kind->collect(emulator, scope_path, items);
	else
		collect_shelf(emulator, kind, scope_path, items);
}

static bool is_unreachable(const struct emulator *emulator, const char *scope)
{
	return map_find(&emulator->world.unreachable, scope) != NULL;
}

static bool refuse_unreachable(struct emu_call *call, const char *scope)
{
	return emu_refuse(
		&call->refusal, 503, "backendError", "The scope '%s' cannot be reached at the moment.", scope);
}

/* "compute#urlMapList"; the regional lists of groups and autoscalers say "region". */
static const char *list_type(const struct emu_call *call)
{
	bool odd = call->route.scope == EMU_REGION &&
	           (call->kind == &emu_group_manager_kind || call->kind == &emu_instance_group_kind ||
			   call->kind == &emu_autoscaler_kind);

	if (odd)
		return arena_printf(json_arena(), "compute#region%sList", call->kind->message);
	return emu_kind_type(call->kind, "List");
}

bool emu_list(struct emu_call *call)
{
	struct emu_items all = {0}, *page;
	const char *scope_path = call->kind->scopes & EMU_IN_PROJECT
	                                 ? arena_printf(json_arena(), "projects/%s", call->route.project)
	                                 : emu_route_scope_path(&call->route);
	const char *below = strchr(scope_path + strlen("projects/"), '/'), *next;
	cJSON *body = cJSON_CreateObject(), *array;

	if (below && is_unreachable(call->emulator, below + 1))
		return refuse_unreachable(call, below + 1);
	collect(call->emulator, call->kind, scope_path, &all);
	page = emu_items_page(call, &all, &next);
	if (!page)
		return false;
	json_set_text(body, "kind", list_type(call));
	json_set_text(body, "id", call->route.below);
	array = page->count ? json_set_array(body, "items") : NULL;
	for (size_t i = 0; i < page->count; i++)
		json_add(array, (cJSON *)page->items[i].thing);
	json_set_text(body, "nextPageToken", next);
	json_set_text(body, "selfLink", emu_link_url(call->route.below));
	return emu_answer(call, arena_printf(json_arena(), "%sList", call->kind->message), body);
}

/* One scope of an aggregated list. */
static void aggregate_scope(
	struct emu_call *call, const char *scope, struct emu_items *all, cJSON *scopes, cJSON *unreachables)
{
	cJSON *warning, *data, *entry;

	if (is_unreachable(call->emulator, scope)) {
		json_add_text(unreachables, scope);
		return;
	}
	all->scope = scope;
	collect(call->emulator, call->kind, arena_printf(json_arena(), "projects/%s/%s", call->route.project, scope),
		all);
	warning = json_set_object(json_set_object(scopes, scope), "warning");
	json_set_text(warning, "code", "NO_RESULTS_ON_PAGE");
	json_setf(warning, "message", "There are no results for scope '%s' on this page.", scope);
	data = json_set_array(warning, "data");
	entry = json_add_object(data);
	json_set_text(entry, "key", "scope");
	json_set_text(entry, "value", scope);
}

/* Scopes start with their warning; the first item of a scope takes its place. */
static void place_item(const struct emu_call *call, cJSON *scopes, const struct emu_item *item)
{
	cJSON *scope = json_member(scopes, item->scope);
	cJSON *array = json_member(scope, call->kind->collection);

	json_remove(scope, "warning");
	json_add(array ? array : json_set_array(scope, call->kind->collection), (cJSON *)item->thing);
}

static unsigned wanted_scopes(const struct emu_call *call)
{
	if (emu_query_true(&call->query, "includeAllScopes", false))
		return EMU_IN_GLOBAL | EMU_IN_REGION | EMU_IN_ZONE;
	return call->kind->scopes;
}

bool emu_aggregate(struct emu_call *call)
{
	cJSON *body = cJSON_CreateObject(), *scopes, *unreachables = cJSON_CreateArray();
	struct emu_items all = {0}, *page;
	const char *const *names = emu_catalog_scopes(wanted_scopes(call)), *next;

	json_set_text(body, "kind", emu_kind_type(call->kind, "AggregatedList"));
	json_set_text(body, "id", call->route.below);
	scopes = json_set_object(body, "items");
	for (; *names; names++)
		aggregate_scope(call, *names, &all, scopes, unreachables);
	if (unreachables->child && !emu_query_true(&call->query, "returnPartialSuccess", false))
		return refuse_unreachable(call, unreachables->child->valuestring);
	page = emu_items_page(call, &all, &next);
	if (!page)
		return false;
	for (size_t i = 0; i < page->count; i++)
		place_item(call, scopes, &page->items[i]);
	json_set_text(body, "nextPageToken", next);
	json_set_text(body, "selfLink", emu_link_url(call->route.below));
	if (unreachables->child)
		json_set(body, "unreachables", unreachables);
	return emu_answer(call, arena_printf(json_arena(), "%sAggregatedList", call->kind->message), body);
}

static cJSON *render_tree(struct emulator *emulator, const void *thing)
{
	return (cJSON *)thing;
}

bool emu_list_array(struct emu_call *call, cJSON *answer, const char *member, cJSON *array)
{
	struct emu_items all = {.render = render_tree}, *page;
	const char *next;
	cJSON *item, *chosen, *following;
	int index = 0;

	for (item = array->child; item; item = following) {
		following = item->next;
		cJSON_DetachItemViaPointer(array, item);
		emu_items_add(&all, arena_printf(json_arena(), "%08d", index++), 0, item);
	}
	page = emu_items_page(call, &all, &next);
	if (!page)
		return false;
	chosen = page->count ? json_set_array(answer, member) : NULL;
	for (size_t i = 0; i < page->count; i++)
		json_add(chosen, (cJSON *)page->items[i].thing);
	json_set_text(answer, "nextPageToken", next);
	return emu_answer(call, NULL, answer);
}
