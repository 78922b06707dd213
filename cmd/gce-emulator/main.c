/* gce-emulator: the emulator's core behind an HTTP server, in real time times --speed; and its metadata server behind another. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "emulator/emulator.h"
#include "net/env.h"
#include "net/loop.h"
#include "net/server.h"
#include "options.h"
#include "request_log.h"
#include "state_file.h"

enum { MAX_BODY = 16 * 1024 * 1024 };

/* What the service's front end sends with every answer. */
static const char *const headers[] = {"Server", "ESF", "Vary", "Origin", "Vary", "X-Origin", "Vary", "Referer",
	"Cache-Control", "private", "X-Content-Type-Options", "nosniff", "X-Frame-Options", "SAMEORIGIN",
	"X-Xss-Protection", "0", NULL};

/* What a metadata server sends with every answer. */
static const char *const metadata_headers[] = {"Metadata-Flavor", "Google", "Server", "Metadata Server for VM",
	"X-XSS-Protection", "0", "X-Frame-Options", "SAMEORIGIN", NULL};

enum door { DOOR_API, DOOR_METADATA, DOORS };

struct program {
	struct options options;
	struct loop *own_loop;
	struct server *own_servers[DOORS]; /* NULL: the door is not there */
	struct emulator *own_emulator;
	struct request_log log;
	struct timer timer; /* the emulator's next event */
	int64_t started;    /* loop time of emulated time 0 */
	int64_t least;      /* emulated time that was reached in an earlier life */
	struct state_file state;
	const struct emulator_request *asked; /* is being worked on, since asked_at; NULL: none */
	int64_t asked_at;
	bool kept;            /* what it changed stands in the state */
	struct error trouble; /* why the state could not be written: the program ends */
};

static int64_t emulated_now(const struct program *program)
{
	int64_t now = (int64_t)((double)(loop_now(program->own_loop) - program->started) * program->options.speed);

	return now > program->least ? now : program->least;
}

static void on_time(void *arg);

/* Wakes up in time for whatever the emulator does next by itself. */
static void plan(struct program *program)
{
	int64_t next = emulator_next(program->own_emulator);
	double delay = (double)(next - emulated_now(program)) / program->options.speed;

	if (next == INT64_MAX)
		timer_stop(program->own_loop, &program->timer);
	else
		timer_start(program->own_loop, &program->timer, delay > 0 ? (int64_t)delay + 1 : 0, on_time, program);
}

static void on_time(void *arg)
{
	struct program *program = arg;

	emulator_advance(program->own_emulator, emulated_now(program));
	plan(program);
}

static bool is_reset(const struct emulator_request *request, const struct emulator_answer *answer)
{
	return answer && answer->status == 200 && text_equal(request->method, "POST") &&
	       text_equal(request->path, "/emulator/v1/reset");
}

/* What the request changed is on the disk when this returns; false: it could not be written. */
static bool keep(struct program *program, const struct emulator_answer *answer)
{
	if (!program->state.path || program->kept || !emulator_changed(program->own_emulator))
		return true;
	AUTO_FREE char *line = journal_line(program->asked, answer, program->asked_at);
	program->kept = true;
	if (state_file_add(&program->state, line, is_reset(program->asked, answer), &program->trouble))
		return true;
	net_loop_stop(program->own_loop);
	return false;
}

static void on_answer(void *arg, const struct emulator_answer *answer)
{
	struct program *program = arg;

	if (!program->own_servers[DOOR_API]) /* to somebody of an earlier life */
		return;
	if (program->asked && answer->id == program->asked->id && !keep(program, answer))
		return;
	if (answer->id > UINT64_MAX / 2)
		return;
	request_log_answer(&program->log, answer);
	server_retry_after(program->own_servers[answer->id % DOORS], answer->id / DOORS, answer->retry_after_s);
	server_answer(program->own_servers[answer->id % DOORS], answer->id / DOORS, answer->status,
		answer->content_type, answer->body, answer->length);
}

/* Each server counts its own requests; the emulator counts them all. */
static void take(struct program *program, enum door door, const struct server_request *received)
{
	struct emulator_request request = {
		.id = received->id * DOORS + door,
		.metadata = door == DOOR_METADATA,
		.metadata_flavor = received->metadata_flavor,
		.forwarded_for = received->forwarded_for,
		.method = received->method,
		.path = received->path,
		.query = received->query,
		.authorization = received->authorization,
		.content_type = received->content_type,
		.body = received->body,
		.body_length = received->body_length,
	};

	request_log_request(&program->log, &request, env_wall_us(env_system()));
	program->asked = &request;
	program->asked_at = emulated_now(program);
	program->kept = false;
	emulator_request(program->own_emulator, &request, program->asked_at);
	keep(program, NULL);
	program->asked = NULL;
	plan(program);
}

static void on_api_request(void *arg, const struct server_request *received)
{
	take(arg, DOOR_API, received);
}

static void on_metadata_request(void *arg, const struct server_request *received)
{
	take(arg, DOOR_METADATA, received);
}

static void on_signal(void *arg, int signal)
{
	struct program *program = arg;

	net_loop_stop(program->own_loop);
}

/* Whoever waits for the file finds the whole number in it. */
static bool write_port(const char *path, uint16_t port, struct error *err)
{
	AUTO_FREE char *fresh = mem_printf("%s.new", path);
	FILE *file = fopen(fresh, "we");
	bool written = file && fprintf(file, "%u\n", port) > 0;

	if (file && fclose(file) != 0)
		written = false;
	if (written && rename(fresh, path) == 0)
		return true;
	return error_set(err, ERROR_REJECTED, "cannot write the port to %s: %s", path, strerror(errno));
}

static bool open_door(struct program *program, enum door door, const struct server_options *options,
	const char *port_file, struct error *err)
{
	program->own_servers[door] = server_new(program->own_loop, options, err);
	if (!program->own_servers[door])
		return false;
	return !port_file || write_port(port_file, server_port(program->own_servers[door]), err);
}

/* The world as the state has it, and the time that it is there by now: it went on while no program ran. */
static bool restore(struct program *program, int64_t wall_start_us, struct error *err)
{
	int64_t passed = env_wall_us(env_system()) - wall_start_us;

	if (!state_file_play(&program->state, program->own_emulator, &program->least, err))
		return false;
	if (program->state.path)
		program->started -= passed > 0 ? passed / 1000 : 0;
	emulator_advance(program->own_emulator, emulated_now(program));
	plan(program);
	return true;
}

static bool start(struct program *program, struct error *err)
{
	const struct options *options = &program->options;
	struct emulator_options core = {.seed = options->seed,
		.wall_start_us = env_wall_us(env_system()),
		.lenient = options->lenient,
		.require_token = options->require_token,
		.issued_tokens_only = options->issued_tokens_only,
		.speed = options->speed};
	struct server_options api = {.address = options->address,
		.port = options->port,
		.max_body = MAX_BODY,
		.headers = headers,
		.fn = on_api_request,
		.arg = program};
	struct server_options metadata = {.address = options->metadata_address,
		.port = options->metadata_port,
		.max_body = MAX_BODY,
		.headers = metadata_headers,
		.fn = on_metadata_request,
		.arg = program};

	program->own_loop = net_loop_new();
	program->started = loop_now(program->own_loop);
	net_loop_on_signals(program->own_loop, on_signal, program);
	if (!state_file_open(&program->state, options->state, &core, err))
		return false;
	program->own_emulator = emulator_new(&core, on_answer, program, err);
	if (!program->own_emulator || !restore(program, core.wall_start_us, err) ||
		!request_log_open(&program->log, options->request_log, err))
		return false;
	return (!*options->metadata_address ||
		       open_door(program, DOOR_METADATA, &metadata, options->metadata_port_file, err)) &&
	       open_door(program, DOOR_API, &api, options->port_file, err);
}

static void finish(struct program *program)
{
	timer_stop(program->own_loop, &program->timer);
	emulator_free(program->own_emulator);
	for (enum door door = DOOR_API; door < DOORS; door++)
		server_free(program->own_servers[door]);
	request_log_close(&program->log);
	state_file_close(&program->state);
	net_loop_free(program->own_loop);
}

int main(int count, char **arguments)
{
	struct program program = {0};
	struct error err = {0};
	int status;

	if (!options_parse(&program.options, count, arguments, &status))
		return status;
	if (start(&program, &err)) {
		const char *bracket = strchr(program.options.address, ':') ? "[" : "";

		printf("gce-emulator: serving http://%s%s%s:%u/compute/v1/\n", bracket, program.options.address,
			*bracket ? "]" : "", server_port(program.own_servers[DOOR_API]));
		fflush(stdout);
		net_loop_run(program.own_loop);
		err = program.trouble;
	}
	if (err.class != ERROR_NONE) {
		fprintf(stderr, "gce-emulator: %s\n", err.message);
		status = EXIT_FAILURE;
	}
	finish(&program);
	return status;
}
