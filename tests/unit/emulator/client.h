/* A client of one emulator in one test program: sends requests in emulated time and gives back the last answer. */
#pragma once

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/str.h"
#include "emulator/emulator.h"

#define P "/compute/v1/projects/my-project/"
#define LINK "https://www.googleapis.com/compute/v1/projects/my-project/"

struct client {
	struct emulator *emulator;
	int64_t now;
	uint64_t id;             /* of the last request */
	struct arena *own_arena; /* of the answers' trees; the test's unit of work */
	struct arena *before;
	int answers; /* so many came so far */
	int status;  /* of the last answer */
	int retry_after_s;
	uint64_t answered; /* its request */
	char *own_text, *own_type;
	size_t length;
	cJSON *body; /* NULL when the answer was no JSON */
};

static inline void client_answer(void *arg, const struct emulator_answer *answer)
{
	struct client *client = arg;
	struct arena *before = json_use(client->own_arena);
	struct error err;

	client->answers++;
	client->status = answer->status;
	client->retry_after_s = answer->retry_after_s;
	client->answered = answer->id;
	mem_free(client->own_text);
	mem_free(client->own_type);
	client->own_text = mem_strndup(answer->body, answer->length);
	client->own_type = mem_strdup(answer->content_type);
	client->length = answer->length;
	client->body = answer->length ? json_parse(answer->body, answer->length, (struct json_limits){0}, &err) : NULL;
	json_use(before);
}

static inline void client_open(struct client *client, const struct emulator_options *options)
{
	struct error err = {0};

	*client = (struct client){.own_arena = arena_new()};
	client->before = json_use(client->own_arena);
	client->emulator = emulator_new(options, client_answer, client, &err);
	assert_non_null(client->emulator);
}

static inline void client_close(struct client *client)
{
	emulator_free(client->emulator);
	json_use(client->before);
	arena_free(client->own_arena);
	mem_free(client->own_text);
	mem_free(client->own_type);
}

/* path may carry a query. The answer may come later. */
static inline void client_send(struct client *client, const char *method, const char *path, const char *body)
{
	AUTO_FREE char *copy = mem_strdup(path);
	char *query = strchr(copy, '?');
	struct emulator_request request = {.id = ++client->id,
		.method = method,
		.path = copy,
		.query = query ? query + 1 : "",
		.content_type = "application/json",
		.body = body,
		.body_length = body ? strlen(body) : 0};

	if (query)
		*query = '\0';
	emulator_request(client->emulator, &request, client->now);
}

/* The answer's body; the status must be the expected one. */
static inline cJSON *client_call(
	struct client *client, int status, const char *method, const char *path, const char *body)
{
	client_send(client, method, path, body);
	assert_int_equal(client->answered, client->id);
	if (client->status != status)
		fail_msg("%s %s: expected %d, got %d: %s", method, path, status, client->status, client->own_text);
	return client->body;
}

static inline void client_pass(struct client *client, int64_t ms)
{
	client->now += ms;
	emulator_advance(client->emulator, client->now);
}

/* Until nothing happens by itself any more, at most an emulated day. */
static inline void client_settle(struct client *client)
{
	int64_t end = client->now + INT64_C(86400000), next;

	while ((next = emulator_next(client->emulator)) <= end) {
		client->now = next > client->now ? next : client->now;
		emulator_advance(client->emulator, client->now);
	}
}

/* Sends a mutation and passes time until its operation is done; returns the finished operation. */
static inline cJSON *client_do(struct client *client, const char *method, const char *path, const char *body)
{
	cJSON *operation = client_call(client, 200, method, path, body);
	const char *link = json_text(operation, "selfLink");
	char wait[400];

	assert_non_null(link);
	snprintf(wait, sizeof(wait), "%s", link + strlen("https://www.googleapis.com"));
	while (!text_equal(json_text(operation, "status"), "DONE")) {
		int64_t next = emulator_next(client->emulator);

		assert_true(next < client->now + INT64_C(86400000));
		client_pass(client, next - client->now);
		operation = client_call(client, 200, "GET", wait, NULL);
	}
	return operation;
}

/* The same, and the operation must have succeeded. */
static inline void client_make(struct client *client, const char *method, const char *path, const char *body)
{
	cJSON *operation = client_do(client, method, path, body);

	if (json_has(operation, "error"))
		fail_msg("%s %s failed: %s", method, path, json_print(operation));
}

static inline const char *client_message(struct client *client)
{
	return json_text_or(client->body, "error.message", "");
}

static inline const char *client_reason(struct client *client)
{
	return json_text_or(client->body, "error.errors[0].reason", "");
}

static inline int client_setup(void **state)
{
	static const struct emulator_options options = {.seed = 7, .wall_start_us = INT64_C(1781346991100000)};
	struct client *client = mem_alloc(sizeof(*client));

	client_open(client, &options);
	*state = client;
	return 0;
}

static inline int client_teardown(void **state)
{
	client_close(*state);
	mem_free(*state);
	return 0;
}

#define EMULATOR_TEST(fn) cmocka_unit_test_setup_teardown(fn, client_setup, client_teardown)
