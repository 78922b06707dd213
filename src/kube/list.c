/* One list of everything in a collection, in pages, handed on object by object while it streams. All pages share the
 * snapshot of the first one. A page that the server refuses for now is asked for again; whatever else goes wrong in the
 * middle ends the list, and the next one begins from the start. */
#include "kube/reflector.h"

#include <string.h>

#include "kube/status.h"

enum { PAGE_OBJECTS = 500, PAGE_MS = 90 * 1000, REST_MAX = 1024 * 1024 };

static void list_page(void *arg);

void listing_done(struct listing *listing)
{
	mem_free(listing->own_version);
	mem_free(listing->own_continue);
	*listing = (struct listing){0};
}

static void list_begin(struct kube_watch *watch, bool whole)
{
	listing_done(&watch->listing);
	watch->listing.whole = whole;
	watch->listed_at = loop_now(watch->kube->loop);
	watch->options.list_begin(watch->options.arg);
	list_page(watch);
}

static void list_complete(struct kube_watch *watch)
{
	struct listing *listing = &watch->listing;
	mem_free(watch->own_version);
	watch->own_version = TAKE(listing->own_version);
	watch->too_large = listing->skipped;
	watch->heard_us = env_wall_us(watch->kube->env);
	watch_count(watch, K_LISTS, "pages");
	listing_done(listing);
	watch->options.list_end(watch->options.arg);
	watch_open(watch);
}

/* "WidgetList" in a list says that its objects are of kind "Widget". */
static bool kind_learn(struct kube_watch *watch, const cJSON *rest)
{
	const char *kind = json_text_or(rest, "kind", "");
	size_t length = strlen(kind);
	if (length <= 4 || !text_ends(kind, "List"))
		return false;
	mem_free(watch->own_kind);
	watch->own_kind = mem_strndup(kind, length - 4);
	return true;
}

/* Reads what surrounds the objects of a page. Sets own_continue to the next page's start, NULL after the last. */
static bool page_read(struct kube_watch *watch, const char *text, struct error *err)
{
	JSON_WORK(work);
	struct listing *listing = &watch->listing;
	const cJSON *rest = json_parse(text, strlen(text), (struct json_limits){.bytes = REST_MAX}, err);
	if (!rest)
		return false;
	const char *version = json_text_or(rest, "metadata.resourceVersion", "");
	if (listing->odd)
		return error_set(err, ERROR_TRANSIENT, "an element of the list is no object");
	if (!kind_learn(watch, rest) || !*version)
		return error_set(err, ERROR_TRANSIENT, "the answer is not a list with a resourceVersion");
	if (!listing->own_version)
		listing->own_version = mem_strdup(version);
	const char *next = json_text_or(rest, "metadata.continue", "");
	if (text_equal(listing->own_continue, next))
		return error_set(err, ERROR_TRANSIENT, "the list goes on where it just was");
	mem_free(listing->own_continue);
	listing->own_continue = *next ? mem_strdup(next) : NULL;
	return true;
}

static void page_complete(struct kube_watch *watch)
{
	struct error err = {0};
	const char *rest;
	bool good = json_split_end(&watch->split, &rest, &err) && page_read(watch, rest, &err);
	watch->listing.skipped += watch->split.skipped;
	watch_count_skipped(watch, watch->split.skipped);
	watch->waits = 0;
	json_split_done(&watch->split);
	if (!good) {
		error_context(&err, "list of %s", watch->own_list_kind);
		watch_failed(watch, &err);
	} else if (watch->listing.own_continue) {
		list_page(watch);
	} else {
		list_complete(watch);
	}
}

static void page_refused(struct kube_watch *watch, struct error err)
{
	if (kube_error_is_expired(&err) && watch->listing.own_continue) {
		list_begin(watch, true);
		return;
	}
	if (err.status == 404)
		watch_not_installed(watch, &err);
	if (!watch_wait(watch, &err, list_page))
		watch_failed(watch, &err);
}

static bool list_data(void *arg, const char *bytes, size_t length, struct error *err)
{
	struct kube_watch *watch = arg;
	return json_split_feed(&watch->split, bytes, length, err);
}

static void list_ended(void *arg, const struct error *err)
{
	struct kube_watch *watch = arg;
	if (!err) {
		page_complete(watch);
		return;
	}
	json_split_done(&watch->split);
	page_refused(watch, *err);
}

static void list_object(void *arg, const char *text, size_t length)
{
	struct kube_watch *watch = arg;
	watch->listing.odd = watch->listing.odd || text[0] != '{';
	if (!watch->listing.odd)
		watch->options.object(watch->options.arg, text, length);
}

static void list_page(void *arg)
{
	struct kube_watch *watch = arg;
	AUTO_STR struct str query = {0};
	if (!watch->listing.whole)
		str_addf(&query, "limit=%d", PAGE_OBJECTS);
	if (watch->listing.own_continue) {
		str_adds(&query, "&continue=");
		str_add_escaped(&query, watch->listing.own_continue);
	}
	struct stream_request request = {.path = watch->own_path, .query = str_text(&query), .total_ms = PAGE_MS};
	struct stream_handler handler = {.data = list_data, .end = list_ended, .arg = watch};
	watch->split = (struct json_split){.form = JSON_SPLIT_MEMBER, .member = "items"};
	watch_stream(watch, &request, &handler, list_object);
}

void list_start(struct kube_watch *watch)
{
	list_begin(watch, false);
}
