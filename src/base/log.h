/* Structured log lines: a constant message, then pairs. Library code does not log; whoever decides logs, once. As JSON a line
 * has the keys that controllers have: ts, level, msg, and error for what went wrong. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVELS };
enum log_format { LOG_AUTO, LOG_TEXT, LOG_JSON }; /* LOG_AUTO is for whoever chooses; a log has one of the others */

/* Takes one whole line with its end. Must not wait for whoever reads it. */
typedef void (*log_write_fn)(void *arg, enum log_level level, const char *line, size_t length);

struct log {
	log_write_fn write; /* NULL: silent */
	void *write_arg;
	enum log_level level; /* may change at any time */
	enum log_format format;
	int64_t (*wall_us)(void *arg); /* time of a line; NULL: lines have none */
	void *wall_arg;
};

/* log_line(log, LOG_INFO, "written", LOG_OBJECT(namespace, name), "code", code, NULL): pairs of texts up to NULL; a NULL value
 * prints as "". Never pass a token, key or header. */
void log_line(const struct log *log, enum log_level level, const char *message, ...) __attribute__((sentinel));

/* Two pairs that are the same everywhere. Text has object=ns/name and resource=Kind/name; JSON has mappings, as client-go's
 * structured logs do: "object":{"namespace":"ns","name":"name"}, "resource":{"kind":"Kind","name":"name"}. */
extern const char log_object[], log_resource[];
#define LOG_OBJECT(namespace, name) log_object, namespace, name
#define LOG_RESOURCE(kind, name) log_resource, kind, name

const char *log_level_name(enum log_level level);
bool log_level_parse(const char *text, enum log_level *level);
