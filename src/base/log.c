/* Structured log lines. Invariant: one call writes one whole line, or nothing. */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "base/time.h"

enum { LOG_LINE_MAX = 64 * 1024 };

const char log_object[] = "object", log_resource[] = "resource";

static const char *const level_names[LOG_LEVELS] = {"debug", "info", "warn", "error"};
static const char *const level_titles[LOG_LEVELS] = {"DEBUG", "INFO", "WARN", "ERROR"};

/* Whether a value stands for itself in a line of key=value. */
static bool is_plain(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || strchr("\"=\\\x7f", *text) != NULL)
			return false;
	return true;
}

static void start_line(struct str *line, const struct log *log, enum log_level level, const char *message)
{
	char time[TIME_TEXT_SIZE] = "";
	if (log->wall_us != NULL)
		time_text_micro(log->wall_us(log->wall_arg), time);
	if (log->format == LOG_TEXT) {
		str_addf(line, "%s%s%-5s %s", time, *time != '\0' ? " " : "", level_titles[level], message);
		return;
	}
	str_adds(line, "{");
	if (*time != '\0')
		str_addf(line, "\"ts\":\"%s\",", time);
	str_addf(line, "\"level\":\"%s\",\"msg\":", level_names[level]);
	str_add_quoted(line, message);
}

static bool add_json(struct str *line, const char *key, const char *value)
{
	return str_add_quoted(line, key) && str_adds(line, ":") && str_add_quoted(line, value);
}

static bool add_pair(struct str *line, enum log_format format, const char *key, const char *value)
{
	if (format == LOG_JSON)
		return str_adds(line, ",") && add_json(line, key, value);
	if (!str_addf(line, " %s=", key))
		return false;
	return is_plain(value) ? str_adds(line, value) : str_add_quoted(line, value);
}

/* What has two values: first is called `member` in JSON, the other one always "name". */
static bool add_reference(
	struct str *line, enum log_format format, const char *key, const char *first, const char *name)
{
	const char *member = key == log_object ? "namespace" : "kind";
	if (format == LOG_TEXT) {
		AUTO_FREE char *value = mem_printf("%s/%s", first, name);
		return add_pair(line, format, key, value);
	}
	return str_addf(line, ",\"%s\":{", key) && add_json(line, member, first) && str_adds(line, ",") &&
	       add_json(line, "name", name) && str_adds(line, "}");
}

static const char *next_text(va_list *pairs)
{
	const char *text = va_arg(*pairs, const char *);
	return text != NULL ? text : "";
}

static bool add_next(struct str *line, enum log_format format, const char *key, va_list *pairs)
{
	const char *value = next_text(pairs);
	if (key == log_object || key == log_resource)
		return add_reference(line, format, key, value, next_text(pairs));
	return add_pair(line, format, key, value);
}

void log_line(const struct log *log, enum log_level level, const char *message, ...)
{
	if (log == NULL || log->write == NULL || level < log->level)
		return;
	AUTO_STR struct str line = STR_INIT(LOG_LINE_MAX);
	start_line(&line, log, level, message);
	va_list pairs;
	va_start(pairs, message);
	for (const char *key; (key = va_arg(pairs, const char *)) != NULL;) {
		size_t before = line.length;
		/* Room is left for the end; a pair that is too long is left out as a whole. */
		if (!add_next(&line, log->format, key, &pairs) || line.length > LOG_LINE_MAX - 2)
			str_cut(&line, before);
	}
	va_end(pairs);
	str_adds(&line, log->format == LOG_JSON ? "}\n" : "\n");
	log->write(log->write_arg, level, line.own_text, line.length);
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

bool log_level_parse(const char *text, enum log_level *level)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (text_equal(text, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}
