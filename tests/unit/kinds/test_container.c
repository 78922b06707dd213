/* The script of a container does what it says: it is run by the shell, with programs of our own in place of those of the machine,
 * and docker gets each word as the user wrote it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample.h"

enum { TEXT_MAX = 1024 * 1024 };

static const char *user_data(const char *spec)
{
	struct sample sample;
	const cJSON *item;

	sample_make(&sample, spec);
	cJSON_ArrayForEach(item, json_at(wants_find(&sample.wants, KIND_INSTANCE_TEMPLATE, "template-w")->body,
					 "properties.metadata.items"))
	{
		if (text_equal(json_text(item, "key"), "user-data"))
			return json_text(item, "value");
	}
	fail_msg("no user-data");
	return NULL;
}

/* The content of the first file, as YAML reads it: without the indentation. */
static void write_script(const char *text, const char *file)
{
	static const char content[] = "  content: |\n";
	FILE *stream = fopen(file, "we");
	const char *line = strstr(text, content);

	assert_non_null(stream);
	assert_non_null(line);
	for (line += strlen(content); text_starts(line, "    "); line = strchr(line, '\n') + 1)
		fprintf(stream, "%.*s", (int)(strchr(line, '\n') + 1 - (line + 4)), line + 4);
	fclose(stream);
}

/* A program that notes its name and words, one in a line, and has the given end. */
static void stub(const char *folder, const char *name, const char *end)
{
	const char *file = arena_printf(json_arena(), "%s/%s", folder, name);
	FILE *stream = fopen(file, "we");

	assert_non_null(stream);
	fprintf(stream, "#!/bin/sh\nfor word in %s \"$@\"; do printf '<%%s>\\n' \"$word\"; done >>%s/calls\n%s\n", name,
		folder, end);
	fclose(stream);
	chmod(file, 0755);
}

static const char *calls_of(const char *spec)
{
	static const char *const programs[] = {
		"mkdir", "docker-credential-gcr", "cos-extensions", "mount", "mountpoint"};
	char folder[] = "/tmp/tflb-container-XXXXXX";
	AUTO_STR struct str text = STR_INIT(TEXT_MAX);
	char block[4096];
	FILE *stream;
	size_t got;

	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		stub(folder, programs[i], "");
	stub(folder, "iptables", "case \"$*\" in *-C*) exit 1;; esac"); /* no rule is there yet */
	stub(folder, "docker", "[ \"$1\" != rm ]");                     /* no container is there yet */
	write_script(user_data(spec), arena_printf(json_arena(), "%s/script", folder));
	assert_int_equal(system(arena_printf(json_arena(), "PATH=%s /bin/sh %s/script", folder, folder)), 0);
	stream = fopen(arena_printf(json_arena(), "%s/calls", folder), "re");
	assert_non_null(stream);
	while ((got = fread(block, 1, sizeof(block), stream)) > 0)
		str_add(&text, block, got);
	fclose(stream);
	assert_int_equal(system(arena_printf(json_arena(), "rm -r %s", folder)), 0);
	return arena_strdup(json_arena(), str_text(&text));
}

#define CONTAINER(words) "{\"template\":{\"container\":{\"image\":\"us-docker.pkg.dev/p/r/s:1\"" words "}}}"

static void check_run(const char *spec, const char *words)
{
	const char *calls = calls_of(spec);

	if (!text_ends(calls, words))
		fail_msg("%s does not end with %s", calls, words);
}

#define RUN "<docker>\n<run>\n<--rm>\n<--name=tflb>\n<--network=host>\n"
#define IMAGE "<us-docker.pkg.dev/p/r/s:1>\n"

static void docker_gets_the_words(void **state)
{
	JSON_WORK(work);

	check_run(CONTAINER(""), RUN IMAGE);
	check_run(CONTAINER(",\"args\":[\"--a=b\",\"c d\",\"\",\"it's\",\"$HOME `id` \\\"x\\\" \\\\ * ; & #\"]"),
		RUN IMAGE "<--a=b>\n<c d>\n<>\n<it's>\n<$HOME `id` \"x\" \\ * ; & #>\n");
	check_run(CONTAINER(",\"command\":[\"/bin/sh\",\"-c\"],\"args\":[\"echo 'x'\"]"),
		RUN "<--entrypoint=/bin/sh>\n" IMAGE "<-c>\n<echo 'x'>\n");
	check_run(CONTAINER(",\"env\":[{\"name\":\"A\",\"value\":\"'; reboot; '\"},{\"name\":\"B\"}],\"shmSizeMb\":7,"
			    "\"privileged\":true,\"mounts\":[{\"hostPath\":\"/a\",\"mountPath\":\"/"
			    "b\",\"readOnly\":true}]"),
		RUN "<--env=A='; reboot; '>\n<--env=B=>\n<--volume=/a:/b:ro>\n<--shm-size=7m>\n<--privileged>\n" IMAGE);
}

static void what_comes_before(void **state)
{
	JSON_WORK(work);

	assert_true(text_starts(calls_of(CONTAINER("")),
		"<mkdir>\n<-p>\n</home/"
		"tflb>\n<docker-credential-gcr>\n<configure-docker>\n<--registries=us-docker.pkg.dev>\n"
		"<iptables>\n<-w>\n<-C>\n<INPUT>\n<-p>\n<tcp>\n<-j>\n<ACCEPT>\n"
		"<iptables>\n<-w>\n<-A>\n<INPUT>\n<-p>\n<tcp>\n<-j>\n<ACCEPT>\n<docker>\n<pull>\n"));
	assert_null(
		strstr(calls_of("{\"template\":{\"container\":{\"image\":\"tensorflow/serving\"}}}"), "credential"));
	assert_non_null(strstr(calls_of(CONTAINER(",\"port\":8500")),
		"<-A>\n<PREROUTING>\n<-p>\n<tcp>\n<--dport>\n<80>\n<-j>\n<REDIRECT>\n<--to-ports>\n<8500>\n"));
	assert_null(strstr(calls_of(CONTAINER(",\"port\":80")), "PREROUTING"));
}

#define ON_GPUS(more)                                                                                                  \
	"{\"template\":{\"machineType\":\"g2-standard-4\"" more                                                        \
	",\"container\":{\"image\":\"us-docker.pkg.dev/p/r/s:1\"}}}"

static void the_driver_is_installed_where_gpus_are(void **state)
{
	JSON_WORK(work);

	assert_non_null(strstr(calls_of(ON_GPUS("")), "<cos-extensions>\n<install>\n<gpu>\n"));
	assert_non_null(strstr(calls_of(ON_GPUS("")), "<--device=/dev/nvidiactl>\n" IMAGE));
	assert_null(strstr(calls_of(ON_GPUS(",\"gpuDriver\":\"None\"")), "cos-extensions"));
	assert_null(strstr(calls_of(CONTAINER("")), "nvidia"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_gets_the_words),
		cmocka_unit_test(what_comes_before),
		cmocka_unit_test(the_driver_is_installed_where_gpus_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
