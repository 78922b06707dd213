/* What the controller was told on its command line and in its configuration file. One table in flags.c has a row for each setting;
 * from it come getopt's options, the defaults, --help and the keys of the file. A new flag is a member of struct flags and a row. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/error.h"

enum { FLAG_TEXTS_MAX = 64, FLAGS_MAX = 64 };

struct flag_texts {
	const char *items[FLAG_TEXTS_MAX];
	size_t count;
};

/* Who set a flag; the later one wins. */
enum flag_source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_COMMAND_LINE };

/* The texts are loans of the command line or live in the arena; NULL where there is no default. */
struct flags {
	const char *config;
	const char *kubeconfig, *context, *user;
	struct flag_texts namespaces; /* none: all */
	const char *compute_endpoint, *access_token_file, *project, *cluster_id;
	bool built_in_only; /* no policies are read */
	int64_t drift_interval_ms;
	int orphan_policy; /* 0: Report, 1: Delete */
	struct flag_texts orphan_projects;

	bool leader_elect;
	int64_t lease_duration_ms, renew_deadline_ms, retry_period_ms;
	const char *lease_name, *lease_namespace;

	const char *probe_address, *metrics_address; /* as serve.h takes them */

	int log_format, log_level; /* enum log_format, enum log_level */

	bool version, help;      /* print it and end */
	struct arena *own_arena; /* NULL: nothing is in it */
	enum flag_source sources[FLAGS_MAX];
};

/* The defaults, and what the command line says; for flags_done in any case. err says which flag is wrong and what it must be. The
 * file is for config_file_read. */
bool flags_parse(struct flags *flags, int argc, char *const argv[], struct error *err);
void flags_done(struct flags *flags);
/* The rows as lines for people. */
void flags_print(FILE *out);
