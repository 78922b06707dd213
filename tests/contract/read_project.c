/* read_project ENDPOINT: one call with whatever credentials the environment names, as the controller makes it. Prints the answer, or
 * why there is none and ends with 1. For test_google_auth.py, which looks at what was sent. */
#include <stdio.h>

#include "gce/gce.h"
#include "net/loop.h"

struct reading {
	struct loop *loop;
	int code;
};

static void on_answer(void *arg, const struct gce_answer *answer, const struct error *err)
{
	struct reading *reading = arg;

	reading->code = err ? 1 : 0;
	puts(err ? err->message : answer->body);
	net_loop_stop(reading->loop);
}

static int read_project(struct reading *reading, struct gce *gce)
{
	struct gce_request request = {
		.project = "my-project", .budget = GCE_READ, .method = "GET", .path = "projects/my-project"};

	gce_send(gce, &request, on_answer, reading);
	net_loop_run(reading->loop);
	gce_free(gce);
	return reading->code;
}

int main(int count, char **arguments)
{
	struct reading reading = {.loop = net_loop_new(), .code = 1};
	struct http *http = net_http_new(reading.loop, "read_project", NULL);
	struct gce_options options = {
		.loop = reading.loop, .env = env_system(), .http = http, .endpoint = arguments[1]};
	struct error err = {0};
	struct gce *gce = count == 2 ? gce_new(&options, &err) : NULL;

	if (gce)
		read_project(&reading, gce);
	else
		puts(count == 2 ? err.message : "usage: read_project ENDPOINT");
	net_http_free(http);
	net_loop_free(reading.loop);
	return reading.code;
}
