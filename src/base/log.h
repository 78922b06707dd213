/* Structured log lines: a constant message, then pairs. Library code does not log; whoever decides logs, once. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log {
	FILE *out; /* loan; NULL: silent */
	enum log_level level;
	enum log_format format;
	long long (*wall_us)(void *arg); /* time of a line */
	void *wall_arg;
};

/* log_line(log, LOG_INFO, "resource created", "kind", kind, "name", name, NULL): pairs of texts up to NULL; a NULL value
 * prints as "". Never pass a token, key or header. */
void log_line(const struct log *log, enum log_level level, const char *message, ...) __attribute__((sentinel));
bool log_level_parse(const char *text, enum log_level *level);
bool log_format_parse(const char *text, enum log_format *format);
