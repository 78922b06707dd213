/* The API server core. State is text; each request is one unit of work. */
#include "sim/apiserver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "model/model.h"
#include "sim/apiserver_watch.h"

static const char COLLECTION[] = "/apis/tflb.dev/v1alpha1/";

static void copy_objects(struct map *to, const struct map *from)
{
	map_done(to, mem_free);
	*to = (struct map){0};
	for (size_t i = 0; i < from->count; i++)
		map_put(to, from->own_entries[i].own_key, mem_strdup(from->own_entries[i].value));
}

void apiserver_save(struct apiserver *server)
{
	copy_objects(&server->saved, &server->objects);
	server->saved_version = server->version;
}

void apiserver_rewind(struct apiserver *server)
{
	copy_objects(&server->objects, &server->saved);
	server->version = server->saved_version;
	server->changes++;
	apiserver_compact(server);
}

void apiserver_init(struct apiserver *server, struct fake_loop *loop)
{
	*server = (struct apiserver){
		.loop = loop, .version = 100, .installed = true, .cluster = "c1u5-7e4", .wall_us = 1767323045000000};
	server->policies = (struct shelf){.path = "/apis/tflb.dev/v1alpha1/tfloadbalancerpolicies",
		.kind = "TFLoadBalancerPolicy",
		.api_version = "tflb.dev/v1alpha1"};
	server->namespaces = (struct shelf){.path = "/api/v1/namespaces", .kind = "Namespace", .api_version = "v1"};
	apiserver_bookmarks(server);
}

void apiserver_done(struct apiserver *server)
{
	timer_stop(&server->loop->loop, &server->bookmarks);
	timer_stop(&server->loop->loop, &server->flush);
	apiserver_drop_watches(server);
	vec_done(&server->silent, NULL);
	shelf_done(&server->policies);
	shelf_done(&server->namespaces);
	vec_done(&server->log, apiserver_event_free);
	vec_done(&server->event_notes, mem_free);
	map_done(&server->objects, mem_free);
	map_done(&server->saved, mem_free);
	map_done(&server->secrets, mem_free);
}

/* --- objects --- */

cJSON *apiserver_get(const struct apiserver *server, const char *key)
{
	const char *text = map_find(&server->objects, key);

	return text ? json_parse_text(text) : NULL;
}

static char *object_key(const cJSON *object)
{
	return arena_printf(json_arena(), "%s/%s", json_text_or(object, "metadata.namespace", "default"),
		json_text(object, "metadata.name"));
}

static void store(struct apiserver *server, cJSON *object, const char *type)
{
	json_setf(json_member(object, "metadata"), "resourceVersion", "%llu", (unsigned long long)++server->version);
	mem_free(map_put(&server->objects, object_key(object), json_print_owned(object)));
	server->changes++;
	apiserver_publish(server, type, object);
}

/* Whoever watches sees the version of the end; the client that brought it about is answered with the object as it was. */
static void erase(struct apiserver *server, const cJSON *object)
{
	cJSON *last = json_copy(object);

	json_setf(json_member(last, "metadata"), "resourceVersion", "%llu", (unsigned long long)++server->version);
	mem_free(map_remove(&server->objects, object_key(object)));
	server->changes++;
	apiserver_publish(server, "DELETED", last);
}

static bool has_finalizers(const cJSON *object)
{
	return cJSON_GetArraySize(json_at(object, "metadata.finalizers")) > 0;
}

/* An object on its way out without finalizers is gone. */
static void store_or_remove(struct apiserver *server, cJSON *object)
{
	if (!has_finalizers(object))
		json_remove(json_member(object, "metadata"), "finalizers");
	if (json_text(object, "metadata.deletionTimestamp") && !has_finalizers(object))
		erase(server, object);
	else
		store(server, object, "MODIFIED");
}

static void stamp(struct apiserver *server, cJSON *metadata, const char *member)
{
	char now[TIME_TEXT_SIZE];

	time_text(server->wall_us + server->loop->now_ms * 1000, now);
	json_set_text(metadata, member, now);
}

static void bump(cJSON *object)
{
	cJSON *metadata = json_member(object, "metadata");

	json_set_int(metadata, "generation", json_int(metadata, "generation", 0) + 1);
}

static cJSON *defaulted(const cJSON *object)
{
	cJSON *full = model_default(object);

	return json_member(full, "spec") ? json_member(full, "spec") : full;
}

void apiserver_policy(struct apiserver *server, const char *name, const char *spec)
{
	JSON_WORK(work);
	cJSON *object = cJSON_CreateObject();

	json_set_text(json_set_object(object, "metadata"), "name", name);
	json_set(object, "spec", spec ? json_parse_text(spec) : NULL);
	shelf_put(&server->policies, name, spec ? object : NULL, ++server->version);
}

void apiserver_label(struct apiserver *server, const char *namespace, const char *labels)
{
	JSON_WORK(work);
	cJSON *object = cJSON_CreateObject(), *metadata = json_set_object(object, "metadata");

	json_set_text(metadata, "name", namespace);
	json_set(metadata, "labels", json_parse_text(labels));
	json_set_text(json_member(metadata, "labels"), "kubernetes.io/metadata.name", namespace);
	shelf_put(&server->namespaces, namespace, object, ++server->version);
}

static void create(struct apiserver *server, cJSON *object)
{
	cJSON *metadata = json_member(object, "metadata");
	const char *namespace = json_text_or(metadata, "namespace", "default");

	if (!map_find(&server->namespaces.objects, namespace))
		apiserver_label(server, namespace, "{}");

	json_setf(metadata, "uid", "00000000-0000-4000-8000-%012llu", (unsigned long long)++server->next_uid);
	json_set_text(metadata, "namespace", json_text_or(metadata, "namespace", "default"));
	json_set_int(metadata, "generation", 1);
	stamp(server, metadata, "creationTimestamp");
	json_set(object, "spec", json_copy(defaulted(object)));
	json_set_int(json_set_object(object, "status"), "observedGeneration", -1);
	store(server, object, "ADDED");
}

void apiserver_apply(struct apiserver *server, const char *text)
{
	JSON_WORK(work);
	cJSON *object = json_parse_text(text);
	cJSON *old = apiserver_get(server, object_key(object));
	cJSON *spec;

	if (!old) {
		create(server, object);
		return;
	}
	spec = defaulted(object);
	if (json_equal(spec, json_member(old, "spec")))
		return;
	json_set(old, "spec", json_copy(spec));
	bump(old);
	store(server, old, "MODIFIED");
}

void apiserver_edit(struct apiserver *server, const char *key, const char *spec_patch)
{
	JSON_WORK(work);
	cJSON *object = apiserver_get(server, key);

	if (!object)
		return;
	json_set(object, "spec",
		json_copy(json_merge(json_copy(json_member(object, "spec")), json_parse_text(spec_patch))));
	bump(object);
	store(server, object, "MODIFIED");
}

void apiserver_swell(struct apiserver *server, const char *key, size_t bytes, bool before_name)
{
	JSON_WORK(work);
	cJSON *object = apiserver_get(server, key), *metadata = json_member(object, "metadata");
	cJSON *annotations = cJSON_CreateObject();
	char *text = arena_alloc(json_arena(), bytes + 1);

	memset(text, 'x', bytes);
	text[bytes] = '\0';
	json_set_text(annotations, "large", text);
	json_remove(metadata, "annotations");
	if (bytes && before_name)
		cJSON_InsertItemInArray(metadata, 0, annotations);
	else if (bytes)
		json_set(metadata, "annotations", annotations);
	if (bytes && before_name)
		annotations->string = arena_strdup(json_arena(), "annotations");
	store(server, object, "MODIFIED");
}

void apiserver_delete(struct apiserver *server, const char *key)
{
	JSON_WORK(work);
	cJSON *object = apiserver_get(server, key);
	cJSON *metadata = json_member(object, "metadata");

	if (!object || json_text(metadata, "deletionTimestamp"))
		return;
	if (!has_finalizers(object)) {
		erase(server, object);
		return;
	}
	stamp(server, metadata, "deletionTimestamp");
	json_set_int(metadata, "deletionGracePeriodSeconds", 0);
	bump(object);
	store(server, object, "MODIFIED");
}

void apiserver_annotate(struct apiserver *server, const char *key, const char *name, const char *value)
{
	JSON_WORK(work);
	cJSON *object = apiserver_get(server, key);
	cJSON *metadata = json_member(object, "metadata");

	if (!json_member(metadata, "annotations"))
		json_set_object(metadata, "annotations");
	json_set_text(json_member(metadata, "annotations"), name, value);
	store(server, object, "MODIFIED");
}

void apiserver_strip(struct apiserver *server, const char *key)
{
	JSON_WORK(work);
	cJSON *object = apiserver_get(server, key);

	if (object)
		erase(server, object);
}

void apiserver_restore(struct apiserver *server, size_t events)
{
	enum { JUMP = 1000000 };
	size_t kept = server->log.count > events ? server->log.count - events : 0;

	map_done(&server->objects, mem_free);
	server->objects = (struct map){0};
	server->changes++;
	for (size_t i = 0; i < kept; i++) {
		const struct apiserver_event *event = server->log.own_items[i];
		JSON_WORK(work);
		char *key = object_key(json_parse_text(event->own_text));

		mem_free(text_equal(event->type, "DELETED")
				 ? map_remove(&server->objects, key)
				 : map_put(&server->objects, key, mem_strdup(event->own_text)));
	}
	server->version += JUMP;
	apiserver_compact(server);
}

/* --- secrets --- */

static char *secret_path(const char *namespace, const char *name)
{
	return mem_printf("/api/v1/namespaces/%s/secrets/%s", namespace, name);
}

static void add_member(cJSON *data, const char *member, const char *text)
{
	AUTO_STR struct str encoded = STR_INIT(0);

	str_add_base64(&encoded, text, strlen(text), false);
	json_set_text(data, member, str_text(&encoded));
}

void apiserver_allow(struct apiserver *server, const char *namespace, const char *name)
{
	AUTO_FREE char *path = secret_path(namespace, name);

	if (!map_find(&server->secrets, path))
		map_put(&server->secrets, path, mem_strdup(""));
}

/* data: member: text. */
static void put_secret(struct apiserver *server, const char *namespace, const char *name, const cJSON *data)
{
	AUTO_FREE char *path = secret_path(namespace, name);
	cJSON *object = cJSON_CreateObject(), *encoded = json_set_object(object, "data");
	const cJSON *member;

	json_set_text(object, "kind", "Secret");
	json_set_text(json_set_object(object, "metadata"), "name", name);
	cJSON_ArrayForEach(member, data) add_member(encoded, member->string, member->valuestring);
	mem_free(map_put(&server->secrets, path, mem_strdup(json_print(object))));
}

void apiserver_secret(
	struct apiserver *server, const char *namespace, const char *name, const char *chain, const char *key)
{
	JSON_WORK(work);
	cJSON *data = cJSON_CreateObject();

	json_set_text(data, "tls.crt", chain);
	json_set_text(data, "tls.key", key);
	put_secret(server, namespace, name, data);
}

void apiserver_opaque(struct apiserver *server, const char *namespace, const char *name, const char *data)
{
	JSON_WORK(work);

	put_secret(server, namespace, name, json_parse_text(data));
}

/* --- requests --- */

static void answer_status(struct fake_call *call, int code, const char *reason, const char *message)
{
	AUTO_FREE char *body =
		mem_printf("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
			   "\"message\":\"%s\",\"reason\":\"%s\",\"code\":%d}",
			message, reason, code);

	fake_answer(call, code, "application/json", body);
}

static void answer_object(struct fake_call *call, int status, const cJSON *object)
{
	fake_answer(call, status, "application/json", json_print(object));
}

static uint64_t query_number(const struct fake_call *call, const char *name)
{
	char text[32];

	return fake_query(call, name, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

/* It has not got so far, and says so after a while. */
static void answer_too_new(struct fake_call *call)
{
	fake_answer_retry(call, 504, 1,
		"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":"
		"\"Timeout: Too large resource version\",\"reason\":\"Timeout\",\"details\":{\"causes\":[{\"reason\":"
		"\"ResourceVersionTooLarge\",\"message\":\"Too large resource version\"}],\"retryAfterSeconds\":1},"
		"\"code\":504}");
}

static void list(struct apiserver *server, struct fake_call *call)
{
	if (apiserver_since(call) > server->version) {
		answer_too_new(call);
		return;
	}
	size_t limit = query_number(call, "limit"), from = query_number(call, "continue"), at = 0;
	cJSON *answer = cJSON_CreateObject(), *metadata = json_set_object(answer, "metadata");
	cJSON *items;

	json_set_text(answer, "kind", "TFLoadBalancerList");
	json_set_text(answer, "apiVersion", "tflb.dev/v1alpha1");
	json_setf(metadata, "resourceVersion", "%llu", (unsigned long long)server->version);
	items = json_set_array(answer, "items");
	for (size_t i = 0; i < server->objects.count; i++) {
		cJSON *object = json_parse_text(server->objects.own_entries[i].value);

		if (!apiserver_in_namespace(call, object) || at++ < from)
			continue;
		if (limit && (size_t)cJSON_GetArraySize(items) == limit) {
			json_setf(metadata, "continue", "%zu", from + limit);
			break;
		}
		json_add(items, object);
	}
	answer_object(call, 200, answer);
}

/* One operation of a JSON patch on /metadata/finalizers or a scalar of metadata: all that controllers send. */
static bool patch_one(cJSON *object, const cJSON *operation)
{
	const char *op = json_text(operation, "op"), *path = json_text(operation, "path");
	const cJSON *value = json_member(operation, "value");
	cJSON *metadata = json_member(object, "metadata");
	cJSON *finalizers = json_member(metadata, "finalizers");
	const char *member = path + strlen("/metadata/");

	if (!text_starts(path, "/metadata/"))
		return false;
	if (text_equal(op, "test") && !strchr(member, '/'))
		return cJSON_IsNull(value) ? json_member(metadata, member) == NULL
		                           : json_equal(json_member(metadata, member), value);
	if (text_equal(op, "add") && text_equal(member, "finalizers")) {
		json_set(metadata, "finalizers", json_copy(value));
		return true;
	}
	if (!finalizers || !text_starts(member, "finalizers/"))
		return false;
	member += strlen("finalizers/");
	if (text_equal(op, "add") && text_equal(member, "-")) {
		json_add(finalizers, json_copy(value));
		return true;
	}
	if (atoi(member) >= cJSON_GetArraySize(finalizers))
		return false;
	if (text_equal(op, "test"))
		return json_equal(cJSON_GetArrayItem(finalizers, atoi(member)), value);
	if (!text_equal(op, "remove"))
		return false;
	cJSON_DetachItemFromArray(finalizers, atoi(member));
	return true;
}

static void patch_main(struct apiserver *server, struct fake_call *call, cJSON *object)
{
	const cJSON *operation;
	const cJSON *patch = json_parse_text(call->body);

	if (!text_equal(fake_header(call, "Content-Type"), "application/json-patch+json")) {
		answer_status(call, 415, "UnsupportedMediaType", "only JSON patches are served");
		return;
	}
	cJSON_ArrayForEach(operation, patch)
	{
		if (!patch_one(object, operation)) {
			answer_status(
				call, 422, "Invalid", "the server rejected our request due to an error in our request");
			return;
		}
	}
	server->finalizer_writes++;
	store_or_remove(server, object);
	answer_object(call, 200, object);
}

static void patch_status(struct apiserver *server, struct fake_call *call, cJSON *object)
{
	const cJSON *applied = json_parse_text(call->body);

	/* A uid in it is no condition: below status the metadata is not looked at. */
	if (!json_equal(json_member(applied, "status"), json_member(object, "status"))) {
		server->status_writes++;
		if (getenv("TFLB_SIM_STATUS"))
			fprintf(stderr, "%lld status %s\n", (long long)server->loop->now_ms,
				json_print(json_member(applied, "status")));
		json_set(object, "status", json_copy(json_member(applied, "status")));
		store(server, object, "MODIFIED");
	}
	answer_object(call, 200, object);
}

static void take_event(struct apiserver *server, struct fake_call *call)
{
	const cJSON *event = json_parse_text(call->body);

	if (text_equal(call->method, "PATCH")) {
		fake_answer(call, 200, "application/json", call->body); /* a series goes on */
		return;
	}
	server->events++;
	vec_add(&server->event_notes,
		mem_printf("%s: %s", json_text_or(event, "reason", ""), json_text_or(event, "note", "")));
	fake_answer(call, 201, "application/json", call->body);
}

/* "namespace/name" out of ".../namespaces/NS/tfloadbalancers/NAME[/status]"; NULL for a collection. */
static char *key_of(const char *path, bool *status)
{
	char namespace[128], name[128], subresource[32] = "";
	const char *from = strstr(path, "/namespaces/");
	int found =
		from ? sscanf(from, "/namespaces/%127[^/]/tfloadbalancers/%127[^/]/%31s", namespace, name, subresource)
		     : 0;

	*status = text_equal(subresource, "status");
	return found < 2 ? NULL : arena_printf(json_arena(), "%s/%s", namespace, name);
}

static void one(struct apiserver *server, struct fake_call *call, const char *key, bool status)
{
	cJSON *object = apiserver_get(server, key);

	if (!object)
		answer_status(call, 404, "NotFound", "not found");
	else if (text_equal(call->method, "GET"))
		answer_object(call, 200, object);
	else if (!text_equal(call->method, "PATCH"))
		answer_status(call, 405, "MethodNotAllowed", "not served");
	else if (status)
		patch_status(server, call, object);
	else
		patch_main(server, call, object);
}

static void get_secret(struct apiserver *server, struct fake_call *call)
{
	const char *text = map_find(&server->secrets, call->path);

	if (!text || !text_equal(call->method, "GET"))
		answer_status(call, 403, "Forbidden",
			"secrets is forbidden: User \\\"system:serviceaccount:tflb-system:tflb-controller\\\" cannot "
			"get "
			"resource \\\"secrets\\\"");
	else if (!*text)
		answer_status(call, 404, "NotFound", "secrets not found");
	else
		fake_answer(call, 200, "application/json", text);
}

void apiserver_request(struct apiserver *server, struct fake_call *call)
{
	JSON_WORK(work);
	bool status;
	char *key;

	if (text_equal(call->path, "/api/v1/namespaces/kube-system")) {
		AUTO_FREE char *body =
			mem_printf("{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"kube-system\",\"uid\":\"%s\"}}",
				server->cluster);

		fake_answer(call, 200, "application/json", body);
		return;
	}
	if (strstr(call->path, "/secrets/")) {
		get_secret(server, call);
		return;
	}
	if (text_starts(call->path, "/apis/events.k8s.io/v1/")) {
		take_event(server, call);
		return;
	}
	if (shelf_request(&server->namespaces, call, server->version) ||
		(server->installed && shelf_request(&server->policies, call, server->version)))
		return;
	if (!server->installed || !text_starts(call->path, COLLECTION)) {
		fake_answer(call, 404, "text/plain; charset=utf-8",
			"404 page not found\n"); /* no Status: nobody is there */
		return;
	}
	key = key_of(call->path, &status);
	if (key)
		one(server, call, key, status);
	else if (strstr(call->query, "watch=1") || strstr(call->query, "watch=true"))
		apiserver_watch(server, call);
	else
		list(server, call);
}
