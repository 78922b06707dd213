#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/version.h"
#include "help.h"

enum flag {
	FLAG_LISTEN,
	FLAG_PORT_FILE,
	FLAG_SPEED,
	FLAG_SEED,
	FLAG_REQUEST_LOG,
	FLAG_STATE,
	FLAG_LENIENT,
	FLAG_REQUIRE_TOKEN,
	FLAG_ISSUED_TOKENS,
	FLAG_METADATA_LISTEN,
	FLAG_METADATA_PORT_FILE,
	FLAG_VERSION,
	FLAG_HELP
};

static const struct {
	const char *name;
	bool has_value;
} flags[] = {
	[FLAG_LISTEN] = {"--listen", true},
	[FLAG_PORT_FILE] = {"--port-file", true},
	[FLAG_SPEED] = {"--speed", true},
	[FLAG_SEED] = {"--seed", true},
	[FLAG_REQUEST_LOG] = {"--request-log", true},
	[FLAG_STATE] = {"--state", true},
	[FLAG_LENIENT] = {"--lenient", false},
	[FLAG_REQUIRE_TOKEN] = {"--require-token", false},
	[FLAG_ISSUED_TOKENS] = {"--issued-tokens-only", false},
	[FLAG_METADATA_LISTEN] = {"--metadata-listen", true},
	[FLAG_METADATA_PORT_FILE] = {"--metadata-port-file", true},
	[FLAG_VERSION] = {"--version", false},
	[FLAG_HELP] = {"--help", false},
};
enum { FLAGS = sizeof(flags) / sizeof(flags[0]), EXIT_USAGE = 2 };

static const char *nearest(const char *word)
{
	size_t best = 0;

	for (size_t i = 1; i < FLAGS; i++)
		if (text_distance(word, flags[i].name) < text_distance(word, flags[best].name))
			best = i;
	return flags[best].name;
}

static bool complain(const char *what, const char *value, const char *advice)
{
	fprintf(stderr, "gce-emulator: %s '%s': %s\n", what, value, advice);
	return false;
}

/* ADDR:PORT, with brackets around an IPv6 address. */
static bool parse_listen(enum flag flag, const char *value, char address[64], uint16_t *out)
{
	const char *colon = strrchr(value, ':');
	char *end = "";
	long port = colon ? strtol(colon + 1, &end, 10) : -1;
	const char *start = value + (*value == '[');
	size_t length = colon ? (size_t)(colon - start) - (*value == '[') : 0;

	if (!colon || !colon[1] || *end || port < 0 || port > 65535 || !length || length >= 64)
		return complain(flags[flag].name, value,
			"must be ADDRESS:PORT, for example 127.0.0.1:8787; port 0 lets the system choose");
	snprintf(address, 64, "%.*s", (int)length, start);
	*out = (uint16_t)port;
	return true;
}

static bool parse_speed(struct options *options, const char *value)
{
	char *end;

	options->speed = strtod(value, &end);
	if (end != value && !*end && options->speed >= 0.01 && options->speed <= 100000)
		return true;
	return complain("--speed", value, "must be a number between 0.01 and 100000");
}

static bool parse_seed(struct options *options, const char *value)
{
	char *end;

	options->seed = strtoull(value, &end, 10);
	if (end != value && !*end && *value != '-')
		return true;
	return complain("--seed", value, "must be a whole number");
}

/* value: "" for flags without one. */
static bool take(struct options *options, enum flag flag, const char *value)
{
	switch (flag) {
	case FLAG_LISTEN:
		return parse_listen(flag, value, options->address, &options->port);
	case FLAG_METADATA_LISTEN:
		return parse_listen(flag, value, options->metadata_address, &options->metadata_port);
	case FLAG_SPEED:
		return parse_speed(options, value);
	case FLAG_SEED:
		return parse_seed(options, value);
	case FLAG_PORT_FILE:
		options->port_file = value;
		break;
	case FLAG_METADATA_PORT_FILE:
		options->metadata_port_file = value;
		break;
	case FLAG_REQUEST_LOG:
		options->request_log = value;
		break;
	case FLAG_STATE:
		options->state = value;
		break;
	case FLAG_LENIENT:
		options->lenient = true;
		break;
	case FLAG_REQUIRE_TOKEN:
		options->require_token = true;
		break;
	case FLAG_ISSUED_TOKENS:
		options->issued_tokens_only = true;
		break;
	case FLAG_VERSION:
	case FLAG_HELP:
		break;
	}
	return true;
}

/* "--name", "--name value" or "--name=value". -1: no such flag. */
static int find_flag(const char *argument, const char **value)
{
	size_t length = strcspn(argument, "=");

	for (size_t i = 0; i < FLAGS; i++) {
		if (strlen(flags[i].name) != length || strncmp(flags[i].name, argument, length) != 0)
			continue;
		*value = argument[length] == '=' ? argument + length + 1 : NULL;
		return (int)i;
	}
	return -1;
}

static bool complain_unknown(const char *argument)
{
	char word[64];

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(argument, "="), argument);
	fprintf(stderr, "gce-emulator: unknown argument '%s'; did you mean %s? --help lists all flags\n", argument,
		nearest(word));
	return false;
}

/* Takes the argument at *at, and the one after it when that is its value. */
static bool take_argument(struct options *options, int count, char *const *arguments, int *at)
{
	const char *argument = arguments[*at], *value;
	int flag = find_flag(argument, &value);

	if (flag < 0)
		return complain_unknown(argument);
	if (!flags[flag].has_value && value)
		return complain(flags[flag].name, value, "this flag takes no value");
	if (flags[flag].has_value && !value) {
		if (*at + 1 >= count)
			return complain("value missing for", flags[flag].name, "--help shows how it is used");
		value = arguments[++*at];
	}
	return take(options, (enum flag)flag, value ? value : "");
}

static bool has_flag(int count, char *const *arguments, enum flag flag)
{
	for (int i = 1; i < count; i++)
		if (!strcmp(arguments[i], flags[flag].name) || (flag == FLAG_HELP && !strcmp(arguments[i], "-h")))
			return true;
	return false;
}

bool options_parse(struct options *options, int count, char *const *arguments, int *status)
{
	*options = (struct options){.address = "127.0.0.1", .port = 8787, .speed = 1, .seed = 1};
	*status = 0;
	if (has_flag(count, arguments, FLAG_HELP)) {
		fputs(help_text, stdout);
		return false;
	}
	if (has_flag(count, arguments, FLAG_VERSION)) {
		printf("gce-emulator %s\n", VERSION);
		return false;
	}
	for (int at = 1; at < count; at++) {
		if (!take_argument(options, count, arguments, &at)) {
			*status = EXIT_USAGE;
			return false;
		}
	}
	return true;
}
