/* The operations of one scope for which there is no long poll left: the scope's list is read every 2 s, filtered by their names
 * while those fit into an address, else newest first until all of them were seen. One that is missing three times is asked for
 * by itself.
 * Invariant: a scope exists while somebody is in it, and has either a list in flight or its timer armed. */
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "gce/identity.h"
#include "gce/operation.h"

enum { PERIOD_MS = 2000, MISSES_MOST = 3, LOOK_AT_MOST = 2000, NAMES_MOST = 40 };

struct scope {
	struct gce *gce;
	char *own_project, *own_path, *own_identity;
	char *own_key; /* of the map of scopes */
	struct vec follows;
	struct timer timer;
	struct gce_call *list; /* in flight, or NULL */
	size_t looked_at;      /* operations of the present list */
	size_t missing;        /* follows that it has not shown yet */
	unsigned failures;
};

static void begin_list(void *arg);

static char *scope_path(const char *operation)
{
	return mem_strndup(operation, (size_t)(strrchr(operation, '/') - operation));
}

static void free_scope(struct scope *scope)
{
	map_remove(&scope->gce->operations.scopes, scope->own_key);
	gce_cancel(scope->list);
	timer_stop(scope->gce->loop, &scope->timer);
	vec_done(&scope->follows, NULL);
	mem_free(scope->own_project);
	mem_free(scope->own_path);
	mem_free(scope->own_identity);
	mem_free(scope->own_key);
	mem_free(scope);
}

void scope_join(struct follow *follow)
{
	struct map *scopes = &follow->gce->operations.scopes;
	AUTO_FREE char *path = scope_path(follow->own_path);
	const char *identity = follow->own_identity;
	AUTO_FREE char *key = mem_printf("%s %s", path, identity ? identity : "");
	struct scope *scope = map_find(scopes, key);
	if (!scope) {
		scope = mem_alloc(sizeof(*scope));
		scope->gce = follow->gce;
		scope->own_project = mem_strdup(follow->own_project);
		scope->own_path = TAKE(path);
		scope->own_identity = mem_strdup(identity);
		scope->own_key = TAKE(key);
		map_put(scopes, scope->own_key, scope);
		timer_start(scope->gce->loop, &scope->timer, PERIOD_MS, begin_list, scope);
	}
	vec_add(&scope->follows, follow);
	follow->scope = scope;
}

static void take_out(struct follow *follow)
{
	struct scope *scope = follow->scope;
	size_t at = 0;
	while (scope->follows.own_items[at] != follow)
		at++;
	vec_remove_at(&scope->follows, at);
	scope->missing -= follow->looked_for;
	follow->looked_for = false;
	follow->scope = NULL;
}

void scope_leave(struct follow *follow)
{
	struct scope *scope = follow->scope;
	if (!scope)
		return;
	take_out(follow);
	if (scope->follows.count == 0)
		free_scope(scope);
}

static void forget_list(struct scope *scope, int64_t pause_ms)
{
	gce_cancel(TAKE(scope->list));
	timer_start(scope->gce->loop, &scope->timer, pause_ms, begin_list, scope);
}

/* Those who cannot be found in lists get long polls. limit: how often one may have been missed. */
static void give_waits(struct scope *scope, unsigned limit)
{
	for (size_t i = 0; i < scope->follows.count;) {
		struct follow *follow = scope->follows.own_items[i];
		if (follow->missed < limit) {
			i++;
			continue;
		}
		take_out(follow);
		follow_wait(follow);
	}
	if (scope->follows.count == 0)
		free_scope(scope);
}

static void end_list(struct scope *scope)
{
	for (size_t i = 0; i < scope->follows.count; i++) {
		struct follow *follow = scope->follows.own_items[i];
		follow->missed += follow->looked_for;
		follow->looked_for = false;
	}
	scope->missing = 0;
	scope->failures = 0;
	forget_list(scope, PERIOD_MS);
	give_waits(scope, MISSES_MOST);
}

static void on_done(void *arg, const struct error *err)
{
	struct scope *scope = arg;
	scope->list = NULL;
	if (!err) {
		end_list(scope);
		return;
	}
	int64_t pause = PERIOD_MS + transfer_pause_ms(scope->gce, ++scope->failures);
	forget_list(scope, err->retry_after_ms > pause ? err->retry_after_ms : pause);
	if (err->class == ERROR_REJECTED)
		give_waits(scope, 0);
}

static struct follow *find_follow(const struct scope *scope, const char *name)
{
	for (size_t i = 0; name && i < scope->follows.count; i++) {
		struct follow *follow = scope->follows.own_items[i];
		if (text_equal(strrchr(follow->own_path, '/') + 1, name))
			return follow;
	}
	return NULL;
}

static struct follow *match(
	struct scope *scope, const char *text, size_t length, enum gce_outcome *outcome, struct error *err, bool *ended)
{
	JSON_WORK(work);
	cJSON *operation = json_parse(text, length, (struct json_limits){0}, NULL);
	struct follow *follow = find_follow(scope, json_text(operation, "name"));
	struct error_scene scene = token_scene(identity_token(scope->gce, scope->own_identity), scope->own_project);
	*ended = follow && operation_ended(operation, &scene, follow->own_subject, outcome, err);
	return follow;
}

static void on_item(void *arg, const char *text, size_t length)
{
	struct scope *scope = arg;
	struct error err = {0};
	enum gce_outcome outcome;
	bool ended;
	struct follow *follow = match(scope, text, length, &outcome, &err, &ended);
	if (follow) {
		scope->missing -= follow->looked_for;
		follow->looked_for = false;
		follow->missed = 0;
	}
	if (ended)
		take_out(follow);
	if (scope->follows.count == 0)
		free_scope(scope);
	else if (scope->missing == 0 || ++scope->looked_at >= LOOK_AT_MOST)
		end_list(scope);
	/* Last: whoever is told may change everything here. */
	if (ended)
		follow_end(follow, outcome, &err);
}

/* Parameters of the list. */
static char *scope_query(const struct scope *scope)
{
	AUTO_STR struct str names = {0};
	AUTO_STR struct str query = {0};
	if (scope->follows.count > NAMES_MOST)
		return mem_strdup("orderBy=creationTimestamp%20desc");
	for (size_t i = 0; i < scope->follows.count; i++)
		str_addf(&names, "%s%s", i ? "|" : "",
			strrchr(((struct follow *)scope->follows.own_items[i])->own_path, '/') + 1);
	AUTO_FREE char *filter = mem_printf("name eq \"%s\"", str_text(&names));
	str_adds(&query, "filter=");
	str_add_escaped(&query, filter);
	return str_take(&query);
}

static void begin_list(void *arg)
{
	struct scope *scope = arg;
	AUTO_FREE char *query = scope_query(scope);
	struct gce_list list = {
		.project = scope->own_project,
		.path = scope->own_path,
		.identity = scope->own_identity,
		.query = query,
		.item = on_item,
		.done = on_done,
		.arg = scope,
	};
	for (size_t i = 0; i < scope->follows.count; i++)
		((struct follow *)scope->follows.own_items[i])->looked_for = true;
	scope->missing = scope->follows.count;
	scope->looked_at = 0;
	scope->list = gce_list(scope->gce, &list);
	call_keep(scope->list);
}
