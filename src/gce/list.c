/* gce_list: page after page, each split while it streams. A list is the proof that something is absent, so it is complete or
 * it fails: whatever is cut, repeated, skipped, unreachable or of the wrong shape ends in done(err). */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/map.h"
#include "base/str.h"
#include "gce/answer.h"
#include "gce/identity.h"
#include "gce/select.h"
#include "gce/transfer.h"

enum { PAGE_TRIES = 4, PAGE_MS = 120000, SILENCE_MS = 30000, PAGES_MOST = 10000, ITEM_MAX = 1024 * 1024 };

struct list {
	struct gce_call base;
	struct gce_list told; /* only the functions and arg: the texts are in the own_ members */
	char *own_project, *own_path, *own_query, *own_inner;
	char *own_token; /* of the page being read, NULL: the first */
	unsigned pages;
	struct json_split split;
	struct transfer transfer;
	struct token *token;    /* that it is read with */
	struct map unreachable; /* scopes told so far; values are not used */
	struct error problem;   /* what makes this page unusable; class NONE: nothing so far */
	bool held;              /* we are below a callback: memory stays until it returns */
	bool stopped;           /* it was cancelled meanwhile */
};

static void free_list(struct list *list)
{
	json_split_done(&list->split);
	map_done(&list->unreachable, NULL);
	mem_free(list->own_project);
	mem_free(list->own_path);
	mem_free(list->own_query);
	mem_free(list->own_inner);
	mem_free(list->own_token);
	mem_free(list);
}

static void stop_list(struct gce_call *base)
{
	struct list *list = (struct list *)base;
	transfer_stop(&list->transfer);
	list->stopped = true;
	if (!list->held)
		free_list(list);
}

static void end(struct list *list, const struct error *err)
{
	void (*done)(void *arg, const struct error *err) = list->told.done;
	void *arg = list->told.arg;
	struct error copy = err ? *err : (struct error){0};
	gce_cancel(&list->base);
	done(arg, err ? &copy : NULL);
}

static const char *subject(const struct list *list)
{
	return path_below_project(list->own_path);
}

static bool unusable(struct list *list, const char *why)
{
	if (list->problem.class == ERROR_NONE)
		answer_bad(&list->problem, subject(list), why);
	return false;
}

static void on_element(void *arg, const char *text, size_t length)
{
	struct list *list = arg;
	if (list->stopped || list->problem.class != ERROR_NONE)
		return;
	if (length == 0 || text[0] != '{')
		unusable(list, "an element of the list is no object");
	else
		list->told.item(list->told.arg, text, length);
}

static bool on_data(void *arg, const char *bytes, size_t length)
{
	struct list *list = arg;
	struct error err = {0};
	list->held = true;
	bool good = json_split_feed(&list->split, bytes, length, &err);
	list->held = false;
	if (list->stopped) {
		free_list(list);
		return false;
	}
	return (good || unusable(list, err.message)) && list->problem.class == ERROR_NONE;
}

static void begin_page(struct list *list);

/* What a page says beside its elements. */
struct page {
	char *own_token;        /* of the next one; NULL: this was the last */
	struct vec unreachable; /* of own texts */
};

static void page_done(struct page *page)
{
	mem_free(page->own_token);
	vec_done(&page->unreachable, mem_free);
}

static void add_unreachable(struct list *list, struct page *page, const char *scope)
{
	if (map_find(&list->unreachable, scope))
		return;
	map_put(&list->unreachable, scope, list);
	vec_add(&page->unreachable, mem_strdup(scope));
}

/* A warning that takes nothing away from what the list proves. */
static bool is_harmless(const cJSON *warning)
{
	const char *code = json_text(warning, "code");
	return !cJSON_IsObject(warning) || text_equal(code, "NO_RESULTS_ON_PAGE");
}

static bool read_scopes(struct list *list, const cJSON *items, struct page *page)
{
	const cJSON *scope;
	if (items && !cJSON_IsObject(items))
		return unusable(list, "its items are not sorted by scope");
	cJSON_ArrayForEach(scope, items)
	{
		const cJSON *inner = json_member(scope, list->own_inner);
		if (!cJSON_IsObject(scope) || (inner && !cJSON_IsArray(inner)))
			return unusable(list, "the items of a scope are no array");
		if (!is_harmless(json_member(scope, "warning")))
			add_unreachable(list, page, scope->string);
	}
	return true;
}

static bool read_items(struct list *list, const cJSON *rest, struct page *page)
{
	const cJSON *items = json_member(rest, "items");
	const char *kind = json_text(rest, "kind");
	const cJSON *scope;
	if (!kind || !text_ends(kind, "List"))
		return unusable(list, "it does not say that it is a list");
	cJSON_ArrayForEach(scope, json_member(rest, "unreachables"))
	{
		add_unreachable(list, page, cJSON_IsString(scope) ? scope->valuestring : "?");
	}
	if (list->own_inner)
		return read_scopes(list, items, page);
	if (items && !cJSON_IsArray(items))
		return unusable(list, "its items are no array");
	if (!is_harmless(json_member(rest, "warning")))
		add_unreachable(
			list, page, json_text_or(rest, "warning.message", "a part that the warning does not name"));
	return true;
}

static bool read_token(struct list *list, const cJSON *rest, struct page *page)
{
	const cJSON *token = json_member(rest, "nextPageToken");
	if (!token || (cJSON_IsString(token) && !*token->valuestring))
		return true;
	if (!cJSON_IsString(token))
		return unusable(list, "its page token is no text");
	if (text_equal(token->valuestring, list->own_token))
		return unusable(list, "a page names itself as the next one");
	if (list->pages >= PAGES_MOST)
		return unusable(list, "it has no end");
	page->own_token = mem_strdup(token->valuestring);
	return true;
}

static bool read_rest(struct list *list, struct page *page)
{
	JSON_WORK(work);
	struct error err = {0};
	const char *text;
	if (!json_split_end(&list->split, &text, &err))
		return unusable(list, err.message);
	struct gce_answer answer = {200, text, strlen(text)};
	cJSON *rest = answer_object(&answer, subject(list), &list->problem);
	if (!rest || !read_items(list, rest, page) || !read_token(list, rest, page))
		return false;
	return list->split.skipped == 0 || unusable(list, "an element is larger than 1 MiB");
}

/* false: the list was cancelled, and is gone. */
static bool tell_unreachable(struct list *list, const struct page *page)
{
	list->held = true;
	for (size_t i = 0; i < page->unreachable.count && list->told.unreachable && !list->stopped; i++)
		list->told.unreachable(list->told.arg, page->unreachable.own_items[i]);
	list->held = false;
	if (list->stopped) {
		free_list(list);
		return false;
	}
	return true;
}

static void end_complete(struct list *list)
{
	struct error err = {0};
	if (list->unreachable.count == 0) {
		end(list, NULL);
		return;
	}
	error_set(&err, ERROR_TRANSIENT, "%s: Compute Engine cannot reach %s%s", subject(list),
		list->unreachable.own_entries[0].own_key, list->unreachable.count > 1 ? " and others" : "");
	error_reason(&err, "CloudUnavailable");
	error_code(&err, "UNREACHABLE");
	end(list, &err);
}

static void on_page(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct list *list = arg;
	__attribute__((cleanup(page_done))) struct page page = {0};
	if (list->problem.class != ERROR_NONE || err) {
		end(list, list->problem.class != ERROR_NONE ? &list->problem : err);
		return;
	}
	if (!read_rest(list, &page)) {
		end(list, &list->problem);
		return;
	}
	if (!tell_unreachable(list, &page))
		return;
	mem_free(list->own_token);
	list->own_token = TAKE(page.own_token);
	if (list->own_token)
		begin_page(list);
	else
		end_complete(list);
}

static char *page_query(const struct list *list)
{
	AUTO_STR struct str query = {0};
	str_adds(&query, "maxResults=500&prettyPrint=false");
	if (list->own_inner)
		str_adds(&query, "&returnPartialSuccess=true");
	if (list->own_token) {
		str_adds(&query, "&pageToken=");
		str_add_escaped(&query, list->own_token);
	}
	return str_take(&query);
}

static void begin_page(struct list *list)
{
	AUTO_FREE char *extra = page_query(list);
	struct transfer_request request = {
		.project = list->own_project,
		.token = list->token,
		.budget = list->own_inner                            ? GCE_HEAVY
	                  : text_ends(list->own_path, "/operations") ? GCE_OPERATION
	                                                             : GCE_LIST,
		.method = "GET",
		.path = list->own_path,
		.query = list->own_query,
		.extra = extra,
		.tries = PAGE_TRIES,
		.patient = true,
		.total_ms = PAGE_MS,
		.silence_ms = SILENCE_MS,
		.data = on_data,
	};
	json_split_done(&list->split);
	list->split = (struct json_split){.form = JSON_SPLIT_MEMBER,
		.member = "items",
		.inner = list->own_inner,
		.maximum = ITEM_MAX,
		.fn = on_element,
		.arg = list};
	json_split_init(&list->split);
	list->pages++;
	transfer_start(&list->transfer, list->base.gce, &request, on_page, list);
}

struct gce_call *gce_list(struct gce *gce, const struct gce_list *list)
{
	struct list *own = mem_alloc(sizeof(*own));
	own->told = (struct gce_list){
		.item = list->item, .unreachable = list->unreachable, .done = list->done, .arg = list->arg};
	own->token = identity_token(gce, list->identity);
	own->own_project = mem_strdup(list->project);
	own->own_path = mem_strdup(list->path);
	own->own_inner = mem_strdup(list->inner);
	own->own_query = list_query(list->query, list->inner != NULL);
	call_add(gce, &own->base, stop_list);
	begin_page(own);
	return &own->base;
}
